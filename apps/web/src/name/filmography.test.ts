import type { Work } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { FILM } from '../testing/titles.ts';
import {
  chartWorks,
  choiceOf,
  frequent,
  lifespan,
  workLabel,
  workNote,
  worksPath,
} from './filmography.ts';

const { weightedRating: _, ...RATED } = FILM;
const WORK: Work = { ...RATED, roles: [], episodes: null };
const role = (name: string, characters: string[] = [], jobs: string[] = []) => ({
  role: name,
  titles: 1,
  characters,
  jobs,
});

it.each([
  [1930, 1999, '1930–1999'],
  [1930, null, 'born 1930'],
  [null, 1999, 'died 1999'],
  [null, null, ''],
  [4, 65, '4–65'],
])('the lifespan of a person born %s who died %s is %j', (birth, death, text) => {
  expect(lifespan(birth, death)).toBe(text);
});

it.each([
  ['', '/names/nm1/works?limit=50'],
  ['sort=year-asc', '/names/nm1/works?limit=50&order=asc'],
  ['sort=votes&role=actor', '/names/nm1/works?limit=50&sort=votes&role=actor'],
  ['sort=weighted', '/names/nm1/works?limit=50&sort=weighted'],
  ['sort=toString&role=', '/names/nm1/works?limit=50'],
])('the works of a page with %j are those of %s', (search, path) => {
  expect(worksPath('nm1', choiceOf(new URLSearchParams(search)))).toBe(path);
});

describe('a work', () => {
  it.each<[Partial<Work>, string | null, string]>([
    [{}, null, 'Film · 1977'],
    [
      { roles: [role('actress', ['Ada Winter']), role('director')] },
      null,
      'Film · 1977 · Actress (Ada Winter), Director',
    ],
    [{ roles: [role('writer', [], ['novel'])] }, null, 'Film · 1977 · Writer (novel)'],
    // the page says the role already
    [{ roles: [role('actress', ['Ada Winter'])] }, 'actress', 'Film · 1977 · Ada Winter'],
    [{ roles: [role('director')] }, 'director', 'Film · 1977'],
    [
      { roles: [role('actor', ['A', 'B', 'C', 'D', 'E', 'F'])] },
      null,
      'Film · 1977 · Actor (A, B, C, D, 2 more)',
    ],
    [
      {
        titleType: 'tvSeries',
        startYear: 1974,
        endYear: 2022,
        episodes: { count: 3270, firstYear: 1980, lastYear: 1999 },
        roles: [role('self')],
      },
      null,
      'TV series · 1980–1999 · 3,270 episodes · As themselves',
    ],
    [
      { titleType: 'tvSeries', episodes: { count: 1, firstYear: null, lastYear: null } },
      null,
      'TV series · 1977 · 1 episode',
    ],
    [{ startYear: null, titleType: null }, null, 'Unknown'],
  ])('has facts, with %j and role %s', (given, filter, text) => {
    expect(workNote({ ...WORK, ...given }, filter)).toBe(text);
  });

  it('is on the chart if it has a year and a rating, in the order of years', () => {
    const works = [
      WORK,
      { ...WORK, tconst: 'tt0000002', startYear: 1960 },
      { ...WORK, tconst: 'tt0000003', startYear: null },
      { ...WORK, tconst: 'tt0000004', averageRating: null },
    ];
    expect(chartWorks(works).map(({ tconst }) => tconst)).toEqual(['tt0000002', 'tt0000001']);
    expect(workLabel(WORK)).toBe('The Long Winter\nFilm · 1977\n★ 7.1, 12,345 votes');
    expect(workLabel({ ...WORK, primaryTitle: null, numVotes: 1 })).toBe(
      'tt0000001\nFilm · 1977\n★ 7.1, 1 vote',
    );
  });
});

it('works often with those of at least two titles', () => {
  expect(frequent([{ sharedTitles: 7 }, { sharedTitles: 2 }, { sharedTitles: 1 }])).toEqual([
    { sharedTitles: 7 },
    { sharedTitles: 2 },
  ]);
});
