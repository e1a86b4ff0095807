import type { Facet, Facets } from '@marquee/contract';
import { shortCount } from '../format.ts';

/** Facets of titles. */
export type FacetName = 'types' | 'genres' | 'regions' | 'languages';

/** Number of titles with a value: exact, extrapolated (`≈12`), or at least as many (`12+`). */
export function facetCount({ exact, ofFirst }: Facets, titles: number): string {
  return `${exact || ofFirst !== null ? '' : '≈'}${shortCount(titles)}${ofFirst === null || titles === 0 ? '' : '+'}`;
}

/** Values of a facet. A selected value stays listed, even if no title has it any more. */
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
