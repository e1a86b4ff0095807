import { describe, expect, it } from 'vitest';
import { lifetime, years } from './title-table.ts';

describe('the years', () => {
  it.each([
    [1977, null, '1977'],
    [1977, 1981, '1977–1981'],
    [1977, 1977, '1977'],
    [null, null, ''],
    [undefined, undefined, ''],
    [null, 1981, '?–1981'],
  ])('of a title from %s to %s are %j', (from, to, text) => {
    expect(years(from, to)).toBe(text);
  });

  it.each([
    [1930, 1999, '1930–1999'],
    [1930, null, '1930'],
    // a child that died in its first year of life
    [1930, 1930, '1930–1930'],
    [null, 1999, '?–1999'],
    [4, 65, '4–65'],
    [null, null, ''],
  ])('of a person from %s to %s are %j', (from, to, text) => {
    expect(lifetime(from, to)).toBe(text);
  });
});
