import type { ReactNode } from 'react';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ApiResponses } from '../api-client.ts';
import { Section } from '../design/section.tsx';
import { ErrorMessage } from '../feedback.tsx';
import { quantity } from '../format.ts';
import { ShowMore } from '../title-list.tsx';
import { groupAkas, type RegionTitles } from './aka-groups.ts';

/** Up to this many titles are shown without a fold. */
const FEW = 6;

/**
 * The alternative titles of a title: the original one and those in the reader's languages; folded,
 * all by region.
 */
export function Akas({
  akas: list,
}: {
  readonly akas: UseInfiniteQueryResult<InfiniteData<ApiResponses['akas']>>;
}): ReactNode {
  if (list.isPending) return null;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const akas = list.data.pages.flatMap(({ items }) => items);
  if (akas.length === 0) return null;
  const { preferred, all } = groupAkas(akas, navigator.languages);
  const total = all.reduce((sum, { titles }) => sum + titles.length, 0);
  return (
    <Section title="Also known as">
      {total <= FEW ? (
        <Regions regions={all} />
      ) : (
        <>
          <Regions regions={preferred} />
          <details>
            <summary>
              All {list.hasNextPage ? 'titles' : quantity(total, 'title')}, by region
            </summary>
            <Regions regions={all} />
            <ShowMore list={list} />
          </details>
        </>
      )}
    </Section>
  );
}

function Regions({ regions }: { readonly regions: readonly RegionTitles[] }): ReactNode {
  if (regions.length === 0) return null;
  return (
    <dl className="akas">
      {regions.map(({ region, titles }) => (
        <div key={region}>
          <dt>{region}</dt>
          {titles.map(({ title, note }) => (
            <dd key={`${title}\n${note}`}>
              {title} {note === '' ? null : <small className="muted">{note}</small>}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
