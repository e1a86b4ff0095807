import { expect, it } from 'vitest';
import { lifetime } from './title-table.ts';

it.each([
  [1930, 1999, '1930–1999'],
  [1930, null, '1930'],
  // a child that died in its first year of life
  [1930, 1930, '1930–1930'],
  [null, 1999, '?–1999'],
  [4, 65, '4–65'],
  [null, null, ''],
])('the years of a person from %s to %s are %j', (from, to, text) => {
  expect(lifetime(from, to)).toBe(text);
});
