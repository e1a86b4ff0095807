import type { ReactNode } from 'react';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ApiResponses } from '../api-client.ts';
import { ErrorMessage } from '../feedback.tsx';
import { quantity } from '../format.ts';
import { ShowMore } from '../title-list.tsx';
import { groupAkas, type RegionTitles } from './aka-groups.ts';

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
    <section>
      <h2>Also known as</h2>
      <Regions regions={preferred} />
      {/* a few names need no fold */}
      <details open={total <= 3}>
        <summary>
          {list.hasNextPage ? `More than ${quantity(total, 'title')}` : quantity(total, 'title')} in
          all regions
        </summary>
        <Regions regions={all} />
        <ShowMore list={list} />
      </details>
    </section>
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
