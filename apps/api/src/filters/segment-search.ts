import { WEIGHTED_TITLE } from '../database/columns.ts';
import type { Database, Statement } from '../database/database.ts';
import { orderBy, type Position } from '../lists/sort.ts';
import { ProblemException } from '../problems/problem-exception.ts';
import { allOf, halvesOf, Parameters, type Condition, type Conditions } from './conditions.ts';
import { cursorColumns, sortKeysOf, typeOf, type Order, type Segment } from './orders.ts';

/** How many titles are looked at, in their order, before anything else is tried: a page of what is frequent is full by then. It is a millisecond's work. */
const FIRST_LOOK = 5000;
/** How many are looked at where it would take long to find all: some hundredths of a second. */
const LONGEST_LOOK = 100_000;
/** So many are looked at in the time that PostgreSQL's planner takes for 1: a page of a table, of which most are in memory. */
const LOOKED_AT_FOR_COST = 4;

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
  /** Whether a first look has found too few. */
  readonly hasLooked?: boolean;
  /** When no further statement may begin, by `performance.now()`. */
  readonly until: number;
}

/**
 * Titles of a segment, in their order. What passes the filters may be every second title or three in ten million, and PostgreSQL takes filters to be
 * independent of each other and of the order: it would look through millions of titles in their order, or find millions and sort them for a page. So we
 * look a little way first; most pages are full by then. Then we look as far as can be looked in the time that it takes to find all and sort them, which
 * comes last: together that is about twice what the better of both takes. Where all are too many for that, there may be years of which nothing fits before
 * those of which much does: in their order they are searched one after another.
 */
export async function searchSegment(database: Database, search: SegmentSearch): Promise<Found[]> {
  const { conditions, segment, limit } = search;
  expectTime(search);
  if (search.hasLooked !== true || othersOf(search).length === 0) {
    const near = await lookNear(database, search);
    if (near.length >= limit || othersOf(search).length === 0) return near;
    expectTime(search);
  }
  const parameters = new Parameters();
  const all = partsOf(search, `${segment.where} and ${allOf(conditions.terms, parameters)}`).map((part) => `select from search.title as t where ${part}`);
  const { cost } = await estimate(database, all.join(' union all '), parameters);
  const reach = Math.min(LONGEST_LOOK, cost * LOOKED_AT_FOR_COST);
  if (reach > FIRST_LOOK) {
    const far = await look(database, search, reach);
    if (far.length >= limit) return far;
    expectTime(search);
    if (reach === LONGEST_LOOK && segment.along[0] === 'year' && segment.oneYear !== true) return searchByYears(database, search);
  }
  return gather(database, search);
}

/** @throws ProblemException 503 when no further statement may begin: each has a limit of its own, and a request has several */
function expectTime({ until }: SegmentSearch): void {
  if (performance.now() < until) return;
  throw new ProblemException({ status: 503, code: 'too-slow', detail: 'The database took too long to answer.', hint: 'Narrow the request down, or sort by votes, or ask by SQL.' });
}

/** A first look, by one statement. Where it does not find enough, that means nothing, unless the index serves all conditions. */
export async function lookNear(database: Database, search: SegmentSearch): Promise<Found[]> {
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
 * Looks at titles in their order, by its index alone: only what may fit by the bits there is looked up in the table. @param most how many of them
 * @param years of these alone
 */
async function look(database: Database, search: SegmentSearch, most: number, years?: readonly number[]): Promise<Found[]> {
  const parameters = new Parameters();
  const { conditions, segment, order, limit } = search;
  const inIndex = conditions.plain.filter((condition) => isServed(search, condition));
  const where = `${segment.where} and ${allOf(inIndex, parameters)}${between(years, parameters)}${afterPosition(search, parameters)}`;
  const first = `order by ${alongOf(search)} limit ${parameters.add(most, 'int8')}`;
  const columns = [...new Set([...segment.along, ...IN_EVERY_INDEX])].map((column) => `t.${column}`).join(', ');
  // the index of ids is one for all titles; of two others, in each of which they are in order, no more is read than a page needs
  const parts = segment.along[0] === 'tconst' ? [where] : partsOf(search, where);
  const entries = parts.map((part) => `(select ${columns} from search.title as t where ${part} ${first})`).join(' union all ');
  const others = othersOf(search);
  const marks = others.flatMap(({ mark }) => (mark === null ? [] : [{ sql: mark }]));
  const marked = `select t.tconst from (select * from (${entries}) as t ${first}) as t where ${allOf(marks, parameters)}`;
  // a join of another kind would lose the order
  const found = `select ${columnsOf(search)} from (${marked}) as entry
    cross join lateral (select t.* from search.title as t where t.tconst = entry.tconst and ${allOf(others, parameters)} offset 0) as t
    limit ${parameters.add(limit, 'int8')}`;
  return readUnnamed(database, shown(found, order), parameters);
}

/** What the index of every order has of a title. */
const IN_EVERY_INDEX = ['tconst', 'votes', 'year', 'runtime', 'rating', 'kinds', 'places'] as const;

/** The years in which titles of some types, or of any, start. */
const YEARS: Statement = {
  name: 'years of types',
  text: `select distinct value::int4 as year from search.title_figure where kind = 'year' and ($1::text[] is null or other = any ($1::text[])) order by 1`,
};

/** Searches one year after another, and ever more years at once, until there are enough. */
async function searchByYears(database: Database, search: SegmentSearch): Promise<Found[]> {
  const { order, conditions, position, limit } = search;
  const rows = await database.read<{ year: number }>(YEARS, [conditions.types]);
  const all = rows.map(({ year }) => year);
  const years = order.ascending ? all : all.toReversed();
  const found: Found[] = [];
  const start = position === null ? 0 : years.indexOf(Number(position[1 + order.columns.indexOf('year')]));
  for (let from = Math.max(0, start), count = 1; from < years.length && found.length < limit; from += count, count *= 2) {
    expectTime(search);
    const some = years.slice(from, from + count);
    const left = { ...search, limit: limit - found.length };
    const near = await look(database, left, FIRST_LOOK, some);
    found.push(...(near.length >= left.limit ? near : await gather(database, left, some)));
  }
  return found;
}

/** Finds all titles by the index of terms and sorts them. @param years of these alone */
async function gather(database: Database, search: SegmentSearch, years?: readonly number[]): Promise<Found[]> {
  const parameters = new Parameters();
  const { segment, conditions, limit } = search;
  const where = `${segment.where} and ${allOf(conditions.terms, parameters)}${conditions.hasTerms ? startsIn(years, parameters) : between(years, parameters)}${afterPosition(search, parameters)}`;
  const found = partsOf(search, where).map((part) => `select t.* from search.title as t where ${part}`).join(' union all ');
  const best = `with gathered as materialized (${found}) select ${columnsOf(search)} from gathered as t order by ${alongOf(search)} limit ${parameters.add(limit, 'int8')}`;
  return readUnnamed(database, shown(best, search.order), parameters);
}

/** That a title starts in one of some years, by the index of terms: those without a year have no term for it. */
function startsIn(years: readonly number[] | undefined, parameters: Parameters): string {
  if (years === undefined) return '';
  const known = `t.tags && ${parameters.add(years.map((year) => `y:${year}`), 'text[]')}`;
  return ` and ${years.includes(0) ? `(t.year = 0 or ${known})` : known}`;
}

/** The same by an index in the order of years. @param years some in a row */
function between(years: readonly number[] | undefined, parameters: Parameters): string {
  if (years === undefined) return '';
  return ` and t.year between ${parameters.add(Math.min(...years), 'int4')} and ${parameters.add(Math.max(...years), 'int4')}`;
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
export async function readUnnamed<Row extends object = Found>(database: Database, text: string, { values }: Parameters): Promise<Row[]> {
  return database.read<Row>({ name: '', text }, values);
}

/** How many rows a statement has by the statistics, and what it costs in PostgreSQL's measure, in which a page of a table is about 1. */
async function estimate(database: Database, text: string, parameters: Parameters): Promise<{ rows: number; cost: number }> {
  const [explained] = await readUnnamed<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Total Cost': number } }] }>(database, `explain (format json) ${text}`, parameters);
  const plan = explained?.['QUERY PLAN'][0].Plan;
  return { rows: plan?.['Plan Rows'] ?? 0, cost: Math.ceil(plan?.['Total Cost'] ?? 0) };
}

/** How many rows a statement has, by the statistics. */
export async function estimateRows(database: Database, text: string, parameters: Parameters): Promise<number> {
  return (await estimate(database, text, parameters)).rows;
}
