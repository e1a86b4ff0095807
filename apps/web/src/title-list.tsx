import type { EpisodeOf, RatedTitle } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { messageOf } from './states.tsx';
import { counted, facts, placeOf, runtime, wordFor, years } from './wording.ts';

/** A rating with its votes. */
export function Stars({
  averageRating,
  numVotes,
}: Pick<RatedTitle, 'averageRating' | 'numVotes'>): ReactNode {
  if (averageRating === null) return <span className="rating muted">not rated</span>;
  return (
    <span className="rating">
      <b>{averageRating.toFixed(1)}</b> <small>{counted(numVotes, 'vote')}</small>
    </span>
  );
}

/** One title in a list. */
export function TitleRow({
  title,
  rank,
  note,
}: {
  readonly title: RatedTitle & { readonly episodeOf?: EpisodeOf | null };
  readonly rank?: number;
  readonly note?: string | undefined;
}): ReactNode {
  const { tconst, primaryTitle, titleType, startYear, endYear, runtimeMinutes, genres, episodeOf } =
    title;
  return (
    <li className="row">
      <div>
        <Link href={`/title/${tconst}`} className="name">
          {rank === undefined ? '' : `${rank}. `}
          {primaryTitle ?? tconst}
        </Link>
        {episodeOf ? <p className="series">{placeOf(episodeOf)}</p> : null}
        <p className="muted">
          {note ??
            facts(
              wordFor(titleType),
              years(startYear, endYear),
              runtimeMinutes !== null && runtime(runtimeMinutes),
              genres?.join(', '),
            )}
        </p>
      </div>
      <Stars {...title} />
    </li>
  );
}

interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly error: Error | null;
  readonly fetchNextPage: () => Promise<unknown>;
}

/** Asks for the next page of a list, where there is one. */
export function More({ list }: { readonly list: Pages }): ReactNode {
  if (!list.hasNextPage) return null;
  return (
    <>
      {list.isFetchNextPageError && list.error !== null ? (
        <p role="alert">{messageOf(list.error)}</p>
      ) : null}
      <button
        type="button"
        className="more"
        disabled={list.isFetchingNextPage}
        onClick={() => void list.fetchNextPage()}
      >
        {list.isFetchingNextPage ? 'Loading …' : 'Show more'}
      </button>
    </>
  );
}
