import type { TitleSort } from '@marquee/contract';
import { TITLE_PARTITIONS } from '@marquee/search';
import type { SortKey } from '../lists/sort.ts';

/** A column of `search.title` that lists are sorted by; `rank` is the one of a text search. */
type OrderColumn =
  'rank' | 'votes' | 'rating' | 'weighted' | 'year' | 'runtime' | 'sort_title' | 'tconst';

/**
 * A part of a list, all of whose titles precede those of the next. One partial index, or one of rated
 * and one of unrated titles, holds it in its order.
 */
export interface SortPartition {
  /** What its titles have in common, as a condition on `search.title as t`. */
  readonly where: string;
  /** Whether its titles have votes; null where some have. */
  readonly rated: boolean | null;
  /** Whether all of them start in the same year. */
  readonly isOneYear?: boolean;
  /** The sort columns of its index. */
  readonly indexColumns: readonly OrderColumn[];
}

/** A sort order of titles. */
export interface SortOrder {
  /** What a cursor holds of a title. */
  readonly columns: readonly OrderColumn[];
  readonly partitions: readonly SortPartition[];
  readonly ascending: boolean;
}

/**
 * The order of titles by a column. Unknown values come last in both directions; ties are broken by
 * votes, year and id. All columns go the same way, so that an index serves both directions and a
 * page can start within a tie.
 */
export function orderOf(sort: TitleSort, ascending: boolean): SortOrder {
  // the best match has rank 1; candidates are sorted as a whole, and the partition is never scanned
  if (sort === 'relevance')
    return {
      columns: ['rank', 'tconst'],
      partitions: ORDERS.id.partitions,
      ascending: !ascending,
    };
  const { columns, partitions, reversed = partitions } = ORDERS[sort];
  return { columns, partitions: ascending ? reversed : partitions, ascending };
}

/** The condition of a partition of all titles. */
export const ALL = 'true';

const IS_RATED = `t.${TITLE_PARTITIONS.rated}`;
const IS_UNRATED = `t.${TITLE_PARTITIONS.unrated}`;

const RATED: SortPartition = {
  where: IS_RATED,
  rated: true,
  indexColumns: ['votes', 'year', 'tconst'],
};
const UNRATED: SortPartition = {
  where: IS_UNRATED,
  rated: false,
  indexColumns: ['year', 'votes', 'tconst'],
};

const WITH_RUNTIME: SortPartition = {
  where: 't.runtime is not null',
  rated: null,
  indexColumns: ['runtime', 'votes', 'year', 'tconst'],
};
const RATED_WITHOUT_RUNTIME: SortPartition = {
  ...RATED,
  where: `t.runtime is null and ${IS_RATED}`,
};
const UNRATED_WITHOUT_RUNTIME: SortPartition = {
  ...UNRATED,
  where: `t.runtime is null and ${IS_UNRATED}`,
};

/**
 * `reversed`: the partitions of the ascending order, where they come in another order. No votes are
 * a known number, so unrated titles come first then.
 */
const ORDERS: Readonly<
  Record<
    Exclude<TitleSort, 'relevance'>,
    Pick<SortOrder, 'columns' | 'partitions'> & { readonly reversed?: SortOrder['partitions'] }
  >
> = {
  votes: {
    columns: ['votes', 'year', 'tconst'],
    partitions: [RATED, UNRATED],
    reversed: [UNRATED, RATED],
  },
  rating: orderOfRating('rating'),
  weighted: orderOfRating('weighted'),
  year: {
    columns: ['year', 'votes', 'tconst'],
    partitions: [
      { where: 't.year > 0', rated: null, indexColumns: ['year', 'votes', 'tconst'] },
      {
        where: 't.year = 0',
        rated: null,
        isOneYear: true,
        indexColumns: ['year', 'votes', 'tconst'],
      },
    ],
  },
  runtime: {
    columns: ['runtime', 'votes', 'year', 'tconst'],
    partitions: [WITH_RUNTIME, RATED_WITHOUT_RUNTIME, UNRATED_WITHOUT_RUNTIME],
    reversed: [WITH_RUNTIME, UNRATED_WITHOUT_RUNTIME, RATED_WITHOUT_RUNTIME],
  },
  title: {
    columns: ['sort_title', 'tconst'],
    partitions: [
      { where: 't.sort_title is not null', rated: null, indexColumns: ['sort_title', 'tconst'] },
      { where: 't.sort_title is null', rated: null, indexColumns: ['tconst'] },
    ],
  },
  id: {
    columns: ['tconst'],
    partitions: [{ where: ALL, rated: null, indexColumns: ['tconst'] }],
  },
};

function orderOfRating(column: 'rating' | 'weighted'): Pick<SortOrder, 'columns' | 'partitions'> {
  const columns = [column, 'votes', 'year', 'tconst'] as const;
  return { columns, partitions: [{ ...RATED, indexColumns: columns }, UNRATED] };
}

/** The keys of a cursor into titles in this order: the number of the partition first. */
export function sortKeysOf({ columns, ascending }: SortOrder): SortKey[] {
  return [
    { column: '_partition', type: 'int4' },
    ...columns.map((column) => ({
      column: `_${column}`,
      type: typeOf(column),
      descending: !ascending,
    })),
  ];
}

/**
 * What a cursor holds, as columns of a select from `search.title as t`. None of them is null.
 *
 * @param partition the number of the row's partition, as SQL
 * @param rank of the row in a text search, as SQL
 */
export function cursorColumns({ columns }: SortOrder, partition: string, rank: string): string {
  const valueOf = (column: OrderColumn) =>
    column === 'rank' ? rank : `coalesce(t.${column}, ${typeOf(column) === 'text' ? `''` : '0'})`;
  return [
    `${partition} as "_partition"`,
    ...columns.map((column) => `${valueOf(column)} as "_${column}"`),
  ].join(', ');
}

/** The number of the partition that a row of `search.title as t` is in, as SQL. */
export function partitionNumber({ partitions }: SortOrder): string {
  return partitions.length === 1
    ? '0'
    : `case ${partitions.map(({ where }, i) => `when ${where} then ${i}`).join(' ')} end`;
}

export function typeOf(column: OrderColumn): 'text' | 'int4' {
  return column === 'tconst' || column === 'sort_title' ? 'text' : 'int4';
}
