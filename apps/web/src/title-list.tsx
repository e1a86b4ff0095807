import type { EpisodeOf, RatedTitle } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Rating } from './design/rating.tsx';
import { Tile } from './design/tile.tsx';
import { typeStyle } from './design/type-colour.ts';
import { messageOf } from './error-message.ts';
import { episodePosition, labelOf, runtime, years } from './format.ts';

/**
 * A title in a list of class `rows`: tile, title, facts, rating. Where the list is wide, the facts
 * stand in columns; elsewhere they are a line below the title.
 *
 * @param note replaces the facts
 */
export function TitleRow({
  title,
  rank,
  note,
}: {
  readonly title: RatedTitle & { readonly episodeOf?: EpisodeOf | null };
  readonly rank?: number;
  readonly note?: ReactNode;
}): ReactNode {
  const { tconst, primaryTitle, titleType, startYear, endYear, runtimeMinutes, genres, episodeOf } =
    title;
  return (
    <li className={`row hued${rank === undefined ? '' : ' ranked'}`} style={typeStyle(titleType)}>
      {rank === undefined ? null : <span className="rank">{rank}</span>}
      <Tile text={primaryTitle} />
      <div className="row-text">
        <div className="row-title">
          <Link href={`/title/${tconst}`} className="name">
            {primaryTitle ?? tconst}
          </Link>
          {episodeOf ? <p className="series muted">{episodePosition(episodeOf)}</p> : null}
        </div>
        {note === undefined ? (
          <p className="facts muted">
            <span className="type">{labelOf(titleType)}</span>
            <span>{years(startYear, endYear)}</span>
            <span>{runtimeMinutes === null ? '' : runtime(runtimeMinutes)}</span>
            <span className="genres">{genres?.join(', ')}</span>
          </p>
        ) : (
          <p className="note muted">{note}</p>
        )}
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
