import type { EpisodeOf } from '@marquee/contract';
import type { Column } from '@marquee/terminal/table';

/** The column for {@link episodePosition} in tables of titles. */
export const EPISODE_COLUMN: Column = { head: 'EPISODE', isFlexible: true, isOptional: true };

/**
 * The position of an episode: `S1 E3 of The Long Winter`, the numbers first, because the end is cut
 * off; null for other titles.
 */
export function episodePosition(episodeOf: EpisodeOf | null | undefined): string | null {
  if (!episodeOf) return null;
  const { tconst, primaryTitle, seasonNumber, episodeNumber } = episodeOf;
  const numbers = [
    seasonNumber !== null && `S${seasonNumber}`,
    episodeNumber !== null && `E${episodeNumber}`,
  ]
    .filter(Boolean)
    .join(' ');
  return `${numbers || 'episode'} of ${primaryTitle ?? tconst}`;
}
