import type { Episode } from '@marquee/contract';

/** Fields of an episode that the chart of a series and its CSV need. */
export const EPISODE_FIELDS = [
  'tconst',
  'primaryTitle',
  'seasonNumber',
  'episodeNumber',
  'averageRating',
  'numVotes',
] as const;
export type ChartEpisode = Pick<Episode, (typeof EPISODE_FIELDS)[number]>;

/** A rated episode with its position among all of them, from 1. */
type NumberedEpisode = ChartEpisode & { readonly position: number };

/** The episodes of the chart: those with a rating and a season, in their order. */
export function ratedEpisodes(episodes: readonly ChartEpisode[]): NumberedEpisode[] {
  return episodes
    .filter(({ averageRating, seasonNumber }) => averageRating !== null && seasonNumber !== null)
    .map((episode, index) => ({ ...episode, position: index + 1 }));
}

interface RatedSeason {
  readonly seasonNumber: number | null;
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  readonly mean: number;
}

/** Start and end of each season on the x axis, and the mean of its ratings. */
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
 * Maximum number of digits in the labels below the chart: more do not fit on a phone. Some series
 * number their seasons by year.
 */
const MAX_DIGITS = 30;

/** Labels of the seasons: the number, or empty where there is no room. */
export function seasonLabels(seasons: readonly RatedSeason[]): string[] {
  const labelled = Math.ceil(
    (seasons.length * String(seasons.at(-1)?.seasonNumber).length) / MAX_DIGITS,
  );
  return seasons.map(({ seasonNumber }, tick) =>
    tick % labelled === 0 ? String(seasonNumber) : '',
  );
}

/** Label of an episode: `S1 E3 The Thaw: 7.9`. */
export function episodeLabel({
  seasonNumber,
  episodeNumber,
  primaryTitle,
  averageRating,
}: ChartEpisode): string {
  return `S${seasonNumber ?? '?'} E${episodeNumber ?? '?'} ${primaryTitle ?? ''}: ${averageRating ?? ''}`;
}

/** The episodes of the chart as rows of CSV, after a row of column names. */
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
