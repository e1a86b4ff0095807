import type { EpisodeOf, RatedTitle } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { messageOf } from './feedback.tsx';
import { quantity, joinFacts, episodePosition, runtime, labelOf, years } from './format.ts';

/** A rating with its number of votes. */
export function Rating({
  averageRating,
  numVotes,
}: Pick<RatedTitle, 'averageRating' | 'numVotes'>): ReactNode {
  if (averageRating === null) return <span className="rating muted">not rated</span>;
  return (
    <span className="rating">
      <b>{averageRating.toFixed(1)}</b> <small>{quantity(numVotes, 'vote')}</small>
    </span>
  );
}

/** A title in a list. */
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
        {episodeOf ? <p className="series">{episodePosition(episodeOf)}</p> : null}
        <p className="muted">
          {note ??
            joinFacts(
              labelOf(titleType),
              years(startYear, endYear),
              runtimeMinutes !== null && runtime(runtimeMinutes),
              genres?.join(', '),
            )}
        </p>
      </div>
      <Rating {...title} />
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

/** Button that loads the next page of a list, if there is one. */
export function ShowMore({ list }: { readonly list: Pages }): ReactNode {
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
