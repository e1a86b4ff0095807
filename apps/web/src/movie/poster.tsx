import type { ReactNode } from 'react';
import { Tile } from '../design/tile.tsx';
import './poster.css';

/** A picture of a movie in its place, which has its size before it is loaded; else its tile. */
export function Poster({
  poster,
  title,
  isLazy = false,
}: {
  /** SHA-256 of the picture. */
  readonly poster: string | null;
  readonly title: string | null;
  /** Whether it is loaded only when it comes near: one of a list. */
  readonly isLazy?: boolean;
}): ReactNode {
  return poster === null ? (
    <Tile text={title} size="large" />
  ) : (
    <img
      className="poster"
      src={`/pictures/${poster}/342.webp`}
      alt={title === null ? 'Poster' : `Poster of ${title}`}
      width={342}
      height={513}
      loading={isLazy ? 'lazy' : 'eager'}
    />
  );
}
