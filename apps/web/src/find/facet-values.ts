import type { Facet, Facets } from '@marquee/contract';
import { shortCount } from '../format.ts';

/** Facets of titles. */
export type FacetName = 'types' | 'genres' | 'regions' | 'languages';

/** Number of titles with a value: exact, extrapolated (`≈12`), or at least as many (`12+`). */
export function facetCount({ count, precision }: Facet): string {
  return `${precision === 'approximate' ? '≈' : ''}${shortCount(count)}${precision === 'atLeast' && count > 0 ? '+' : ''}`;
}

/** Values of a facet. A selected value stays listed, even if no title has it any more. */
export function facetValues(
  facets: Pick<Facets, FacetName> | undefined,
  from: FacetName,
  chosen: readonly string[],
): readonly Facet[] {
  const known = facets?.[from] ?? [];
  const lost = chosen
    .filter((value) => !known.some((facet) => facet.value === value))
    .map((value): Facet => ({ value, count: facets === undefined ? -1 : 0, precision: 'exact' }));
  return [...lost, ...known];
}
