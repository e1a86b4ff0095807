import type { Episode } from '@marquee/contract';

/** What the chart of a series and its data need of an episode. */
export const CHARTED = [
  'tconst',
  'primaryTitle',
  'seasonNumber',
  'episodeNumber',
  'averageRating',
  'numVotes',
] as const;
export type Charted = Pick<Episode, (typeof CHARTED)[number]>;

/** An episode with its place among all that are rated, from 1. */
export type Placed = Charted & { readonly place: number };

/** The episodes that can be drawn, in their order: those with a rating and a season. */
export function ratedEpisodes(episodes: readonly Charted[]): Placed[] {
  return episodes
    .filter(({ averageRating, seasonNumber }) => averageRating !== null && seasonNumber !== null)
    .map((episode, place) => ({ ...episode, place: place + 1 }));
}

export interface RatedSeason {
  readonly seasonNumber: number | null;
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  readonly mean: number;
}

/** Where each season begins and ends, and the mean of its ratings. */
export function seasonsOf(rated: readonly Placed[]): RatedSeason[] {
  return [...Map.groupBy(rated, ({ seasonNumber }) => seasonNumber)].map(
    ([seasonNumber, episodes]) => ({
      seasonNumber,
      first: (episodes[0]?.place ?? 0) - 0.4,
      middle: ((episodes[0]?.place ?? 0) + (episodes.at(-1)?.place ?? 0)) / 2,
      last: (episodes.at(-1)?.place ?? 0) + 0.4,
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
const MOST_DIGITS = 30;

/** What stands below each season in the chart: its number, or nothing where there is no room. */
export function seasonLabels(seasons: readonly RatedSeason[]): string[] {
  const labelled = Math.ceil(
    (seasons.length * String(seasons.at(-1)?.seasonNumber).length) / MOST_DIGITS,
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
}: Charted): string {
  return `S${seasonNumber ?? '?'} E${episodeNumber ?? '?'} ${primaryTitle ?? ''}: ${averageRating ?? ''}`;
}

/** The same as a table, with the names of its columns first. */
export function episodeRows(rated: readonly Placed[]): (string | number | null)[][] {
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
