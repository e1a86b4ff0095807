import type { FieldRule, ListedMovie, Movie } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const MOVIE: Movie = {
  id: 'tt0000001',
  imdb: 'tt0000001',
  ids: { imdb: ['tt0000001'] },
  title: 'The Long Winter',
  originalTitle: 'Der lange Winter',
  names: [],
  type: 'movie',
  year: 1977,
  endYear: null,
  releaseDate: '1977-03-04',
  runtimeMinutes: 104,
  isAdult: false,
  certificate: null,
  genres: ['Drama'],
  countries: ['DE'],
  languages: [],
  people: [],
  companies: [{ id: 'tmdb:3', name: 'Example Pictures' }],
  budget: { amount: 1_000_000, currency: 'USD' },
  revenue: { amount: 9_000_000, currency: 'DEM' },
  overview: null,
  tagline: null,
  homepage: null,
  ratings: [
    {
      source: 'rotten-tomatoes',
      name: 'tomatometer',
      value: 83,
      scale: { min: 0, max: 100 },
      votes: 40,
      kind: 'critics',
    },
  ],
  rating: { value: 8.3, votes: 40 },
  cRatings: { performance: { value: 8, voices: 1 }, soundtrack: null, screenplay: null },
  watched: true,
  sources: ['imdb', 'rotten-tomatoes'],
  version: 2,
  updatedAt: '2026-08-15T06:15:00Z',
};
const { names: _n, people: _p, overview: _o, tagline: _t, homepage: _h, ...LISTED } = MOVIE;
const listed: ListedMovie = { ...LISTED, profit: -3_000_000, poster: null };
const LOCK = {
  movie: 'tt0000001',
  field: 'year',
  value: 1978,
  note: null,
  lockedAt: '2026-08-15T06:15:00Z',
  lockedBy: 'ada',
};
const RULE: FieldRule = {
  field: 'year',
  rule: { kind: 'priority', sources: ['imdb', 'movielens'] },
  shipped: { kind: 'newest' },
  isOwn: true,
  version: 3,
  setAt: '2026-08-15T06:15:00Z',
  setBy: 'ada',
};

const run = async (answers: object, ...args: string[]) =>
  marquee({ ...freshApi(), ...answers }, args);

describe('movies', () => {
  it('are listed with their profit, or found by words and filters', async () => {
    const { stdout } = await run({ '/movies': { items: [listed], next: null } }, 'movies');
    expect(stdout).toContain('tt0000001  The Long Winter  1977');
    expect(stdout).toContain('-$3,000,000');
    const none = await run({ '/movies': { items: [], next: null } }, 'movies', 'list', 'x');
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('No movie matches.')]);
  });

  it('are shown with what all sources tell', async () => {
    const atImdb = { source: 'imdb', name: 'imdb', value: 7, scale: { min: 1, max: 10 } };
    const ratings = [...MOVIE.ratings, { ...atImdb, votes: 900, kind: 'audience' }];
    const movie = { ...MOVIE, ratings };
    const { stdout } = await run({ '/movies/tt0000001': movie }, 'movies', 'show', '1');
    for (const part of [
      'The Long Winter (1977)',
      'Der lange Winter',
      '$1,000,000',
      '9,000,000 DEM',
      'rotten-tomatoes tomatometer 83/100, imdb 7/10',
      'performance 8 (1 voice)',
    ])
      expect(stdout).toContain(part);
  });

  it('are explained in sentences', async () => {
    const field = {
      field: 'year',
      value: 1977,
      rule: 'priority',
      at: '2026-08-15T06:15:00Z',
      from: [],
      by: null,
      lost: [],
      text: 'year: 1977, from imdb.',
    };
    const answer = { ...MOVIE, fields: [field] };
    const { stdout } = await run({ '/movies/mq12/explain': answer }, 'movies', 'explain', 'MQ12');
    expect(stdout).toContain('\nyear: 1977, from imdb.\n');
  });
});

describe('locks', () => {
  const lock = async (...args: string[]) =>
    run(
      { [`PUT /movies/tt0000001/locks/${args[0]}`]: LOCK },
      'movies',
      'lock',
      'tt0000001',
      ...args,
    );

  it.each([
    ['title', '1999', '1999'],
    ['genres', 'Drama, War', ['Drama', 'War']],
    ['genres', '["Drama"]', ['Drama']],
    ['year', '1978', 1978],
    ['year', '--empty', null],
  ])('take texts as they are, lists of words, and JSON: %s %s', async (field, typed, value) => {
    const { stdout, api } = await lock(field, typed);
    expect(JSON.parse(api.requests.at(-1)?.body ?? '')).toEqual({ value });
    expect(stdout).toBe('year of tt0000001 is locked to 1978.\n');
  });

  it('are refused without a value, with two, and with one that is not JSON', async () => {
    for (const args of [['year'], ['year', '1', '--empty'], ['year', 'x'], ['tittle', 'x']])
      expect((await lock(...args)).code, args.join(' ')).toBe(2);
  });

  it('are listed, and removed', async () => {
    const { stdout } = await run(
      { '/movies/tt0000001/locks': { items: [LOCK] } },
      'movies',
      'locks',
      'tt0000001',
    );
    expect(stdout).toMatch(/year +1978 .* ada/u);
  });
});

describe('rules', () => {
  it('are listed, shown and set, or only tried', async () => {
    const answers = {
      '/rules': { items: [RULE] },
      'PUT /rules/year': { ...RULE, movies: 12, isDryRun: true },
    };
    expect((await run(answers, 'rules')).stdout).toMatch(
      /year +priority imdb, movielens +3 +by ada/u,
    );
    const rule = { kind: 'weighted-mean', cap: 1000, weights: {}, of: ['audience', 'critics'] };
    const { stdout } = await run({ '/rules': { items: [{ ...RULE, rule }] } }, 'rules');
    expect(stdout).toMatch(/year +weighted-mean cap 1000 of audience, critics +3/u);
    expect(JSON.parse((await run(answers, 'rules', 'show', 'year')).stdout)).toEqual(RULE.rule);
    const tried = await run(answers, 'rules', 'set', 'year', 'priority', 'imdb', '--dry-run');
    expect(tried.api.requests.at(-1)).toMatchObject({
      url: '/rules/year?dryRun=true',
      body: '{"kind":"priority","sources":["imdb"]}',
    });
    expect(tried.stdout).toBe('year: priority imdb, movielens. 12 movies would be merged again.\n');
    expect((await run(answers, 'rules', 'set', 'year', '{')).code).toBe(2);
  });
});

it('profits are shown with what they add up to, and what is left out', async () => {
  const group = {
    company: 'tmdb:3',
    companyName: 'Example Pictures',
    genre: null,
    country: null,
    year: 1977,
    decade: null,
    movies: 1,
    budget: 1_000_000,
    revenue: 9_000_000,
    profit: 8_000_000,
  };
  const answer = {
    items: [group],
    next: null,
    by: ['company', 'year'],
    attribution: 'full',
    sum: { groups: 1, budget: 1_000_000, revenue: 9_000_000, profit: 8_000_000 },
    leftOut: { withoutBoth: 2, withoutYear: 0, tooSmall: 1, tooSmallProfit: 0 },
  };
  const { stdout } = await run({ '/aggregates/profit': answer }, 'profit', '--by', 'company,year');
  expect(stdout).toMatch(/Example Pictures +1977 +1 +\$1,000,000 +\$9,000,000 +\$8,000,000/u);
  expect(stdout).toContain('1 group, $8,000,000 in all with full attribution. Left out: 2 movies');
});
