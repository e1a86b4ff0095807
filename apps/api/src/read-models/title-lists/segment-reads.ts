import { TAG_PREFIXES } from '@marquee/search';
import { WEIGHTED_TITLE } from '../../database/columns.ts';
import type { Reads } from '../../database/deadline.ts';
import { Parameters } from '../../database/parameters.ts';
import { orderBy, type Position } from '../lists/sort.ts';
import {
  allOf,
  FEW_YEARS,
  halvesOf,
  marksOf,
  titlesWhere,
  type Condition,
  type Conditions,
  type NumberColumn,
} from './title-filters.ts';
import { readWithCustomPlan } from '../../database/custom-plans.ts';
import { ALL, cursorColumns, sortKeysOf, typeOf, type Order, type Segment } from './sort-orders.ts';
import type { SearchLimits } from './search-limits.ts';
import type { RangeColumn } from './title-counts.ts';

/** A title as it is found, with all that is shown of it, and what a cursor holds of it. */
export type Found = Readonly<Record<string, unknown>>;

/** Where titles are looked for, from which position on, and how many. */
export interface SegmentSearch {
  readonly order: Order;
  readonly conditions: Conditions;
  readonly segment: Segment;
  /** Of the segment. */
  readonly number: number;
  readonly position: Position | null;
  readonly limit: number;
  readonly limits: SearchLimits;
  /** How many a first look has found, where there was one. */
  readonly seen?: number;
}

/**
 * Looks at titles in their order, by its index alone: only what may fit by the bits there is looked
 * up in the table.
 *
 * @param most how many of them
 * @param some of these alone
 */
export async function look(
  database: Reads,
  search: SegmentSearch,
  most: number,
  some?: SomeValues,
): Promise<Found[]> {
  const parameters = new Parameters();
  const { segment, order, limit } = search;
  const where = `${servedIn(search, parameters)}${between(some, parameters)}${afterPosition(search, parameters)}`;
  const first = `order by ${alongOf(search)} limit ${parameters.add(most, 'int8')}`;
  const columns = [...new Set([...segment.along, ...IN_EVERY_INDEX])]
    .map((column) => `t.${column}`)
    .join(', ');
  const entries = partsAlong(search, where)
    .map((part) => `(select ${columns} from search.title as t where ${part} ${first})`)
    .join(' union all ');
  const others = othersOf(search);
  const marked = `select t.tconst from (select * from (${entries}) as t ${first}) as t where ${allOf(marksOf(others), parameters)}`;
  const found = `select ${columnsOf(search)} from ${rowsOf(marked, allOf(others, parameters))} limit ${parameters.add(limit, 'int8')}`;
  const text = shown(found, order);
  // some are asked for in one search after another by the same text, which would count as often
  return some === undefined
    ? database.readPrepared<Found>({ name: '', text }, parameters.values)
    : readWithCustomPlan(database, text, parameters);
}

/** Whether the segment's index serves a condition on its way. */
function isServed({ segment }: SegmentSearch, { on, single }: Condition): boolean {
  return (
    on !== undefined &&
    (on === segment.along[0] ||
      (on === 'year' && single === true && segment.along.includes('year')))
  );
}

/** The conditions that the segment's index does not serve. */
export function othersOf(search: SegmentSearch): Condition[] {
  return search.conditions.plain.filter((condition) => !isServed(search, condition));
}

/** That a title is in the segment, and fits as far as the segment's index serves that. */
export function servedIn(search: SegmentSearch, parameters: Parameters): string {
  return `${search.segment.where} and ${allOf(
    search.conditions.plain.filter((condition) => isServed(search, condition)),
    parameters,
  )}`;
}

/**
 * A condition for each of the indexes that a look goes along: of two, in each of which titles are
 * in order, no more is read than a page needs. That of ids is one for all titles, but no help for
 * the few without a title, which are read and sorted.
 */
export function partsAlong(search: SegmentSearch, where: string): string[] {
  return search.segment.where === ALL ? [where] : partsOf(search, where);
}

/**
 * The rows of those titles of an index that pass a condition, in its order: a join of another kind
 * would lose that.
 */
function rowsOf(entries: string, where: string): string {
  return `(${entries}) as entry cross join lateral (select t.* from search.title as t where t.tconst = entry.tconst and ${where} offset 0) as t`;
}

/** What the index of every order has of a title. */
const IN_EVERY_INDEX = [
  'tconst',
  'votes',
  'year',
  'runtime',
  'rating',
  'type_genre_bits',
  'region_language_bits',
] as const;

/**
 * Titles that have one of some values in a column, which are all that there are from the first to
 * the last.
 */
interface SomeValues {
  readonly column: NumberColumn;
  readonly values: readonly number[];
}

/** Which titles to find all of. */
interface Gathered {
  readonly some?: SomeValues;
  /**
   * A column of which a part is asked for: all of that is gone through, in the index alone; else
   * the index of terms is asked.
   */
  readonly range?: RangeColumn | null;
}

/** Finds all titles and sorts them. */
export async function gather(
  database: Reads,
  search: SegmentSearch,
  { some, range = null }: Gathered,
): Promise<Found[]> {
  const { limit, order } = search;
  const parameters = new Parameters();
  const most = (): string => `limit ${parameters.add(limit, 'int8')}`;
  if (range !== null && isSortedInIndex(search)) {
    const entries = `${withinRange(search, range, some, parameters)}${afterPosition(search, parameters)} order by ${alongOf(search)}`;
    const best = `select ${columnsOf(search)} from ${rowsOf(entries, allIn(search, parameters))} ${most()}`;
    return readWithCustomPlan(database, shown(best, order), parameters);
  }
  const found =
    range === null
      ? withTerms(search, some, parameters)
      : `select t.* from ${rowsOf(withinRange(search, range, some, parameters), `${allIn(search, parameters)}${afterPosition(search, parameters)}`)}`;
  const best = `with gathered as materialized (${found}) select ${columnsOf(search)} from gathered as t order by ${alongOf(search)} ${most()}`;
  return readWithCustomPlan(database, shown(best, order), parameters);
}

/**
 * Whether every index of an order has what the segment is sorted by: rows are looked up for those
 * of a page alone.
 */
export function isSortedInIndex({ segment }: SegmentSearch): boolean {
  return segment.along.every((column) => (IN_EVERY_INDEX as readonly string[]).includes(column));
}

/** That a title is in the segment, and fits. */
function allIn({ segment, conditions }: SegmentSearch, parameters: Parameters): string {
  return `${segment.where} and ${allOf(conditions.plain, parameters)}`;
}

function withTerms(
  search: SegmentSearch,
  some: SomeValues | undefined,
  parameters: Parameters,
): string {
  const { segment, conditions } = search;
  const among =
    conditions.hasTerms && some?.column === 'year' && some.values.length <= FEW_YEARS
      ? startsIn(some, parameters)
      : between(some, parameters);
  const where = `${segment.where} and ${allOf(conditions.terms, parameters)}${among}${afterPosition(search, parameters)}`;
  return titlesWhere(partsOf(search, where), 't.*');
}

/**
 * What the index of a column has in its order: within each runtime it is gone to the years that are
 * asked for; of titles with votes, as far as these are the same.
 */
const ALONG: Readonly<Record<RangeColumn, readonly NumberColumn[]>> = {
  year: ['year'],
  runtime: ['runtime', 'year'],
};

/** The entries of what is asked for of a column, in its index. */
export function entriesOf(
  { conditions, segment }: SegmentSearch,
  column: RangeColumn,
  parameters: Parameters,
  some?: SomeValues,
): string {
  const where = `${allOf(
    conditions.plain.filter(({ on }) => on !== undefined && ALONG[column].includes(on)),
    parameters,
  )}${between(some, parameters)}`;
  return titlesWhere(
    halvesOf({ rated: segment.rated ?? conditions.rated }, where),
    IN_EVERY_INDEX.map((one) => `t.${one}`).join(', '),
  );
}

/** The entries within what is asked for of a column that may fit, by what the index has. */
function withinRange(
  search: SegmentSearch,
  column: RangeColumn,
  some: SomeValues | undefined,
  parameters: Parameters,
): string {
  return `select t.* from (${entriesOf(search, column, parameters, some)}) as t where ${allOf(marksOf(search.conditions.plain), parameters)}`;
}

/**
 * That a title starts in one of a few years, by the index of terms: those without a year have no
 * term for it.
 */
function startsIn({ values }: SomeValues, parameters: Parameters): string {
  const known = `t.tags && ${parameters.add(
    values.map((year) => `${TAG_PREFIXES.year}${year}`),
    'text[]',
  )}`;
  return ` and ${values.includes(0) ? `(t.year = 0 or ${known})` : known}`;
}

/** That a title has one of some values, by an index in the order of the column or by its row. */
function between(some: SomeValues | undefined, parameters: Parameters): string {
  if (some === undefined) return '';
  return ` and t.${some.column} between ${parameters.add(Math.min(...some.values), 'int4')} and ${parameters.add(Math.max(...some.values), 'int4')}`;
}

/** A condition on the segment's titles for each of the indexes that serve it. */
export function partsOf({ segment, conditions }: SegmentSearch, where: string): string[] {
  return segment.rated === null ? halvesOf(conditions, where) : [where];
}

function columnsOf({ order, number }: SegmentSearch): string {
  return `t.tconst, ${cursorColumns(order, String(number), '0')}`;
}

function alongOf({ segment, order }: SegmentSearch): string {
  return segment.along.map((column) => `t.${column}${order.ascending ? '' : ' desc'}`).join(', ');
}

/** The condition that a title comes after the position, by the columns of the segment's index. */
function afterPosition(
  { segment, order, position }: SegmentSearch,
  parameters: Parameters,
): string {
  if (position === null) return '';
  // a cursor begins with the segment
  const values = segment.along.map((column) =>
    parameters.add(position[1 + order.columns.indexOf(column)], typeOf(column)),
  );
  return ` and (${segment.along.map((column) => `t.${column}`).join(', ')}) ${order.ascending ? '>' : '<'} (${values.join(', ')})`;
}

/**
 * A statement for what is shown of the few titles that another finds, in their order: all of an
 * answer is of one moment.
 */
export function shown(found: string, order: Order): string {
  return `select found.*, ${WEIGHTED_TITLE.columns} from (${found}) as found ${WEIGHTED_TITLE.joins('found.tconst')}
    order by ${orderBy(sortKeysOf(order), 'found')}`;
}
