import { WEIGHTED_TITLE } from '../database/columns.ts';
import type { Statement } from '../database/database.ts';
import type { Reads } from '../database/in-time.ts';
import { orderBy, positionOf, type Position } from '../lists/sort.ts';
import { allOf, FEW_YEARS, halvesOf, marksOf, Parameters, type Condition, type Conditions, type NumberColumn } from './conditions.ts';
import { ALL, cursorColumns, sortKeysOf, typeOf, type Order, type Segment } from './orders.ts';

/** How many titles are looked at, in their order, before anything else is tried: a page of what is frequent is full by then. It is a millisecond's work. */
const FIRST_LOOK = 5000;
/** How many are looked at where it would take long to find all: some hundredths of a second. */
const LONGEST_LOOK = 100_000;
/** So many are looked at in the time that PostgreSQL's planner takes for 1: a page of a table, of which most are in memory. */
const LOOKED_AT_FOR_COST = 4;
/** So many times as far is looked as a page should take, as titles that fit are not spread evenly. */
const MORE_THAN_EXPECTED = 1.5;

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
  /** How many a first look has found, where there was one. */
  readonly seen?: number;
}

/**
 * Titles of a segment, in their order. What passes the filters may be every second title or three in ten million, and PostgreSQL takes filters to be
 * independent of each other and of the order: it would look through millions of titles in their order, or find millions and sort them for a page. So we
 * look a little way first; most pages are full by then. Then we look as far as can be looked in the time that it takes to find all and sort them, and as far
 * again where the rest of a page should be found by that; to find all comes last: together that is at most some three times what the best of these takes.
 * Where all are too many for that, there may be years, or runtimes, of which nothing fits before those of which much does: in their order they are searched
 * one after another; but not where part of them is asked for, or little of the other column, and that is not too much to be gone through.
 */
export async function searchSegment(database: Reads, search: SegmentSearch): Promise<Found[]> {
  const { limit } = search;
  let { seen } = search;
  if (seen === undefined || othersOf(search).length === 0) {
    const near = await lookNear(database, search);
    if (near.length >= limit || othersOf(search).length === 0) return near;
    seen = near.length;
  }
  const all = await estimateAll(database, search);
  const isTooMuch = all.cost * LOOKED_AT_FOR_COST >= LONGEST_LOOK;
  const values = isTooMuch ? valuedColumnOf(search) : null;
  const range = isTooMuch ? await cheapestRange(database, search, all, values) : null;
  const valued = range === null ? values : null;
  // there may be none that fit in the first of them
  if (valued?.isTold === true) return searchByValues(database, search, valued);
  const cost = range === null ? all.cost : range.entries / LOOKED_AT_FOR_COST;
  const reach = reachOf(cost, seen, limit);
  const far = reach > FIRST_LOOK ? await look(database, search, reach) : [];
  if (far.length >= limit) return far;
  const further = await lookFurther(database, search, { far, reach, cost, expected: range === null ? all.rows : null });
  if (further.length >= limit) return further;
  // value after value only where nothing fits so far: otherwise there is nothing to pass over
  return valued === null || far.length > 0 ? gather(database, search, { range: range?.column ?? null }) : searchByValues(database, search, valued);
}

/** How far to look: as long as it takes to find all, or as far as a page should be full by what a first look has seen. @param cost of finding all */
function reachOf(cost: number, seen: number, limit: number): number {
  const expected = seen === 0 ? 0 : Math.ceil(((FIRST_LOOK * limit) / seen) * MORE_THAN_EXPECTED);
  return Math.min(LONGEST_LOOK, Math.max(cost * LOOKED_AT_FOR_COST, expected <= LONGEST_LOOK ? expected : 0));
}

/** What a far look has found, and what was known before it. */
interface FarLook {
  readonly far: Found[];
  /** So many titles it has looked at. */
  readonly reach: number;
  /** Of finding all. */
  readonly cost: number;
  /** So many that would be, by the statistics; null where the cost does not depend on that, as a range is gone through whatever fits. */
  readonly expected: number | null;
}

/**
 * Looks on from the last title that a far look has found, where the rest of a page should be nearer than all that fit. What it costs to find these is known
 * better by now: where more fit than the statistics say, it takes as much longer.
 */
async function lookFurther(database: Reads, search: SegmentSearch, { far, reach, cost, expected }: FarLook): Promise<Found[]> {
  const last = far.at(-1);
  if (last === undefined) return far;
  const limit = search.limit - far.length;
  const onward = Math.ceil(((reach * limit) / far.length) * MORE_THAN_EXPECTED);
  const times = expected === null ? 1 : (far.length * (await estimateEntries(database, search))) / reach / expected;
  if (onward > Math.min(MOST_IN_RANGE, cost * LOOKED_AT_FOR_COST * Math.max(1, times))) return far;
  return [...far, ...(await look(database, { ...search, limit, position: positionOf(sortKeysOf(search.order), last) }, reach + onward))];
}

/** How many titles a look along a segment would go through in all. */
async function estimateEntries(database: Reads, search: SegmentSearch): Promise<number> {
  const parameters = new Parameters();
  return estimateRows(database, partsAlong(search, servedIn(search, parameters)).map((part) => `select from search.title as t where ${part}`).join(' union all '), parameters);
}

/** How many titles of a segment fit, and what it costs to find all of them by the index of terms. */
async function estimateAll(database: Reads, search: SegmentSearch): Promise<Estimate> {
  const parameters = new Parameters();
  const where = `${search.segment.where} and ${allOf(search.conditions.terms, parameters)}`;
  return estimate(database, partsOf(search, where).map((part) => `select from search.title as t where ${part}`).join(' union all '), parameters);
}

const FIGURES: Statement = {
  name: 'figures of types',
  text: `select from unnest($1::int4[], $2::text[], $3::text[]) as asked (number, kind, value)
      left join search.title_figure as f on f.kind = asked.kind and f.value = asked.value and f.among = any ($4::text[])
    group by asked.number having sum(f.titles) is null limit 1`,
};

/** Whether one of the conditions fits no title of the types that are asked for: to find that out by looking can take long, as each of both may be frequent. */
export async function isInNone(database: Reads, conditions: Conditions): Promise<boolean> {
  if (conditions.types === null) return false;
  const columns = RANGES.filter((column) => isAsked(conditions, column) || (column === 'year' && conditions.special !== null));
  const are = await Promise.all([hasNoneOf(database, conditions), ...columns.map(async (column) => (await valuesOf(database, conditions, column)).length === 0)]);
  return are.includes(true);
}

/** Whether no title of the types has one of the values of a condition. */
async function hasNoneOf(database: Reads, { types, figures }: Conditions): Promise<boolean> {
  if (figures.length === 0) return false;
  const asked = figures.flatMap(({ kind, values }, number) => values.map((value) => ({ number, kind, value })));
  const rows = await database.read(FIGURES, [asked.map(({ number }) => number), asked.map(({ kind }) => kind), asked.map(({ value }) => value), types]);
  return rows.length > 0;
}

/** A first look, by one statement. Where it does not find enough, that means nothing, unless the index serves all conditions. */
export async function lookNear(database: Reads, search: SegmentSearch): Promise<Found[]> {
  return look(database, search, othersOf(search).length === 0 ? search.limit : FIRST_LOOK);
}

/** Whether the segment's index serves a condition on its way. */
function isServed({ segment }: SegmentSearch, { on, single }: Condition): boolean {
  return on !== undefined && (on === segment.along[0] || (on === 'year' && single === true && segment.along.includes('year')));
}

function othersOf(search: SegmentSearch): Condition[] {
  return search.conditions.plain.filter((condition) => !isServed(search, condition));
}

/**
 * Looks at titles in their order, by its index alone: only what may fit by the bits there is looked up in the table.
 *
 * @param most how many of them
 * @param some of these alone
 */
async function look(database: Reads, search: SegmentSearch, most: number, some?: SomeValues): Promise<Found[]> {
  const parameters = new Parameters();
  const { segment, order, limit } = search;
  const where = `${servedIn(search, parameters)}${between(some, parameters)}${afterPosition(search, parameters)}`;
  const first = `order by ${alongOf(search)} limit ${parameters.add(most, 'int8')}`;
  const columns = [...new Set([...segment.along, ...IN_EVERY_INDEX])].map((column) => `t.${column}`).join(', ');
  const entries = partsAlong(search, where).map((part) => `(select ${columns} from search.title as t where ${part} ${first})`).join(' union all ');
  const others = othersOf(search);
  const marked = `select t.tconst from (select * from (${entries}) as t ${first}) as t where ${allOf(marksOf(others), parameters)}`;
  const found = `select ${columnsOf(search)} from ${rowsOf(marked, allOf(others, parameters))} limit ${parameters.add(limit, 'int8')}`;
  const text = shown(found, order);
  // some are asked for in one search after another by the same text, which would count as often
  return some === undefined ? database.readPrepared<Found>({ name: '', text }, parameters.values) : readUnnamed(database, text, parameters);
}

/** That a title is in the segment, and fits as far as the segment's index serves that. */
function servedIn(search: SegmentSearch, parameters: Parameters): string {
  return `${search.segment.where} and ${allOf(search.conditions.plain.filter((condition) => isServed(search, condition)), parameters)}`;
}

/**
 * A condition for each of the indexes that a look goes along: of two, in each of which titles are in order, no more is read than a page needs. That of ids is
 * one for all titles, but no help for the few without a title, which are read and sorted.
 */
function partsAlong(search: SegmentSearch, where: string): string[] {
  return search.segment.where === ALL ? [where] : partsOf(search, where);
}

/** The rows of those titles of an index that pass a condition, in its order: a join of another kind would lose that. */
function rowsOf(entries: string, where: string): string {
  return `(${entries}) as entry cross join lateral (select t.* from search.title as t where t.tconst = entry.tconst and ${where} offset 0) as t`;
}

/** What the index of every order has of a title. */
const IN_EVERY_INDEX = ['tconst', 'votes', 'year', 'runtime', 'rating', 'kinds', 'places'] as const;

const VALUES: Statement = {
  name: 'values of types',
  text: `select value::int4 as value, sum(titles) as titles from search.title_figure where kind = $1::text and ($2::text[] is null or among = any ($2::text[])) group by 1 order by 1`,
};

interface Value {
  readonly value: number;
  readonly titles: number;
}

/** The years in which titles start, or the runtimes that they have, within what is asked for, and how many have each: of the types that are asked for, or of all. */
async function valuesOf(database: Reads, { types, special, ranges }: Conditions, column: RangeColumn): Promise<Value[]> {
  const rows = await database.read<Value>(VALUES, [column === 'year' && special !== null ? special : column, types]);
  const { from, to } = ranges[column];
  return rows.filter(({ value }) => value >= from && value <= to);
}

/** A column in the order of which a list is, and of which it is known which values there are. */
interface ValuedColumn {
  readonly column: RangeColumn;
  /** Whether it is known of what is asked for, and not only of all titles. */
  readonly isTold: boolean;
}

/** The column of a segment whose values are searched one after another; null where there is none. */
function valuedColumnOf({ segment, conditions: { types, special } }: SegmentSearch): ValuedColumn | null {
  const [column] = segment.along;
  if (column === 'year' && segment.oneYear !== true) return { column, isTold: special !== null || types !== null };
  return column === 'runtime' && types !== null ? { column, isTold: true } : null;
}

/** After so many steps all of the rest is found, where the index of terms is of use: what fits may be less than the statistics say, or nothing. */
const MOST_STEPS = 8;

/** Searches one year, or runtime, after another, those of which there are few titles together, until there are enough. */
async function searchByValues(database: Reads, search: SegmentSearch, { column }: ValuedColumn): Promise<Found[]> {
  const { order, conditions, segment, position, limit } = search;
  const all = await valuesOf(database, conditions, column);
  // in a list by years, those without one are a segment of their own
  const known = column === 'year' && segment.rated === null ? all.filter(({ value }) => value > 0) : all;
  const values = order.ascending ? known : known.toReversed();
  const found: Found[] = [];
  const reached = position === null ? null : Number(position[1 + order.columns.indexOf(column)]);
  const start = reached === null ? 0 : values.findIndex(({ value }) => (order.ascending ? value >= reached : value <= reached));
  if (start < 0) return [];
  const steps = inSteps(values.slice(start));
  for (const [number, step] of steps.entries()) {
    const left = { ...search, limit: limit - found.length };
    if (left.limit <= 0) break;
    if (number === MOST_STEPS && conditions.hasTerms) return [...found, ...(await gather(database, left, { some: { column, values: steps.slice(number).flat() } }))];
    const some = { column, values: step };
    const near = await look(database, left, FIRST_LOOK, some);
    found.push(...(near.length >= left.limit ? near : await gather(database, left, { some, range: column === 'year' ? null : column })));
  }
  return found;
}

/** Values in a row, together so many that a look at all titles that have them is worth a statement. */
function inSteps(values: readonly Value[]): number[][] {
  const steps: number[][] = [];
  let titlesOfLast = Infinity;
  for (const { value, titles } of values) {
    const last = titlesOfLast + titles <= FIRST_LOOK ? steps.at(-1) : undefined;
    if (last === undefined) steps.push([value]);
    else last.push(value);
    titlesOfLast = last === undefined ? titles : titlesOfLast + titles;
  }
  return steps;
}

/** Titles that have one of some values in a column, which are all that there are from the first to the last. */
interface SomeValues {
  readonly column: NumberColumn;
  readonly values: readonly number[];
}

/** Which titles to find all of. */
interface Gathered {
  readonly some?: SomeValues;
  /** A column of which a part is asked for: all of that is gone through, in the index alone; else the index of terms is asked. */
  readonly range?: RangeColumn | null;
}

/** Finds all titles and sorts them. */
async function gather(database: Reads, search: SegmentSearch, { some, range = null }: Gathered): Promise<Found[]> {
  const { limit, order } = search;
  const parameters = new Parameters();
  const most = (): string => `limit ${parameters.add(limit, 'int8')}`;
  if (range !== null && isSortedInIndex(search)) {
    const entries = `${withinRange(search, range, some, parameters)}${afterPosition(search, parameters)} order by ${alongOf(search)}`;
    const best = `select ${columnsOf(search)} from ${rowsOf(entries, allIn(search, parameters))} ${most()}`;
    return readUnnamed(database, shown(best, order), parameters);
  }
  const found = range === null ? withTerms(search, some, parameters) : `select t.* from ${rowsOf(withinRange(search, range, some, parameters), `${allIn(search, parameters)}${afterPosition(search, parameters)}`)}`;
  const best = `with gathered as materialized (${found}) select ${columnsOf(search)} from gathered as t order by ${alongOf(search)} ${most()}`;
  return readUnnamed(database, shown(best, order), parameters);
}

/** Whether every index of an order has what the segment is sorted by: rows are looked up for those of a page alone. */
function isSortedInIndex({ segment }: SegmentSearch): boolean {
  return segment.along.every((column) => (IN_EVERY_INDEX as readonly string[]).includes(column));
}

/** That a title is in the segment, and fits. */
function allIn({ segment, conditions }: SegmentSearch, parameters: Parameters): string {
  return `${segment.where} and ${allOf(conditions.plain, parameters)}`;
}

function withTerms(search: SegmentSearch, some: SomeValues | undefined, parameters: Parameters): string {
  const { segment, conditions } = search;
  const among = conditions.hasTerms && some?.column === 'year' && some.values.length <= FEW_YEARS ? startsIn(some, parameters) : between(some, parameters);
  const where = `${segment.where} and ${allOf(conditions.terms, parameters)}${among}${afterPosition(search, parameters)}`;
  return partsOf(search, where).map((part) => `select t.* from search.title as t where ${part}`).join(' union all ');
}

/** Columns in the order of which there is an index of all titles that have them. */
const RANGES = ['year', 'runtime'] as const;
type RangeColumn = (typeof RANGES)[number];

/** A column, and how many entries of an index are gone through for what is asked for of it. */
interface Range {
  readonly column: RangeColumn;
  readonly entries: number;
}

/** What such an index has in its order: within each runtime it is gone to the years that are asked for; of titles with votes, as far as these are the same. */
const ALONG: Readonly<Record<RangeColumn, readonly NumberColumn[]>> = { year: ['year'], runtime: ['runtime', 'year'] };
/** So many entries of an index are gone through for what PostgreSQL's planner takes for 1. */
const ENTRIES_FOR_COST = 34;
/** So many are gone through rather than to find by terms what it takes for 1: of what is frequent that takes longer than it says. */
const GONE_THROUGH_FOR_COST = 8;
/** So many index entries are gone through, at most: some tenths of a second. */
const MOST_IN_RANGE = 1_500_000;
/** For the look at a title that fits, so many entries can be gone through; and to sort one. */
const ENTRIES_FOR_TITLE = { looked: 10, sorted: 5 } as const;

/**
 * The column of which so little is asked for that to go through that is cheaper than to find all by the index of terms; null where there is none.
 *
 * @param values that can be searched one after another instead
 */
async function cheapestRange(database: Reads, search: SegmentSearch, all: Estimate, values: ValuedColumn | null): Promise<Range | null> {
  const longest = values?.isTold === true && !isAsked(search.conditions, values.column) ? LONGEST_LOOK : MOST_IN_RANGE;
  const most = Math.min(all.cost * GONE_THROUGH_FOR_COST, longest) - all.rows * ENTRIES_FOR_TITLE[isSortedInIndex(search) ? 'sorted' : 'looked'];
  const asked = most <= 0 ? [] : RANGES.filter((column) => search.conditions.plain.some(({ on }) => on === column));
  const ranges = await Promise.all(
    asked.map(async (column) => {
      const parameters = new Parameters();
      // not its rows: what an index has no order for is gone through as well
      const { cost } = await estimate(database, entriesOf(search, column, parameters), parameters);
      return { column, entries: cost * ENTRIES_FOR_COST };
    }),
  );
  const [best] = ranges.filter(({ entries }) => entries < most).sort((one, other) => one.entries - other.entries);
  return best ?? null;
}

/** Whether a part of a column is asked for. */
function isAsked({ ranges }: Conditions, column: RangeColumn): boolean {
  return ranges[column].from > 0 || ranges[column].to < Infinity;
}

/** The entries of what is asked for of a column, in its index. */
function entriesOf({ conditions, segment }: SegmentSearch, column: RangeColumn, parameters: Parameters, some?: SomeValues): string {
  const where = `${allOf(conditions.plain.filter(({ on }) => on !== undefined && ALONG[column].includes(on)), parameters)}${between(some, parameters)}`;
  return halvesOf({ rated: segment.rated ?? conditions.rated }, where).map((part) => `select ${IN_EVERY_INDEX.map((one) => `t.${one}`).join(', ')} from search.title as t where ${part}`).join(' union all ');
}

/** The entries within what is asked for of a column that may fit, by what the index has. */
function withinRange(search: SegmentSearch, column: RangeColumn, some: SomeValues | undefined, parameters: Parameters): string {
  return `select t.* from (${entriesOf(search, column, parameters, some)}) as t where ${allOf(marksOf(search.conditions.plain), parameters)}`;
}

/** That a title starts in one of a few years, by the index of terms: those without a year have no term for it. */
function startsIn({ values }: SomeValues, parameters: Parameters): string {
  const known = `t.tags && ${parameters.add(values.map((year) => `y:${year}`), 'text[]')}`;
  return ` and ${values.includes(0) ? `(t.year = 0 or ${known})` : known}`;
}

/** That a title has one of some values, by an index in the order of the column or by its row. */
function between(some: SomeValues | undefined, parameters: Parameters): string {
  if (some === undefined) return '';
  return ` and t.${some.column} between ${parameters.add(Math.min(...some.values), 'int4')} and ${parameters.add(Math.max(...some.values), 'int4')}`;
}

/** A condition on the segment's titles for each of the indexes that serve it. */
function partsOf({ segment, conditions }: SegmentSearch, where: string): string[] {
  return segment.rated === null ? halvesOf(conditions, where) : [where];
}

function columnsOf({ order, number }: SegmentSearch): string {
  return `t.tconst, ${cursorColumns(order, String(number), '0')}`;
}

function alongOf({ segment, order }: SegmentSearch): string {
  return segment.along.map((column) => `t.${column}${order.ascending ? '' : ' desc'}`).join(', ');
}

/** The condition that a title comes after the position, by the columns of the segment's index. */
function afterPosition({ segment, order, position }: SegmentSearch, parameters: Parameters): string {
  if (position === null) return '';
  // a cursor begins with the segment
  const values = segment.along.map((column) => parameters.add(position[1 + order.columns.indexOf(column)], typeOf(column)));
  return ` and (${segment.along.map((column) => `t.${column}`).join(', ')}) ${order.ascending ? '>' : '<'} (${values.join(', ')})`;
}

/** A statement for what is shown of the few titles that another finds, in their order: all of an answer is of one moment. */
export function shown(found: string, order: Order): string {
  return `select found.*, ${WEIGHTED_TITLE.columns} from (${found}) as found ${WEIGHTED_TITLE.joins('found.tconst')}
    order by ${orderBy(sortKeysOf(order), 'found')}`;
}

/** The rows of a statement that is planned anew with its values: what is best depends on them, and there are more statements than could be kept. */
export async function readUnnamed<Row extends object = Found>(database: Reads, text: string, { values }: Parameters): Promise<Row[]> {
  return database.read<Row>({ name: '', text }, values);
}

/** How many rows a statement has by the statistics, and what it costs in PostgreSQL's measure, in which a page of a table is about 1. */
interface Estimate {
  readonly rows: number;
  readonly cost: number;
}

async function estimate(database: Reads, text: string, parameters: Parameters): Promise<Estimate> {
  const [explained] = await readUnnamed<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Total Cost': number } }] }>(database, `explain (format json) ${text}`, parameters);
  const plan = explained?.['QUERY PLAN'][0].Plan;
  return { rows: plan?.['Plan Rows'] ?? 0, cost: Math.ceil(plan?.['Total Cost'] ?? 0) };
}

/** How many rows a statement has, by the statistics. */
export async function estimateRows(database: Reads, text: string, parameters: Parameters): Promise<number> {
  return (await estimate(database, text, parameters)).rows;
}
