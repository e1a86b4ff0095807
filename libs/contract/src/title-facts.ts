// no zod here, nor in its imports: the site bundles this module for the browser
import type { EpisodeOf } from './titles.ts';

/** A runtime in minutes, such as `1 h 41 min`. */
export function runtime(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`]
    .filter(Boolean)
    .join(' ');
}

/** The years of a title: `1977`, `1977–1981`, or `?–1981` if only the end is known. */
export function years(start: number | null | undefined, end?: number | null): string {
  const isEnd = end !== null && end !== undefined && end !== start;
  if (start === null || start === undefined) return isEnd ? `?–${end}` : '';
  return isEnd ? `${start}–${end}` : String(start);
}

/**
 * Position of an episode, such as `The Long Winter · Season 1, episode 3`; empty for other titles.
 */
export function episodePosition(episodeOf: EpisodeOf | null | undefined): string {
  if (!episodeOf) return '';
  const { tconst, primaryTitle, seasonNumber, episodeNumber } = episodeOf;
  const numbers = [
    seasonNumber !== null && `season ${seasonNumber}`,
    episodeNumber !== null && `episode ${episodeNumber}`,
  ]
    .filter(Boolean)
    .join(', ');
  return joinFacts(primaryTitle ?? tconst, numbers.charAt(0).toUpperCase() + numbers.slice(1));
}

const LABELS: Readonly<Record<string, string>> = {
  movie: 'Film',
  tvSeries: 'TV series',
  tvMiniSeries: 'TV mini-series',
  tvEpisode: 'TV episode',
  tvMovie: 'TV film',
  tvShort: 'TV short',
  tvSpecial: 'TV special',
  tvPilot: 'TV pilot',
  videoGame: 'Video game',
  self: 'As themselves',
};

/** Label of a type, category or profession of IMDb: `archive_footage` becomes `Archive footage`. */
export function labelOf(term: string | null | undefined): string {
  if (!term) return 'Unknown';
  return LABELS[term] ?? term.charAt(0).toUpperCase() + term.slice(1).replaceAll('_', ' ');
}

/** Joins the parts that are not empty, separated by dots. */
export function joinFacts(...parts: (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ');
}
