import type { Facets } from '@marquee/contract';
import type { ReactNode } from 'react';
import { ChipLink } from '../design/chip.tsx';
import { facetCount } from '../find/facet-values.ts';
import { quantity } from '../format.ts';
import { typeNoun } from '../find/describe.ts';

const TYPES = 5;

/** Numbers of titles of a genre or a decade, by type, as links to them. Its room is kept. */
export function TitleCount({
  facets,
  href,
}: {
  readonly facets: Facets | undefined;
  /** The page Find with the titles of all types. */
  readonly href: string;
}): ReactNode {
  return (
    <div className="title-count">
      {facets === undefined ? null : (
        <>
          <p>
            {facets.exact ? '' : 'About '}
            {quantity(facets.titles, 'title')}
          </p>
          <div className="chips">
            {facets.types.slice(0, TYPES).map((facet) => (
              <ChipLink
                key={facet.value}
                href={`${href}&titleType=${facet.value}`}
                figure={facetCount(facet)}
              >
                {typeNoun(facet.value)}
              </ChipLink>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
