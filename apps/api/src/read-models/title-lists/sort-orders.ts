import type { TitleSort } from '@marquee/contract';
import type { SortKey } from '../lists/sort.ts';

/**
 * A column of `search.title` that titles are in the order of; or their place among those that a
 * text finds.
 */
export type OrderColumn =
  'place' | 'votes' | 'rating' | 'weighted' | 'year' | 'runtime' | 'sort_title' | 'tconst';

/** A part of a list, which comes whole before the next, and lies in the order of an index. */
export interface Segment {
  /** What its titles have in common, as a condition on `search.title as t`. */
  readonly where: string;
  /** Whether all of them, or none, have votes; null where some have. */
  readonly rated: boolean | null;
  /** Whether all of them start in the same year. */
  readonly oneYear?: true;
  /** The index's columns. */
  readonly along: readonly OrderColumn[];
}

/** A way to sort titles. */
export interface Order {
  /** What a cursor holds of a title. */
  readonly columns: readonly OrderColumn[];
  readonly segments: readonly Segment[];
  readonly ascending: boolean;
}

/**
 * The order of titles by something. What is not known comes last, whichever way it goes; what is
 * equal is settled by votes, year and id. All columns go the same way: an index serves it in both,
 * and a page can begin in the middle of what is equal.
 */
export function orderOf(sort: TitleSort, ascending: boolean): Order {
  // what fits best has the first place
  if (sort === 'relevance')
    return { columns: ['place', 'tconst'], segments: ORDERS.id.segments, ascending: !ascending };
  const { columns, segments, turned = segments } = ORDERS[sort];
  return { columns, segments: ascending ? turned : segments, ascending };
}

/** The condition of a segment of all titles. */
export const ALL = 'true';

const RATED: Segment = { where: 't.votes > 0', rated: true, along: ['votes', 'year', 'tconst'] };
const UNRATED: Segment = { where: 't.votes < 1', rated: false, along: ['year', 'votes', 'tconst'] };

const TIMED: Segment = {
  where: 't.runtime is not null',
  rated: null,
  along: ['runtime', 'votes', 'year', 'tconst'],
};
const UNTIMED_RATED: Segment = { ...RATED, where: 't.runtime is null and t.votes > 0' };
const UNTIMED_UNRATED: Segment = { ...UNRATED, where: 't.runtime is null and t.votes < 1' };

/**
 * `turned`: the segments of the ascending order where they are others. To have no votes is no lack
 * of knowledge.
 */
const ORDERS: Readonly<
  Record<
    Exclude<TitleSort, 'relevance'>,
    Pick<Order, 'columns' | 'segments'> & { readonly turned?: Order['segments'] }
  >
> = {
  votes: {
    columns: ['votes', 'year', 'tconst'],
    segments: [RATED, UNRATED],
    turned: [UNRATED, RATED],
  },
  rating: ofRating('rating'),
  weighted: ofRating('weighted'),
  year: {
    columns: ['year', 'votes', 'tconst'],
    segments: [
      { where: 't.year > 0', rated: null, along: ['year', 'votes', 'tconst'] },
      { where: 't.year = 0', rated: null, oneYear: true, along: ['year', 'votes', 'tconst'] },
    ],
  },
  runtime: {
    columns: ['runtime', 'votes', 'year', 'tconst'],
    segments: [TIMED, UNTIMED_RATED, UNTIMED_UNRATED],
    turned: [TIMED, UNTIMED_UNRATED, UNTIMED_RATED],
  },
  title: {
    columns: ['sort_title', 'tconst'],
    segments: [
      { where: 't.sort_title is not null', rated: null, along: ['sort_title', 'tconst'] },
      { where: 't.sort_title is null', rated: null, along: ['tconst'] },
    ],
  },
  id: { columns: ['tconst'], segments: [{ where: ALL, rated: null, along: ['tconst'] }] },
};

function ofRating(column: 'rating' | 'weighted'): Pick<Order, 'columns' | 'segments'> {
  const columns = [column, 'votes', 'year', 'tconst'] as const;
  return { columns, segments: [{ ...RATED, along: columns }, UNRATED] };
}

/** The keys of a cursor into titles in this order: the segment first. */
export function sortKeysOf({ columns, ascending }: Order): SortKey[] {
  return [
    { column: '_segment', type: 'int4' },
    ...columns.map((column) => ({
      column: `_${column}`,
      type: typeOf(column),
      descending: !ascending,
    })),
  ];
}

/**
 * What a cursor holds, as columns of a select from `search.title as t`; nothing in it is null.
 *
 * @param segment which one it is in, as SQL
 * @param place among those that a text finds, as SQL
 */
export function cursorColumns({ columns }: Order, segment: string, place: string): string {
  const valueOf = (column: OrderColumn) =>
    column === 'place' ? place : `coalesce(t.${column}, ${typeOf(column) === 'text' ? `''` : '0'})`;
  return [
    `${segment} as "_segment"`,
    ...columns.map((column) => `${valueOf(column)} as "_${column}"`),
  ].join(', ');
}

/** Which segment a row of `search.title as t` is in, as SQL. */
export function segmentExpression({ segments }: Order): string {
  return segments.length === 1
    ? '0'
    : `case ${segments.map(({ where }, i) => `when ${where} then ${i}`).join(' ')} end`;
}

export function typeOf(column: OrderColumn): 'text' | 'int4' {
  return column === 'tconst' || column === 'sort_title' ? 'text' : 'int4';
}
