import type { ReactNode } from 'react';
import { useApi } from './api-client.ts';
import { count, joinFacts, labelOf, years } from './format.ts';
import { ListSection } from './list-section.tsx';
import { TitleRow } from './title-list.tsx';

const ROWS = 8;
/** The page with more of them. */
const MORE = '/new';
const NONE = 'Nothing yet: this needs two updates within a week.';

/** The answer with the new titles. */
export function useNewTitles(rows: number) {
  return useApi('newTitles', `/charts/new?limit=${rows}`);
}

/** The answer with the movers. */
export function useMovers(rows: number) {
  return useApi('movers', `/charts/movers?limit=${rows}`);
}

/** Titles that the updates of the last week added. */
export function NewThisWeek({ rows = ROWS }: { readonly rows?: number }): ReactNode {
  return (
    <ListSection
      title="New this week"
      note="Added by the updates of the last seven days."
      more={rows === ROWS ? MORE : undefined}
      list={useNewTitles(rows)}
      rows={rows}
      what="new titles"
      empty={NONE}
      row={(title) => <TitleRow key={title.tconst} title={title} />}
    />
  );
}

/** Titles that gained most votes in the last week. */
export function Movers({ rows = ROWS }: { readonly rows?: number }): ReactNode {
  return (
    <ListSection
      title="Biggest movers"
      note="Most votes gained in the last seven days."
      more={rows === ROWS ? MORE : undefined}
      list={useMovers(rows)}
      rows={rows}
      what="movers"
      empty={NONE}
      row={(title, index) => (
        <TitleRow
          key={title.tconst}
          title={title}
          rank={index + 1}
          note={joinFacts(
            labelOf(title.titleType),
            years(title.startYear, title.endYear),
            movement(title),
          )}
        />
      )}
    />
  );
}

/** The change of votes and rating, such as `+1,234 votes · was 7.9`. */
export function movement({
  averageRating,
  numVotes,
  previous,
}: {
  readonly averageRating: number | null;
  readonly numVotes: number | null;
  readonly previous: {
    readonly averageRating: number | null;
    readonly numVotes: number | null;
  } | null;
}): string {
  const gained = (numVotes ?? 0) - (previous?.numVotes ?? 0);
  return joinFacts(
    `${gained < 0 ? '−' : '+'}${count(Math.abs(gained))} votes`,
    previous?.averageRating != null &&
      previous.averageRating !== averageRating &&
      `was ${previous.averageRating.toFixed(1)}`,
  );
}
