import type { Facet } from '@marquee/contract';
import type { ReactNode } from 'react';
import { useApi } from '../api-client.ts';
import { BarList } from '../design/bar-list.tsx';
import { Section } from '../design/section.tsx';
import { typeStyle } from '../design/type-colour.ts';
import { labelOf } from '../format.ts';
import { facetCount } from './facet-values.ts';
import { facetsPath, type TitleQuery } from './title-query.ts';

const SHOWN = 10;

/** Types and genres of the results as bars, on a wide screen. A click filters by a bar. */
export function Breakdown({ query }: { readonly query: TitleQuery }): ReactNode {
  const { data } = useApi('facets', facetsPath(query));
  if (data === undefined || data.titles === 0 || query.crossed.length > 0) return null;
  const barsOf = (facets: readonly Facet[], filter: 'titleType' | 'genre') =>
    facets.slice(0, SHOWN).map((facet) => ({
      label: filter === 'titleType' ? labelOf(facet.value) : facet.value,
      value: facet.count,
      figure: facetCount(facet),
      href: query.urlToggling(filter, facet.value),
      isChosen: query.valuesOf(filter).includes(facet.value),
      ...(filter === 'titleType' ? { style: typeStyle(facet.value) } : {}),
    }));
  return (
    <div className="breakdown">
      <Section title="By type">
        <BarList label="Titles by type" bars={barsOf(data.types, 'titleType')} />
      </Section>
      <Section title="By genre">
        <BarList label="Titles by genre" bars={barsOf(data.genres, 'genre')} />
      </Section>
    </div>
  );
}
