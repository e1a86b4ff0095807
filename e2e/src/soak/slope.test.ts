import { expect, it } from 'vitest';
import { isGrowing, longestRun, trendOf } from './slope.ts';

const days = (count: number, value: (day: number) => number) =>
  Array.from({ length: count }, (_, day) => value(day));

it('a leak is told from noise, outliers and small numbers', () => {
  expect(
    isGrowing(
      days(20, (day) => 100 + 2 * day),
      0.15,
      5,
    ),
  ).toBe(true);
  expect(
    isGrowing(
      days(20, (day) => 100 + (day % 3) * 10),
      0.15,
      5,
    ),
  ).toBe(false);
  expect(
    isGrowing(
      days(20, (day) => (day === 19 ? 900 : 100)),
      0.15,
      5,
    ),
  ).toBe(false);
  expect(
    isGrowing(
      days(20, (day) => day / 10),
      0.15,
      5,
    ),
  ).toBe(false);
  expect(trendOf([1, 2, 3, 4])).toBeNull();
  expect(trendOf(days(11, (day) => 50 + day))).toEqual({ perDay: 1, growth: 10 / 55 });
});

it('a restarted process is measured between its restarts', () => {
  expect(longestRun([1, 2, 3, 1, 2, 1, 2, 3, 4], new Set([3, 5]))).toEqual([1, 2, 3]);
  expect(longestRun([1, 1, 2, 3, 4, 4, 4, 4, 4], new Set([1]))).toEqual([4, 4, 4, 4, 4]);
});
