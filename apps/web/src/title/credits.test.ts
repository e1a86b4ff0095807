import { createElement } from 'react';
import { expect, it } from 'vitest';
import type { Crew } from '@marquee/contract';
import type { ListItems } from '../api-client.ts';
import { render, textsOf } from '../testing/render.ts';
import { Credits } from './credits.tsx';
import { jobsOf } from './people.ts';

type Credit = ListItems['credits'];

const credit = (person: number, category: string | null, more: Partial<Credit> = {}): Credit => ({
  ordering: person,
  nconst: `nm000000${person}`,
  primaryName: `Person ${person}`,
  category,
  job: null,
  characters: null,
  ...more,
});

/** Without the initials, which are decoration. */
const drawn = (items: Credit[], crew?: Crew) =>
  render(
    createElement(Credits, { id: 'tt0000001', first: { items, next: null }, crew }),
  ).replaceAll(/<span class="tile[^>]*>[^<]*<\/span>/gu, '');

it('has the cast first, then the roles in the order of the credits, in the plural for several', () => {
  const html = drawn([
    credit(1, 'producer'),
    credit(2, 'actress', { characters: ['Ada', 'Herself'] }),
    credit(3, 'composer', { job: 'theme', primaryName: null }),
    credit(4, 'self'),
    credit(5, 'producer'),
    credit(6, 'archive_footage'),
    credit(7, 'archive_footage'),
  ]);
  expect(textsOf(html)).toEqual([
    'Cast and crew',
    'Cast',
    'Person 2',
    'Ada, Herself',
    'Person 4',
    'Producers',
    'Person 1',
    'Person 5',
    'Composer',
    'nm0000003',
    'theme',
    'Archive footage',
    'Person 6',
    'Person 7',
  ]);
  expect(html.match(/href="[^"]*"/gu)).toEqual(
    [2, 4, 1, 5, 3, 6, 7].map((person) => `href="/name/nm000000${person}"`),
  );
});

it('has a person once in a role, with all characters and jobs', () => {
  const html = drawn([
    credit(1, 'actor', { characters: ['Ada'] }),
    credit(2, 'actor', { characters: ['Kurt'] }),
    credit(1, 'actor', { characters: ['Ada', 'Narrator'] }),
    // the person of this row is unknown
    credit(3, 'actor', { nconst: null, primaryName: null }),
  ]);
  expect(textsOf(html).slice(2)).toEqual(['Person 1', 'Ada, Narrator', 'Person 2', 'Kurt']);
});

it('leaves out directors and writers that the head names, and no others', () => {
  const crew: Crew = { directors: [{ nconst: 'nm0000001', primaryName: 'Person 1' }], writers: [] };
  const credits = [
    credit(1, 'director'),
    credit(2, 'director'),
    credit(1, 'producer'),
    credit(3, 'writer', { job: 'novel' }),
  ];
  expect(textsOf(drawn(credits, crew)).slice(1)).toEqual([
    'Director',
    'Person 2',
    'Producer',
    'Person 1',
    'Writer',
    'Person 3',
    'novel',
  ]);
  expect([...jobsOf(credits, 'writer')]).toEqual([['nm0000003', 'novel']]);
});

it('folds a long role, and omits the section if nobody is left', () => {
  const html = drawn(Array.from({ length: 30 }, (_, i) => credit(i, 'actor')));
  expect(html.match(/<li /gu)).toHaveLength(12);
  expect(html).toContain('Show all 30');
  expect(drawn([])).toBe('');
});
