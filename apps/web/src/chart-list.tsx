import type { ReactNode } from 'react';
import { useApi } from './api-client.ts';
import { Section } from './design/section.tsx';
import { ErrorMessage, Loading } from './feedback.tsx';
import { TitleRow } from './title-list.tsx';

/** Says of a list by the weighted rating how it is sorted. */
export const WEIGHTED_NOTE = 'By rating, weighted by votes: few votes count less.';

/** The first titles of a list, with their ranks and a link to all of them. */
export function ChartList({
  title,
  path,
  rows = 8,
  more,
  note,
  empty = 'No title has enough votes.',
}: {
  readonly title: string;
  /** API path of the list, without its limit. */
  readonly path: string;
  readonly rows?: number;
  readonly more: string;
  readonly note?: string;
  readonly empty?: string;
}): ReactNode {
  const chart = useApi('titles', `${path}${path.includes('?') ? '&' : '?'}limit=${rows}`);
  return (
    <Section title={title} more={{ href: more }} note={note}>
      {chart.isPending ? <Loading what={title.toLowerCase()} rows={rows} /> : null}
      {chart.isLoadingError ? <ErrorMessage error={chart.error} /> : null}
      <ol className="rows">
        {chart.data?.items.map((item, index) => (
          <TitleRow key={item.tconst} title={item} rank={index + 1} />
        ))}
      </ol>
      {chart.data?.items.length === 0 ? <p className="muted">{empty}</p> : null}
    </Section>
  );
}
