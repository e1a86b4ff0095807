import { createElement } from 'react';
import { expect, it } from 'vitest';
import type { ListItems } from '../api-client.ts';
import { CachedResponses, render, textsOf } from '../testing/render.ts';
import { Credits } from './credits.tsx';

type Credit = ListItems['credits'];

const credit = (ordering: number, category: string | null, more: Partial<Credit> = {}): Credit => ({
  ordering,
  nconst: `nm000000${ordering}`,
  primaryName: `Person ${ordering}`,
  category,
  job: null,
  characters: null,
  ...more,
});

function drawn(items: Credit[]): string {
  const answered = new CachedResponses().list('credits', '/titles/tt0000001/credits?limit=100', {
    items,
    next: null,
  });
  return render(createElement(Credits, { id: 'tt0000001' }), answered);
}

it('has the cast first, then the roles in the order of the credits', () => {
  const html = drawn([
    credit(1, 'director'),
    credit(2, 'actress', { characters: ['Ada', 'Herself'] }),
    credit(3, 'writer', { job: 'novel', primaryName: null }),
    credit(4, 'self'),
    credit(5, 'director'),
  ]);
  const [, cast, ...rest] = textsOf(html);
  expect([cast, ...rest]).toEqual([
    'Cast',
    'Person 2',
    'Ada, Herself',
    'Person 4',
    'Director',
    'Person 1',
    'Person 5',
    'Writer',
    'nm0000003',
    'novel',
  ]);
  expect(html.match(/href="[^"]*"/gu)).toEqual(
    [2, 4, 1, 5, 3].map((ordering) => `href="/name/nm000000${ordering}"`),
  );
});

it('omits the cast, or the whole section, if it is empty', () => {
  expect(drawn([credit(1, 'director')])).not.toContain('Cast<');
  expect(drawn([])).toBe('');
});
