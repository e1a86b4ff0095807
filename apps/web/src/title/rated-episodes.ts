import type { Episode } from '@marquee/contract';

/** What the chart of a series and its data need of an episode. */
export const EPISODE_FIELDS = [
  'tconst',
  'primaryTitle',
  'seasonNumber',
  'episodeNumber',
  'averageRating',
  'numVotes',
] as const;
export type ChartEpisode = Pick<Episode, (typeof EPISODE_FIELDS)[number]>;

/** An episode with its position among all that are rated, from 1. */
export type NumberedEpisode = ChartEpisode & { readonly position: number };

/** The episodes that can be drawn, in their order: those with a rating and a season. */
export function ratedEpisodes(episodes: readonly ChartEpisode[]): NumberedEpisode[] {
  return episodes
    .filter(({ averageRating, seasonNumber }) => averageRating !== null && seasonNumber !== null)
    .map((episode, index) => ({ ...episode, position: index + 1 }));
}

export interface RatedSeason {
  readonly seasonNumber: number | null;
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  readonly mean: number;
}

/** Where each season begins and ends, and the mean of its ratings. */
export function ratedSeasons(rated: readonly NumberedEpisode[]): RatedSeason[] {
  return [...Map.groupBy(rated, ({ seasonNumber }) => seasonNumber)].map(
    ([seasonNumber, episodes]) => ({
      seasonNumber,
      first: (episodes[0]?.position ?? 0) - 0.4,
      middle: ((episodes[0]?.position ?? 0) + (episodes.at(-1)?.position ?? 0)) / 2,
      last: (episodes.at(-1)?.position ?? 0) + 0.4,
      mean:
        episodes.reduce((sum, { averageRating }) => sum + (averageRating ?? 0), 0) /
        episodes.length,
    }),
  );
}

/**
 * More digits of seasons than these have no room below the chart on a phone; some series number
 * theirs by years.
 */
const MAX_DIGITS = 30;

/** What stands below each season in the chart: its number, or nothing where there is no room. */
export function seasonLabels(seasons: readonly RatedSeason[]): string[] {
  const labelled = Math.ceil(
    (seasons.length * String(seasons.at(-1)?.seasonNumber).length) / MAX_DIGITS,
  );
  return seasons.map(({ seasonNumber }, tick) =>
    tick % labelled === 0 ? String(seasonNumber) : '',
  );
}

/** An episode in words: `S1 E3 The Thaw: 7.9`. */
export function episodeLabel({
  seasonNumber,
  episodeNumber,
  primaryTitle,
  averageRating,
}: ChartEpisode): string {
  return `S${seasonNumber ?? '?'} E${episodeNumber ?? '?'} ${primaryTitle ?? ''}: ${averageRating ?? ''}`;
}

/** The same as a table, with the names of its columns first. */
export function csvRows(rated: readonly NumberedEpisode[]): (string | number | null)[][] {
  return [
    ['tconst', 'seasonNumber', 'episodeNumber', 'averageRating', 'numVotes'],
    ...rated.map((episode) => [
      episode.tconst,
      episode.seasonNumber,
      episode.episodeNumber,
      episode.averageRating,
      episode.numVotes,
    ]),
  ];
}
