import type { ChangePage, Run } from '@marquee/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { getJson } from '../api-client.ts';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore } from '../title-list.tsx';
import { differenceOf } from './row-difference.ts';

type ChangeItem = ChangePage['items'][number];

const PAGE_SIZE = 50;

/** The changes that a run published. Read from the time of its request, and filtered by its id. */
export function RunChanges({ run }: { readonly run: Run }): ReactNode {
  const list = useInfiniteQuery({
    queryKey: ['changes', run.id],
    queryFn: async ({ pageParam, signal }) =>
      getJson(
        'changes',
        `/changes?limit=${PAGE_SIZE}&since=${encodeURIComponent(pageParam)}`,
        signal,
      ),
    initialPageParam: run.requestedAt,
    // a page that ends with another run is the last one
    getNextPageParam: ({ items, next }: ChangePage) =>
      items.at(-1)?.runId === run.id ? next : null,
  });
  if (run.kind === 'download') return null;
  if (list.isPending) return <Loading what="changes" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  const own = list.data.pages.flatMap(({ items }) => items).filter(({ runId }) => runId === run.id);
  return (
    <section>
      <h4>Changes</h4>
      {own.length === 0 ? <p className="muted">None, or no longer stored.</p> : null}
      <ul className="changes">
        {own.map((change) => (
          <li key={change.cursor}>
            <span className="badge">{change.kind}</span> <code>{change.dataset}</code>{' '}
            {change.kind === 'reload' ? 'all rows were replaced' : <ChangedRow change={change} />}
          </li>
        ))}
      </ul>
      <ShowMore list={list} />
    </section>
  );
}

function ChangedRow({ change: { id, before, after } }: { readonly change: ChangeItem }): ReactNode {
  return (
    <>
      {id ? <Link href={`/${id.startsWith('nm') ? 'name' : 'title'}/${id}`}>{id}</Link> : null}{' '}
      <small className="muted">{differenceOf(before, after)}</small>
    </>
  );
}
