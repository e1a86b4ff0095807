import { quantity, ratingText } from '../format.ts';
import { seasonName, type GridEpisode, type Season } from './episodes.ts';

/** A dot of the chart: an episode, or the mean of several of a season that follow one another. */
export interface ChartDot {
  readonly position: number;
  readonly seasonNumber: number | null;
  readonly averageRating: number;
  readonly label: string;
  /** Page of the episode; null for several. */
  readonly href: string | null;
}

/** A season on the chart, from the edge before its first dot to the edge after its last. */
export interface ChartSeason {
  readonly seasonNumber: number | null;
  readonly first: number;
  readonly last: number;
  readonly mean: number;
}

/** More dots than this are wider together than a desktop screen. */
const MAX_DOTS = 2000;

/** The rated episodes of all numbered seasons as dots, at positions without gaps, and the seasons. */
export function chartOf(
  seasons: readonly Season[],
  maxDots = MAX_DOTS,
): { dots: ChartDot[]; seasons: ChartSeason[] } {
  const rated = seasons
    .filter(({ seasonNumber }) => seasonNumber !== null)
    .map((season) => ({
      ...season,
      episodes: season.episodes.filter(({ averageRating }) => averageRating !== null),
    }))
    .filter(({ episodes }) => episodes.length > 0);
  const total = rated.reduce((sum, { episodes }) => sum + episodes.length, 0);
  const size = Math.max(1, Math.ceil(total / maxDots));
  const dots: ChartDot[] = [];
  const spans: ChartSeason[] = [];
  for (const season of rated) {
    const first = dots.length;
    for (let at = 0; at < season.episodes.length; at += size)
      dots.push(dotOf(season, season.episodes.slice(at, at + size), dots.length + 1));
    const { seasonNumber } = season;
    spans.push({
      seasonNumber,
      first: first + 0.5,
      last: dots.length + 0.5,
      mean: meanOf(season.episodes),
    });
  }
  return { dots, seasons: spans };
}

function meanOf(episodes: readonly GridEpisode[]): number {
  return (
    episodes.reduce((sum, { averageRating }) => sum + (averageRating ?? 0), 0) / episodes.length
  );
}

function dotOf(season: Season, some: readonly GridEpisode[], position: number): ChartDot {
  const [only] = some;
  const { seasonNumber } = season;
  const averageRating = meanOf(some);
  if (some.length === 1 && only !== undefined)
    return {
      position,
      seasonNumber,
      averageRating,
      label: episodeLabel(season, only),
      href: `/title/${only.tconst}`,
    };
  const votes = some.reduce((sum, { numVotes }) => sum + (numVotes ?? 0), 0);
  return {
    position,
    seasonNumber,
    averageRating,
    label: `${seasonName(season)}, episodes ${numberOf(some[0])} to ${numberOf(some.at(-1))}\nMean rating ${averageRating.toFixed(2)}\n${quantity(votes, 'vote')}`,
    href: null,
  };
}

function numberOf(episode: GridEpisode | undefined): string {
  return String(episode?.episodeNumber ?? '?');
}

/** Label of an episode: its title, its position, and its rating with the votes, line by line. */
export function episodeLabel(season: Season, episode: GridEpisode): string {
  const { primaryTitle, tconst, episodeNumber, startYear } = episode;
  const position = [
    seasonName(season),
    episodeNumber !== null && `episode ${episodeNumber}`,
    startYear !== null && startYear !== season.seasonNumber && String(startYear),
  ];
  return [primaryTitle ?? tconst, position.filter(Boolean).join(', '), ratingText(episode)].join(
    '\n',
  );
}

/** Width of a digit of the labels below a chart, and the space between two labels, in CSS pixels. */
const DIGIT = 7;
const SPACE = 10;

/**
 * Labels of the seasons below the chart: the number where there is room for it, else empty.
 *
 * @param width of the plot in CSS pixels, without its margins
 */
export function seasonLabels(seasons: readonly ChartSeason[], width: number): string[] {
  const end = seasons.at(-1)?.last ?? 1;
  let free = -Infinity;
  return seasons.map(({ seasonNumber, first, last }) => {
    const text = String(seasonNumber ?? '?');
    const middle = (((first + last) / 2 - 0.5) / (end - 0.5)) * width;
    const half = (text.length * DIGIT) / 2;
    if (middle - half < free) return '';
    free = middle + half + SPACE;
    return text;
  });
}

/** All episodes as rows of CSV, after a row of column names. */
export function csvRows(seasons: readonly Season[]): (string | number | null)[][] {
  return [
    [
      'tconst',
      'seasonNumber',
      'episodeNumber',
      'primaryTitle',
      'startYear',
      'averageRating',
      'numVotes',
    ],
    ...seasons.flatMap(({ seasonNumber, episodes }) =>
      episodes.map((episode) => [
        episode.tconst,
        seasonNumber,
        episode.episodeNumber,
        episode.primaryTitle,
        episode.startYear,
        episode.averageRating,
        episode.numVotes,
      ]),
    ),
  ];
}
