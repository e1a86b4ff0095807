import type { EpisodeOf } from '@marquee/contract';
import type { Column } from './table.ts';

/** The column for {@link placeOf} in tables of titles. */
export const EPISODE: Column = { head: 'EPISODE', isFlexible: true, isOptional: true };

/**
 * Where an episode stands: `S1 E3 of The Long Winter`, the numbers first, as the end is cut off;
 * null for what is none.
 */
export function placeOf(episodeOf: EpisodeOf | null | undefined): string | null {
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
