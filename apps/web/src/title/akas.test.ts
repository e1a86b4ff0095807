import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import type { ListItems } from '../api-client.ts';
import { CachedResponses, render, textsOf } from '../testing/render.ts';
import { Akas } from './akas.tsx';

type Aka = ListItems['akas'];

const PATH = '/titles/tt0000001/akas?limit=100';
let ordering = 0;

function aka(title: string, region: string, more: Partial<Aka> = {}): Aka {
  ordering += 1;
  return {
    titleId: 'tt0000001',
    ordering,
    title,
    region,
    language: null,
    types: null,
    attributes: null,
    isOriginalTitle: false,
    ...more,
  };
}

function drawn(...pages: Aka[][]): string {
  const answered = new CachedResponses().list(
    'akas',
    PATH,
    ...pages.map((items) => ({ items, next: null })),
  );
  return render(createElement(Akas, { id: 'tt0000001' }), answered);
}

/** The texts below each region. */
function namesOf(html: string): string[][] {
  return html
    .split('<dt>')
    .slice(1)
    .map((part) => textsOf(part.slice(0, part.indexOf('</div>'))));
}

describe('alternative titles', () => {
  it('are grouped by region, in the order of the regions’ names', () => {
    expect(
      namesOf(
        drawn(
          [aka('Winter', 'GB'), aka('Der Winter', 'DE'), aka('Зима', 'SUHH')],
          [aka('Winter', 'IE')],
        ),
      ),
    ).toEqual([
      ['Germany', 'Der Winter'],
      ['Ireland', 'Winter'],
      ['SUHH', 'Зима'],
      ['United Kingdom', 'Winter'],
    ]);
  });

  it('that look alike are shown once, others each', () => {
    expect(
      namesOf(
        drawn([
          aka('Winter', 'CA', { types: ['imdbDisplay'] }),
          aka('Winter', 'CA'),
          aka('Winter', 'CA', { types: ['imdbDisplay', 'working'] }),
          aka('Winter', 'CA', { language: 'fr', types: ['dvd'], attributes: ['third part'] }),
          aka('Hiver', 'CA', { language: 'fr' }),
        ]),
      ),
    ).toEqual([
      [
        'Canada',
        'Winter',
        'Winter',
        'working title',
        'Winter',
        'French · DVD title · third part',
        'Hiver',
        'French',
      ],
    ]);
  });

  it('are omitted if there are none', () => {
    expect(drawn([])).toBe('');
  });
});
