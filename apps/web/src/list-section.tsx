import type { UseQueryResult } from '@tanstack/react-query';
import type { ComponentProps, ReactNode } from 'react';
import type { ListPage } from './api-client.ts';
import { Section } from './design/section.tsx';
import { ErrorMessage, Loading } from './feedback.tsx';

/** A section with the first items of a list, each as a row. */
export function ListSection<T>({
  list,
  rows,
  what,
  empty,
  row,
  ...section
}: Omit<ComponentProps<typeof Section>, 'children'> & {
  readonly list: UseQueryResult<ListPage<T>>;
  /** Number of rows that are expected: their room is kept. */
  readonly rows: number;
  /** What is loading, such as `new titles`. */
  readonly what: string;
  /** Said of a list without items. */
  readonly empty: string;
  readonly row: (item: T, index: number) => ReactNode;
}): ReactNode {
  return (
    <Section {...section}>
      {list.isPending ? <Loading what={what} rows={rows} /> : null}
      {list.isLoadingError ? <ErrorMessage error={list.error} /> : null}
      {list.data?.items.length === 0 ? <p className="muted">{empty}</p> : null}
      <ol className="rows">{list.data?.items.map(row)}</ol>
    </Section>
  );
}
