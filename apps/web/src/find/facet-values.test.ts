import type { Facets } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { facetCount, facetValues } from './facet-values.ts';

const FACETS: Facets = {
  titles: 100,
  exact: true,
  ofFirst: null,
  types: [],
  genres: [
    { value: 'Drama', count: 60, precision: 'exact' },
    { value: 'War', count: 5, precision: 'exact' },
  ],
  regions: [],
  languages: [],
  professions: null,
};

describe('the values of a facet', () => {
  it('are those of the response, in its order', () => {
    expect(facetValues(FACETS, 'genres', ['War'])).toEqual(FACETS.genres);
    expect(facetValues(FACETS, 'types', [])).toEqual([]);
  });

  it('start with selected values that no title has', () => {
    expect(facetValues(FACETS, 'genres', ['Horror', 'War'])).toEqual([
      { value: 'Horror', count: 0, precision: 'exact' },
      ...FACETS.genres,
    ]);
  });

  it('are the selected ones without a number while counts are loading', () => {
    const values = facetValues(undefined, 'genres', ['Horror']);
    expect(values.map(({ value }) => value)).toEqual(['Horror']);
    expect(values[0]?.count).toBeLessThan(0);
  });
});

describe('the number of titles with a value', () => {
  it.each([
    ['exact', 0, '0'],
    ['exact', 1234, '1.2K'],
    // extrapolated
    ['approximate', 1234, '≈1.2K'],
    // counted among the best matches only
    ['atLeast', 12, '12+'],
    ['atLeast', 0, '0'],
  ] as const)('if %s, %d is %s', (precision, count, text) => {
    expect(facetCount({ value: 'Drama', count, precision })).toBe(text);
  });
});
