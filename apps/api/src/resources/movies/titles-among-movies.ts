import type { FindMoviesQuery, MovieRange, SourceRatingRange } from '@marquee/contract';
import { IMDB } from '@marquee/movies';
import type { TitleRequest } from '../../read-models/title-lists/resolved-list.ts';
import { movieIdIn } from './movie-conditions.ts';
import type { MovieOrder } from './movie-order.ts';

const RANGES_OF_MOVIES: readonly MovieRange[] = [
  'critics',
  'budget',
  'revenue',
  'profit',
  'performance',
  'soundtrack',
  'screenplay',
];

/** The filters that no movie passes that IMDb alone tells of. */
const FILTERS_OF_MOVIES: readonly (keyof FindMoviesQuery)[] = [
  'country',
  'language',
  'company',
  'watched',
  ...RANGES_OF_MOVIES.flatMap((range) => [`${range}From`, `${range}To`] as const),
];

/**
 * The titles that a query selects among those that IMDb alone tells of, as a request for a list of
 * titles without its text; null where only movies of other sources can match, or have the order.
 */
export function titlesAmong(query: FindMoviesQuery, order: MovieOrder): TitleRequest | null {
  const { sort } = order;
  if (sort === 'budget' || sort === 'revenue' || sort === 'profit') return null;
  if (query.q !== undefined && movieIdIn(query.q)?.startsWith('mq') === true) return null;
  if (FILTERS_OF_MOVIES.some((name) => query[name] !== undefined)) return null;
  if (query.source?.some((source) => source !== IMDB) === true) return null;
  const ratings = query.sourceRating ?? [];
  if (!ratings.every(isOfImdb)) return null;
  // IMDb's rating is the only one of these movies, and so the combined one
  const froms = [query.ratingFrom, query.audienceFrom, ...ratings.map(({ from }) => from)];
  const tos = [query.ratingTo, query.audienceTo, ...ratings.map(({ to }) => to)];
  return {
    titleType: query.type,
    genre: query.genre,
    genreAny: query.genreAny,
    genreNone: query.genreNone,
    isAdult: query.isAdult,
    person: query.person,
    role: query.role,
    startYearFrom: query.yearFrom,
    startYearTo: query.yearTo,
    runtimeMinutesFrom: query.runtimeMinutesFrom,
    runtimeMinutesTo: query.runtimeMinutesTo,
    numVotesFrom: query.votesFrom,
    numVotesTo: query.votesTo,
    averageRatingFrom: highest(froms),
    averageRatingTo: lowest(tos),
    sort,
    order: order.descending ? 'desc' : 'asc',
  };
}

function isOfImdb({ source, name }: SourceRatingRange): boolean {
  return source === IMDB && (name === null || name === IMDB);
}

/** The highest lower bound, in the tenths that IMDb rates in: up to 11, which no title reaches. */
function highest(bounds: readonly (number | null | undefined)[]): number | undefined {
  const known = bounds.filter((bound) => typeof bound === 'number');
  if (known.length === 0) return undefined;
  return Math.ceil(tenthsOf(Math.min(11, Math.max(0, ...known)))) / 10;
}

/** The lowest upper bound, likewise. */
function lowest(bounds: readonly (number | null | undefined)[]): number | undefined {
  const known = bounds.filter((bound) => typeof bound === 'number');
  if (known.length === 0) return undefined;
  return Math.floor(tenthsOf(Math.max(0, Math.min(11, ...known)))) / 10;
}

/** Without the error of binary fractions. */
function tenthsOf(rating: number): number {
  return Number((rating * 10).toFixed(6));
}
