import type { Reads } from '../../database/deadline.ts';
import { Parameters } from '../../database/parameters.ts';
import { positionOf } from '../lists/sort.ts';
import { allOf, titlesWhere } from './title-filters.ts';
import { estimate, estimateRows, type Estimate } from '../../database/custom-plans.ts';
import { sortKeysOf } from './sort-orders.ts';
import {
  entriesOf,
  gather,
  isSortedInIndex,
  look,
  othersOf,
  partsAlong,
  partsOf,
  servedIn,
  type Found,
  type SegmentSearch,
} from './segment-reads.ts';
import { isAsked, RANGES, valuesOf, type RangeColumn, type Value } from './title-counts.ts';

/**
 * So many are looked at in the time that PostgreSQL's planner takes for 1: a page of a table, of
 * which most are in memory.
 */
const LOOKED_AT_FOR_COST = 4;
/**
 * So many times as far is looked as a page should take, as titles that fit are not spread evenly.
 */
const MORE_THAN_EXPECTED = 1.5;

/**
 * Titles of a segment, in their order. What passes the filters may be every second title or three
 * in ten million, and PostgreSQL takes filters to be independent of each other and of the order: it
 * would look through millions of titles in their order, or find millions and sort them for a page.
 * So we look a little way first; most pages are full by then. Then we look as far as can be looked
 * in the time that it takes to find all and sort them, and as far again where the rest of a page
 * should be found by that; to find all comes last: together that is at most some three times what
 * the best of these takes. Where all are too many for that, there may be years, or runtimes, of
 * which nothing fits before those of which much does: in their order they are searched one after
 * another; but not where part of them is asked for, or little of the other column, and that is not
 * too much to be gone through.
 */
export async function searchSegment(database: Reads, search: SegmentSearch): Promise<Found[]> {
  const { limit, limits } = search;
  let { seen } = search;
  if (seen === undefined || othersOf(search).length === 0) {
    const near = await lookNear(database, search);
    if (near.length >= limit || othersOf(search).length === 0) return near;
    seen = near.length;
  }
  const all = await estimateAll(database, search);
  const isTooMuch = all.cost * LOOKED_AT_FOR_COST >= limits.longestLook;
  const values = isTooMuch ? valuedColumnOf(search) : null;
  const range = isTooMuch ? await cheapestRange(database, search, all, values) : null;
  const valued = range === null ? values : null;
  // there may be none that fit in the first of them
  if (valued?.isTold === true) return searchByValues(database, search, valued);
  const cost = range === null ? all.cost : range.entries / LOOKED_AT_FOR_COST;
  const reach = reachOf(cost, seen, search);
  const far = reach > limits.firstLook ? await look(database, search, reach) : [];
  if (far.length >= limit) return far;
  const further = await lookFurther(database, search, {
    far,
    reach,
    cost,
    expected: range === null ? all.rows : null,
  });
  if (further.length >= limit) return further;
  // value after value only where nothing fits so far: otherwise there is nothing to pass over
  return valued === null || far.length > 0
    ? gather(database, search, { range: range?.column ?? null })
    : searchByValues(database, search, valued);
}

/**
 * How far to look: as long as it takes to find all, or as far as a page should be full by what a
 * first look has seen.
 *
 * @param cost of finding all
 */
function reachOf(cost: number, seen: number, { limit, limits }: SegmentSearch): number {
  const expected =
    seen === 0 ? 0 : Math.ceil(((limits.firstLook * limit) / seen) * MORE_THAN_EXPECTED);
  return Math.min(
    limits.longestLook,
    Math.max(cost * LOOKED_AT_FOR_COST, expected <= limits.longestLook ? expected : 0),
  );
}

/** What a far look has found, and what was known before it. */
interface FarLook {
  readonly far: Found[];
  /** So many titles it has looked at. */
  readonly reach: number;
  /** Of finding all. */
  readonly cost: number;
  /**
   * So many that would be, by the statistics; null where the cost does not depend on that, as a
   * range is gone through whatever fits.
   */
  readonly expected: number | null;
}

/**
 * Looks on from the last title that a far look has found, where the rest of a page should be nearer
 * than all that fit. What it costs to find these is known better by now: where more fit than the
 * statistics say, it takes as much longer.
 */
async function lookFurther(
  database: Reads,
  search: SegmentSearch,
  { far, reach, cost, expected }: FarLook,
): Promise<Found[]> {
  const last = far.at(-1);
  if (last === undefined) return far;
  const limit = search.limit - far.length;
  const onward = Math.ceil(((reach * limit) / far.length) * MORE_THAN_EXPECTED);
  const times =
    expected === null
      ? 1
      : (far.length * (await estimateEntries(database, search))) / reach / expected;
  if (onward > Math.min(search.limits.mostInRange, cost * LOOKED_AT_FOR_COST * Math.max(1, times)))
    return far;
  return [
    ...far,
    ...(await look(
      database,
      { ...search, limit, position: positionOf(sortKeysOf(search.order), last) },
      reach + onward,
    )),
  ];
}

/** How many titles a look along a segment would go through in all. */
async function estimateEntries(database: Reads, search: SegmentSearch): Promise<number> {
  const parameters = new Parameters();
  return estimateRows(
    database,
    titlesWhere(partsAlong(search, servedIn(search, parameters))),
    parameters,
  );
}

/**
 * How many titles of a segment fit, and what it costs to find all of them by the index of terms.
 */
async function estimateAll(database: Reads, search: SegmentSearch): Promise<Estimate> {
  const parameters = new Parameters();
  const where = `${search.segment.where} and ${allOf(search.conditions.terms, parameters)}`;
  return estimate(database, titlesWhere(partsOf(search, where)), parameters);
}

/**
 * A first look, by one statement. Where it does not find enough, that means nothing, unless the
 * index serves all conditions.
 */
export async function lookNear(database: Reads, search: SegmentSearch): Promise<Found[]> {
  return look(
    database,
    search,
    othersOf(search).length === 0 ? search.limit : search.limits.firstLook,
  );
}

/** A column in the order of which a list is, and of which it is known which values there are. */
interface ValuedColumn {
  readonly column: RangeColumn;
  /** Whether it is known of what is asked for, and not only of all titles. */
  readonly isTold: boolean;
}

/**
 * The column of a segment whose values are searched one after another; null where there is none.
 */
function valuedColumnOf({
  segment,
  conditions: { types, special },
}: SegmentSearch): ValuedColumn | null {
  const [column] = segment.along;
  if (column === 'year' && segment.oneYear !== true)
    return { column, isTold: special !== null || types !== null };
  return column === 'runtime' && types !== null ? { column, isTold: true } : null;
}

/**
 * Searches one year, or runtime, after another, those of which there are few titles together, until
 * there are enough.
 */
async function searchByValues(
  database: Reads,
  search: SegmentSearch,
  { column }: ValuedColumn,
): Promise<Found[]> {
  const { order, conditions, segment, position, limit, limits } = search;
  const all = await valuesOf(database, conditions, column);
  // in a list by years, those without one are a segment of their own
  const known =
    column === 'year' && segment.rated === null ? all.filter(({ value }) => value > 0) : all;
  const values = order.ascending ? known : known.toReversed();
  const found: Found[] = [];
  const reached = position === null ? null : Number(position[1 + order.columns.indexOf(column)]);
  const start =
    reached === null
      ? 0
      : values.findIndex(({ value }) => (order.ascending ? value >= reached : value <= reached));
  if (start < 0) return [];
  const steps = inSteps(values.slice(start), limits.firstLook);
  for (const [number, step] of steps.entries()) {
    const left = { ...search, limit: limit - found.length };
    if (left.limit <= 0) break;
    if (number === limits.mostSteps && conditions.hasTerms)
      return [
        ...found,
        ...(await gather(database, left, { some: { column, values: steps.slice(number).flat() } })),
      ];
    const some = { column, values: step };
    const near = await look(database, left, limits.firstLook, some);
    found.push(
      ...(near.length >= left.limit
        ? near
        : await gather(database, left, { some, range: column === 'year' ? null : column })),
    );
  }
  return found;
}

/**
 * Values in a row, together so many that a look at all titles that have them is worth a statement.
 *
 * @param most how many titles a look goes through
 */
function inSteps(values: readonly Value[], most: number): number[][] {
  const steps: number[][] = [];
  let titlesOfLast = Infinity;
  for (const { value, titles } of values) {
    const last = titlesOfLast + titles <= most ? steps.at(-1) : undefined;
    if (last === undefined) steps.push([value]);
    else last.push(value);
    titlesOfLast = last === undefined ? titles : titlesOfLast + titles;
  }
  return steps;
}

/** A column, and how many entries of an index are gone through for what is asked for of it. */
interface Range {
  readonly column: RangeColumn;
  readonly entries: number;
}

/** So many entries of an index are gone through for what PostgreSQL's planner takes for 1. */
const ENTRIES_FOR_COST = 34;
/**
 * So many are gone through rather than to find by terms what it takes for 1: of what is frequent
 * that takes longer than it says.
 */
const GONE_THROUGH_FOR_COST = 8;
/** For the look at a title that fits, so many entries can be gone through; and to sort one. */
const ENTRIES_FOR_TITLE = { looked: 10, sorted: 5 } as const;

/**
 * The column of which so little is asked for that to go through that is cheaper than to find all by
 * the index of terms; null where there is none.
 *
 * @param values that can be searched one after another instead
 */
async function cheapestRange(
  database: Reads,
  search: SegmentSearch,
  all: Estimate,
  values: ValuedColumn | null,
): Promise<Range | null> {
  const longest =
    values?.isTold === true && !isAsked(search.conditions, values.column)
      ? search.limits.longestLook
      : search.limits.mostInRange;
  const most =
    Math.min(all.cost * GONE_THROUGH_FOR_COST, longest) -
    all.rows * ENTRIES_FOR_TITLE[isSortedInIndex(search) ? 'sorted' : 'looked'];
  const asked = most <= 0 ? [] : RANGES.filter((column) => isAsked(search.conditions, column));
  const ranges = await Promise.all(
    asked.map(async (column) => {
      const parameters = new Parameters();
      // not its rows: what an index has no order for is gone through as well
      const { cost } = await estimate(database, entriesOf(search, column, parameters), parameters);
      return { column, entries: cost * ENTRIES_FOR_COST };
    }),
  );
  const [best] = ranges
    .filter(({ entries }) => entries < most)
    .sort((one, other) => one.entries - other.entries);
  return best ?? null;
}
