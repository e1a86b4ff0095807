import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponses, ListItems } from '../api-client.ts';
import { Section } from '../design/section.tsx';
import { ErrorMessage } from '../feedback.tsx';
import { TitleRow } from '../title-list.tsx';

const SHOWN = 8;

/**
 * The similar titles that a reader may know: those with at least the square root of the title's own
 * votes. Of a title with a million votes these are the ones with a thousand.
 */
export function knownEnough<T extends Pick<ListItems['similar'], 'numVotes'>>(
  similar: readonly T[],
  ownVotes: number | null,
): T[] {
  const floor = Math.sqrt(ownVotes ?? 0);
  return similar.filter(({ numVotes }) => (numVotes ?? 0) >= floor);
}

/** Titles that share people or genres with a title. */
export function Similar({
  similar,
  numVotes,
}: {
  readonly similar: UseQueryResult<ApiResponses['similar']>;
  readonly numVotes: number | null;
}): ReactNode {
  if (similar.isPending) return null;
  if (similar.isLoadingError) return <ErrorMessage error={similar.error} />;
  const shown = knownEnough(similar.data.items, numVotes).slice(0, SHOWN);
  if (shown.length === 0) return null;
  return (
    <Section title="Similar titles">
      <ul className="rows two">
        {shown.map((title) => (
          <TitleRow key={title.tconst} title={title} />
        ))}
      </ul>
    </Section>
  );
}
