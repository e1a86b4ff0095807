import type { FindMoviesQuery, MovieSort } from '@marquee/contract';
import type { Position, SortKey } from '../../read-models/lists/sort.ts';

/** The columns of a table that movies are sorted by, as SQL; unknown values are null. */
interface OrderColumns {
  readonly id: string;
  readonly votes: string;
  readonly year: string;
  readonly rating: string;
  readonly runtime: string;
  /** The title in its sort form. */
  readonly title: string;
}

/** Those of `movies.movie as m`. */
const OF_MOVIES = {
  id: 'm.id',
  votes: 'm.votes',
  year: 'm.year',
  rating: 'm.rating',
  runtime: 'm.runtime_minutes',
  title: 'm.sort_title',
  budget: 'm.budget',
  revenue: 'm.revenue',
  profit: '(m.revenue - m.budget)',
} satisfies OrderColumns & Record<SortOfMovies, string>;

/** Those of `search.title as t`, where ratings are tenths and an unknown year is 0. */
const OF_TITLES: OrderColumns = {
  id: 't.tconst',
  votes: 't.votes::int8',
  year: 'nullif(t.year, 0)',
  rating: '(t.rating / 10.0)',
  runtime: 't.runtime',
  title: 't.sort_title',
};

/** Orders by values that only other sources than IMDb have. */
type SortOfMovies = 'budget' | 'revenue' | 'profit';

export interface MovieOrder {
  readonly sort: MovieSort;
  readonly descending: boolean;
  /** All go the same way, so that an index serves both and a page can start within a tie. */
  readonly keys: readonly SortKey[];
}

const TYPES: Readonly<Record<Exclude<MovieSort, 'id'>, SortKey['type']>> = {
  relevance: 'int4',
  votes: 'int8',
  rating: 'numeric',
  year: 'int4',
  runtime: 'int4',
  title: 'text',
  budget: 'numeric',
  revenue: 'numeric',
  profit: 'numeric',
};

/** What breaks the ties of an order, before the id: the more popular one of equals comes first. */
const TIES: Readonly<Record<MovieSort, readonly ('votes' | 'year')[]>> = {
  relevance: ['votes', 'year'],
  votes: ['year'],
  rating: ['votes', 'year'],
  year: ['votes'],
  runtime: ['votes', 'year'],
  title: [],
  budget: [],
  revenue: [],
  profit: [],
  id: [],
};

/** The order of a query: that of titles, where titles have it. */
export function orderOf(query: FindMoviesQuery): MovieOrder {
  const { sort = query.q === undefined ? 'votes' : 'relevance' } = query;
  const { order = sort === 'title' || sort === 'id' ? 'asc' : 'desc' } = query;
  const descending = order === 'desc';
  return {
    sort,
    descending,
    keys: [
      ...(sort === 'id' ? [] : [{ column: '_sort', type: TYPES[sort], descending }]),
      ...TIES[sort].map((tie): SortKey => ({ column: `_${tie}`, type: TYPES[tie], descending })),
      { column: '_id', type: 'text', descending },
    ],
  };
}

/** The sort keys of `movies.movie as m`, as columns. @param relevance of an order by it, as SQL */
export function keysOfMovies(order: MovieOrder, relevance: string): string {
  return keyColumns(order, OF_MOVIES, relevance);
}

/** The sort keys of `search.title as t`, with the same values for the same movie. */
export function keysOfTitles(order: MovieOrder, relevance: string): string {
  return keyColumns(order, OF_TITLES, relevance);
}

function keyColumns(
  order: MovieOrder,
  columns: OrderColumns & Partial<Record<SortOfMovies, string>>,
  relevance: string,
): string {
  const { sort } = order;
  const valueOf = (column: string): string => {
    switch (column) {
      case '_id':
        return columns.id;
      case '_votes':
        return `coalesce(${columns.votes}, 0)`;
      case '_year':
        return `coalesce(${columns.year}, 0)`;
      default:
        return sort === 'relevance' || sort === 'id'
          ? relevance
          : known(order, columns[sort] ?? 'null');
    }
  };
  return order.keys.map(({ column }) => `${valueOf(column)} as "${column}"`).join(', ');
}

const MAX_INT4 = 2_147_483_647;
/** Below and above all values. */
const LEAST = -1;
const MOST = '1000000000000000';

/**
 * A sort key with a value for what is unknown, such that it comes last. No votes are a known number.
 * Descending orders, and ascending titles, have indexes on these expressions; the rarer others are
 * sorted.
 */
function known({ sort, descending }: MovieOrder, sql: string): string {
  switch (sort) {
    case 'votes':
      return `coalesce(${sql}, 0)`;
    case 'title':
      // the sort form of a title of signs alone is empty: `=` puts it before an unknown one
      return descending ? `coalesce('=' || ${sql}, '')` : `coalesce(${sql}, chr(1114111))`;
    default:
      return `coalesce(${sql}, ${unknownOf(sort, descending)})`;
  }
}

function unknownOf(sort: MovieSort, descending: boolean): string {
  if (descending) return sort === 'profit' ? `-${MOST}` : String(LEAST);
  return sort === 'year' || sort === 'runtime' ? String(MAX_INT4) : MOST;
}

const LAST_TEXT = '\u{10ffff}';

/**
 * The position among titles that corresponds to one among movies: the titles after it are those
 * that come after it here. It need not be the position of a title.
 *
 * @returns the sort key of the titles' order, and the values of a cursor of titles
 */
export function positionAmongTitles(
  { sort, descending, keys }: MovieOrder,
  position: Position,
): Position {
  const valueOf = (column: string) => position[keys.findIndex((key) => key.column === column)] ?? 0;
  const numberOf = (column: string, least = 0, most = MAX_INT4) =>
    Math.min(most, Math.max(least, Number(valueOf(column))));
  const [id, votes, year] = [valueOf('_id'), numberOf('_votes'), numberOf('_year')];
  const isUnknown = String(valueOf('_sort')) === unknownOf(sort, descending);
  // where no votes are a known number, unrated titles come first in ascending order
  const partitionOf = (rated: boolean) => (rated === descending ? 0 : 1);
  switch (sort) {
    case 'votes': {
      const number = numberOf('_sort');
      return [partitionOf(number > 0), number, year, id];
    }
    case 'rating': {
      if (isUnknown) return [1, 0, 0, year, id];
      const tenths = Number((numberOf('_sort', 0, 11) * 10).toFixed(6));
      if (Number.isInteger(tenths)) return [0, tenths, votes, year, id];
      // a rating between two of titles, of which the further one comes next
      return descending
        ? [0, Math.ceil(tenths), LEAST, year, id]
        : [0, Math.floor(tenths), MAX_INT4, year, id];
    }
    case 'year':
      return isUnknown ? [1, 0, votes, id] : [0, numberOf('_sort'), votes, id];
    case 'runtime':
      return isUnknown
        ? [1 + partitionOf(votes > 0), 0, votes, year, id]
        : [0, numberOf('_sort'), votes, year, id];
    case 'title': {
      const title = String(valueOf('_sort'));
      if (title === (descending ? '' : LAST_TEXT)) return [1, '', id];
      return [0, descending ? title.slice(1) : title, id];
    }
    default:
      return [0, id];
  }
}
