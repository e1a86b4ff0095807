import type { EpisodeGrid } from '@marquee/contract';

export type Season = EpisodeGrid['seasons'][number];
export type GridEpisode = Season['episodes'][number];

/** A season as the parameter `season` of the page's URL. */
export function seasonParameter({ seasonNumber }: Season): string {
  return seasonNumber === null ? 'unknown' : String(seasonNumber);
}

/** Name of a season. IMDb has specials as season 0. */
export function seasonName({ seasonNumber }: Pick<Season, 'seasonNumber'>): string {
  if (seasonNumber === null) return 'Unknown season';
  return seasonNumber === 0 ? 'Specials' : `Season ${seasonNumber}`;
}

/**
 * The season that a page shows: the one of its URL; without one the first regular season.
 *
 * @param parameter of the URL; null without one
 * @returns undefined for a season that the series does not have
 */
export function chosenSeason(
  seasons: readonly Season[],
  parameter: string | null,
): Season | undefined {
  if (parameter !== null) return seasons.find((season) => seasonParameter(season) === parameter);
  return seasons.find(({ seasonNumber }) => seasonNumber !== 0) ?? seasons[0];
}

export interface RatingSummary {
  readonly episodes: number;
  readonly rated: number;
  /** Mean of the ratings, without weights; null without any. */
  readonly mean: number | null;
  readonly votes: number;
}

/** Mean rating and counts of some episodes. */
export function summaryOf(episodes: readonly GridEpisode[]): RatingSummary {
  const rated = episodes.filter(({ averageRating }) => averageRating !== null);
  const sum = rated.reduce((total, { averageRating }) => total + (averageRating ?? 0), 0);
  return {
    episodes: episodes.length,
    rated: rated.length,
    mean: rated.length === 0 ? null : sum / rated.length,
    votes: episodes.reduce((total, { numVotes }) => total + (numVotes ?? 0), 0),
  };
}

/** Cells that fit on one line of a desktop screen: longer seasons wrap, and numbers do not align. */
const ALIGNED_CELLS = 26;

/**
 * The cells of a season: its episodes in their order, and null for a number that is missing in
 * between, so that equal numbers of short seasons stand below one another.
 */
export function cellsOf(episodes: readonly GridEpisode[]): (GridEpisode | null)[] {
  const highest = episodes.reduce((max, { episodeNumber }) => Math.max(max, episodeNumber ?? 0), 0);
  if (highest > ALIGNED_CELLS) return [...episodes];
  const cells: (GridEpisode | null)[] = [];
  for (const episode of episodes) {
    while (cells.length < (episode.episodeNumber ?? 0) - 1) cells.push(null);
    cells.push(episode);
  }
  return cells;
}

/** The lowest rating of each colour of the grid, highest first. */
export const RATING_STEPS = [9, 8, 7, 6, 5, 0] as const;

/** The place of a rating on the scale of colours, from 0 to 5 for the best; null without one. */
export function heatOf(averageRating: number | null): number | null {
  if (averageRating === null) return null;
  const index = RATING_STEPS.findIndex((lowest) => averageRating >= lowest);
  return RATING_STEPS.length - 1 - index;
}

/** Whether each cell stands at the place of its episode's number, as the numbers above them say. */
export function isNumbered(parts: readonly GridPart[]): boolean {
  return parts.every(({ cells }) =>
    cells.every((episode, index) => (episode?.episodeNumber ?? index + 1) === index + 1),
  );
}

/** A part of a long series that is shown at once. */
export interface GridPart {
  readonly season: Season;
  readonly cells: readonly (GridEpisode | null)[];
  /** Number of cells of the season that are left out. */
  readonly hidden: number;
}

/**
 * The first seasons of a grid, up to a number of cells. A page with ten thousand of them would take
 * seconds to lay out on a phone.
 */
export function firstParts(seasons: readonly Season[], maxCells: number): GridPart[] {
  const parts: GridPart[] = [];
  let left = maxCells;
  for (const season of seasons) {
    if (left <= 0) break;
    const cells = cellsOf(season.episodes);
    parts.push({ season, cells: cells.slice(0, left), hidden: Math.max(0, cells.length - left) });
    left -= cells.length;
  }
  return parts;
}
