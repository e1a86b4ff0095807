import type { Facet, Facets } from '@marquee/contract';
import { shortCount } from '../format.ts';

/** The facets of titles. */
export type FacetName = 'types' | 'genres' | 'regions' | 'languages';

/** How many titles have a value: as they were counted, about as many, or as many and more. */
export function facetCount({ exact, ofFirst }: Facets, titles: number): string {
  return `${exact || ofFirst !== null ? '' : '≈'}${shortCount(titles)}${ofFirst === null || titles === 0 ? '' : '+'}`;
}

/** The values of a facet; what is chosen stays in sight, though no title has it any more. */
export function facetValues(
  facets: Facets | undefined,
  from: FacetName,
  chosen: readonly string[],
): readonly Facet[] {
  const known = facets?.[from] ?? [];
  const lost = chosen
    .filter((value) => !known.some((facet) => facet.value === value))
    .map((value) => ({ value, count: facets === undefined ? -1 : 0 }));
  return [...lost, ...known];
}
