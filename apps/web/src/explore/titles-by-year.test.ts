import { expect, it } from 'vitest';
import { typesByYear } from './titles-by-year.ts';

const at = (year: number | null, titleType: string | null, titles: number) => ({
  year,
  titleType,
  titles,
});

it('has titles by year, with labels for types', () => {
  expect(typesByYear([at(1977, 'movie', 3), at(1978, 'tvSeries', 2)], 2030)).toEqual({
    rows: [
      { year: 1977, type: 'Film', titles: 3 },
      { year: 1978, type: 'TV series', titles: 2 },
    ],
    later: 0,
  });
});

it('omits titles without a year, and counts those of later years', () => {
  const { rows, later } = typesByYear(
    [at(null, 'movie', 7), at(2030, 'movie', 1), at(2031, 'movie', 2), at(2115, 'short', 3)],
    2030,
  );
  expect(rows).toEqual([{ year: 2030, type: 'Film', titles: 1 }]);
  expect(later).toBe(5);
});

it('keeps the six types with most titles over all years, and combines the others', () => {
  const types = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const { rows } = typesByYear(
    [
      ...types.map((type, i) => at(1977, type, 10 - i)),
      // which makes it the most frequent type
      at(1978, 'h', 100),
    ],
    2030,
  );
  expect(rows.map(({ type }) => type)).toEqual([
    'A',
    'B',
    'C',
    'D',
    'E',
    'Other',
    'Other',
    'H',
    'H',
  ]);
});

it('is empty without titles', () => {
  expect(typesByYear([], 2030)).toEqual({ rows: [], later: 0 });
});
