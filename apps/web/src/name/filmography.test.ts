import { describe, expect, it } from 'vitest';
import { EPISODE_OF, FILM } from '../testing/titles.ts';
import {
  lifespan,
  ratedTitles,
  groupByRole,
  titleLabel,
  csvRows,
  type Credit,
} from './filmography.ts';

const { weightedRating: _, ...RATED } = FILM;
const CREDIT: Credit = { ...RATED, ordering: 1, category: 'actress', job: null, characters: null };

it.each([
  [1930, 1999, '1930–1999'],
  [1930, null, 'born 1930'],
  [null, 1999, 'died 1999'],
  [null, null, ''],
  [4, 65, '4–65'],
])('the lifespan of a person born %s who died %s is %j', (birth, death, text) => {
  expect(lifespan(birth, death)).toBe(text);
});

it('groups credits by role, the role with most credits first, in their order', () => {
  const credits: Credit[] = [
    { ...CREDIT, category: 'writer' },
    { ...CREDIT, tconst: 'tt0000002' },
    { ...CREDIT, tconst: 'tt0000003' },
    { ...CREDIT, category: null },
  ];
  expect(
    groupByRole(credits).map(([role, some]) => [role, some.map(({ tconst }) => tconst)]),
  ).toEqual([
    ['Actress', ['tt0000002', 'tt0000003']],
    ['Writer', ['tt0000001']],
    [expect.any(String), ['tt0000001']],
  ]);
  expect(groupByRole([])).toEqual([]);
});

describe('the titles of a chart', () => {
  it('are those with a year and a rating, each once', () => {
    expect(
      ratedTitles([
        CREDIT,
        { ...CREDIT, category: 'director', ordering: 5 },
        { ...CREDIT, tconst: 'tt0000002', startYear: null },
        { ...CREDIT, tconst: 'tt0000003', averageRating: null },
        { ...CREDIT, tconst: 'tt0000004', averageRating: 0, numVotes: null },
      ]).map(({ tconst }) => tconst),
    ).toEqual(['tt0000001', 'tt0000004']);
  });

  it('have the same fields as rows of CSV', () => {
    expect(csvRows([{ ...CREDIT, primaryTitle: null }])).toEqual([
      ['tconst', 'primaryTitle', 'startYear', 'averageRating', 'numVotes'],
      ['tt0000001', null, 1977, 7.1, 12_345],
    ]);
  });

  it.each<[Partial<Credit>, string]>([
    [{}, 'The Long Winter (1977): 7.1, 12,345 votes'],
    [{ numVotes: 1 }, 'The Long Winter (1977): 7.1, 1 vote'],
    [{ numVotes: null }, 'The Long Winter (1977): 7.1, 0 votes'],
    [
      { primaryTitle: 'Pilot', episodeOf: EPISODE_OF },
      'Pilot · Seasons · Season 1, episode 3 (1977): 7.1, 12,345 votes',
    ],
  ])('have a label, with %j: %s', (given, text) => {
    expect(titleLabel({ ...CREDIT, ...given })).toBe(text);
  });
});
