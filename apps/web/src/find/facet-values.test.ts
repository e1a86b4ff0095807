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
  it('are those that are counted, in their order', () => {
    expect(facetValues(FACETS, 'genres', ['War'])).toEqual(FACETS.genres);
    expect(facetValues(FACETS, 'types', [])).toEqual([]);
  });

  it('begin with what is chosen and no title has any more', () => {
    expect(facetValues(FACETS, 'genres', ['Horror', 'War'])).toEqual([
      { value: 'Horror', count: 0 },
      ...FACETS.genres,
    ]);
  });

  it('are what is chosen while nothing is counted, of which no number is told', () => {
    const values = facetValues(undefined, 'genres', ['Horror']);
    expect(values.map(({ value }) => value)).toEqual(['Horror']);
    expect(values[0]?.count).toBeLessThan(0);
  });
});

describe('how many titles have a value', () => {
  it.each<[Partial<Facets>, number, string]>([
    [{}, 0, '0'],
    [{}, 1234, '1.2K'],
    // reckoned from some
    [{ exact: false }, 1234, '≈1.2K'],
    // counted among the first, which may be all
    [{ exact: false, ofFirst: 200 }, 12, '12+'],
    [{ exact: false, ofFirst: 200 }, 0, '0'],
  ])('is told of %j and %d as %s', (facets, titles, text) => {
    expect(facetCount({ ...FACETS, ...facets }, titles)).toBe(text);
  });
});
