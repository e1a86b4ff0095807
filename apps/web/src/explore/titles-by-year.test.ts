import { expect, it } from 'vitest';
import { typesByYear } from './titles-by-year.ts';

const at = (year: number | null, titleType: string | null, titles: number) => ({
  year,
  titleType,
  titles,
});

it('has titles by year, each as a share of the best year of its type', () => {
  expect(
    typesByYear([at(1977, 'movie', 3), at(1978, 'movie', 12), at(1978, 'tvSeries', 2)], 2030),
  ).toEqual({
    rows: [
      { year: 1977, type: 'movie', titles: 3, share: 0.25 },
      { year: 1978, type: 'movie', titles: 12, share: 1 },
      { year: 1978, type: 'tvSeries', titles: 2, share: 1 },
    ],
    types: ['movie', 'tvSeries'],
    later: 0,
  });
});

it('omits titles without a year, and counts those of later years', () => {
  const { rows, later } = typesByYear(
    [at(null, 'movie', 7), at(2030, 'movie', 1), at(2031, 'movie', 2), at(2115, 'short', 3)],
    2030,
  );
  expect(rows).toEqual([{ year: 2030, type: 'movie', titles: 1, share: 1 }]);
  expect(later).toBe(5);
});

it('keeps the six types with most titles over all years, and combines the others', () => {
  const types = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const { rows, types: shown } = typesByYear(
    [
      ...types.map((type, i) => at(1977, type, 10 - i)),
      // which makes it the most frequent type
      at(1978, 'h', 100),
    ],
    2030,
  );
  expect(shown).toEqual(['h', 'a', 'b', 'c', 'd', 'e', 'other']);
  // f and g
  expect(rows.find(({ type }) => type === 'other')).toEqual({
    year: 1977,
    type: 'other',
    titles: 9,
    share: 1,
  });
});

it('is empty without titles', () => {
  expect(typesByYear([], 2030)).toEqual({ rows: [], types: [], later: 0 });
});
