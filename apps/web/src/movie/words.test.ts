import { describe, expect, it } from 'vitest';
import {
  money,
  onScale,
  originWords,
  partOfScale,
  profitOf,
  profitShare,
  valueWords,
} from './words.ts';

const USD = (amount: number) => ({ amount, currency: 'USD' });
const nameOf = (id: string) => ({ imdb: 'IMDb', movielens: 'MovieLens' })[id] ?? id;

describe('amounts', () => {
  it('are short where there is little room, and whole elsewhere', () => {
    expect(money(USD(463_517_383))).toBe('$464M');
    expect(money(USD(463_517_383), 'whole')).toBe('$463,517,383');
    expect(money({ amount: 1_500_000, currency: 'SEK' })).toBe('SEK\u{A0}1.5M');
  });

  it('have a profit only in one currency', () => {
    expect(profitOf({ budget: USD(60), revenue: USD(463) })).toEqual(USD(403));
    expect(profitOf({ budget: USD(60), revenue: { amount: 463, currency: 'EUR' } })).toBeNull();
    expect(profitOf({ budget: null, revenue: USD(463) })).toBeNull();
  });

  it.each([
    [403, 60, '6.7 times the budget'],
    [30, 60, '50 % of the budget'],
    [-45, 60, '-75 % of the budget'],
    [10, 0, ''],
  ])('say how a profit of %d compares with a budget of %d', (profit, budget, words) => {
    expect(profitShare(USD(profit), USD(budget))).toBe(words);
  });
});

describe('a rating', () => {
  const rating = (value: number, min: number, max: number) => ({ value, scale: { min, max } });

  it('stays on the scale of its source', () => {
    expect(onScale(rating(83, 0, 100))).toBe('83 of 100');
    expect(onScale(rating(3.9, 0.5, 5))).toBe('3.9 of 5');
    expect(onScale(rating(9, 0, 10))).toBe('9.0 of 10');
  });

  it('has a bar that counts from 0, as the combined rating does', () => {
    expect(partOfScale(rating(4, 0.5, 5))).toBe(0.8);
    expect(partOfScale(rating(7.5, 1, 10))).toBe(0.75);
    expect(partOfScale(rating(0, -5, 5))).toBe(0.5);
    expect(partOfScale(rating(120, 0, 100))).toBe(1);
  });
});

describe('the value of a field', () => {
  it.each([
    ['title', null, '–'],
    ['genres', [], 'none'],
    ['genres', ['Drama', 'War'], 'Drama, War'],
    ['countries', ['US', 'DE'], 'United States, Germany'],
    ['languages', ['de'], 'German'],
    ['releaseDate', '1999-03-31', 'Mar 31, 1999'],
    ['year', 1999, '1999'],
    ['runtimeMinutes', 1104, '1,104'],
    ['watched', true, 'yes'],
    ['type', 'tvMiniSeries', 'TV mini-series'],
    ['budget', USD(60_000_000), '$60,000,000'],
    ['rating', { value: 7.6, votes: 173_803 }, '7.6 (173,803)'],
    ['people', [{ name: 'Ada', role: 'director', imdb: null }], 'Ada (director)'],
    ['names', [{ name: 'Der Komet', language: 'de', region: 'AT' }], 'Der Komet (German, Austria)'],
    ['companies', [{ id: 'tmdb:3', name: 'Example Pictures' }], 'Example Pictures'],
    ['ids', { imdb: ['tt0000001'], tmdb: ['862'] }, 'Imdb: tt0000001; Tmdb: 862'],
    [
      'cRatings',
      { performance: { value: 8.2, voices: 3 }, screenplay: null },
      'Performance: 8.2 (3)',
    ],
  ])('%s as %j', (field, value, words) => {
    expect(valueWords(field, value)).toBe(words);
  });
});

describe('the origin of a value', () => {
  const from = (...sources: string[]) =>
    sources.map((source) => ({ source, record: '1', delivery: '7' }));

  it('names the source and its delivery', () => {
    expect(
      originWords(
        { from: from('movielens'), by: null, at: '2026-05-03T10:00:00Z', rule: 'priority' },
        nameOf,
      ),
    ).toBe('From MovieLens, delivery of May 3, 2026');
  });

  it('names each of several sources once', () => {
    expect(
      originWords(
        {
          from: from('imdb', 'movielens', 'movielens'),
          by: null,
          at: '2026-05-03T10:00:00Z',
          rule: 'union',
        },
        nameOf,
      ),
    ).toBe('From IMDb and MovieLens, newest delivery of May 3, 2026');
  });

  it('names who has set it', () => {
    expect(
      originWords({ from: [], by: 'ada', at: '2026-05-03T10:00:00Z', rule: 'lock' }, nameOf),
    ).toBe('Set by ada on May 3, 2026');
  });
});
