import type { Facets } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { facetCount, facetValues } from './facet-values.ts';

const FACETS: Facets = {
  titles: 100,
  exact: true,
  ofFirst: null,
  types: [],
  genres: [
    { value: 'Drama', count: 60 },
    { value: 'War', count: 5 },
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
      { value: 'Horror', count: 0 },
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
  it.each<[Partial<Facets>, number, string]>([
    [{}, 0, '0'],
    [{}, 1234, '1.2K'],
    // extrapolated
    [{ exact: false }, 1234, '≈1.2K'],
    // counted among the best matches only
    [{ exact: false, ofFirst: 200 }, 12, '12+'],
    [{ exact: false, ofFirst: 200 }, 0, '0'],
  ])('with %j and %d is %s', (facets, titles, text) => {
    expect(facetCount({ ...FACETS, ...facets }, titles)).toBe(text);
  });
});
