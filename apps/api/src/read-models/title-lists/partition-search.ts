import { INCLUDED_COLUMNS } from '@marquee/search';
import { WEIGHTED_TITLE } from '../../database/columns.ts';
import type { SqlParameters } from '../../database/parameters.ts';
import { orderBy, type Position } from '../lists/sort.ts';
import { allOf, byPartialIndex, type Condition, type Conditions } from './conditions.ts';
import type { PathMetrics } from './path-metrics.ts';
import type { SearchLimits } from './search-limits.ts';
import {
  ALL,
  cursorColumns,
  sortKeysOf,
  typeOf,
  type SortOrder,
  type SortPartition,
} from './sort-orders.ts';
import type { NumberColumn } from './title-filters.ts';

/** A title of a page with all that is shown of it, and what a cursor holds of it. */
export type TitleRow = Readonly<Record<string, unknown>>;

/** What a page still needs of one sort partition. */
export interface PartitionSearch {
  readonly order: SortOrder;
  readonly conditions: Conditions;
  readonly partition: SortPartition;
  /** The number of the partition in the order. */
  readonly partitionIndex: number;
  /** Only titles after this position; null for all. */
  readonly position: Position | null;
  /** How many titles at most. */
  readonly limit: number;
  readonly limits: SearchLimits;
  readonly pathMetrics: PathMetrics;
  /** How many titles the first probe found, where it has been made already. */
  readonly probed?: number;
}

/** Titles with some of the values of a column: all the values from the first to the last. */
export interface ValueRange {
  readonly column: NumberColumn;
  readonly values: readonly number[];
}

/** The columns of every sort index: sort columns, and those by which entries are skipped. */
export const INDEX_COLUMNS = ['tconst', ...INCLUDED_COLUMNS] as const;

/** Whether the partition's index narrows its scan by a condition. */
function isServedByIndex({ partition }: PartitionSearch, condition: Condition): boolean {
  const { column, isOneValue } = condition;
  return (
    column !== undefined &&
    (column === partition.indexColumns[0] ||
      (column === 'year' && isOneValue === true && partition.indexColumns.includes('year')))
  );
}

/** The conditions that the partition's index does not serve: its entries are filtered by them. */
export function remainingConditions(search: PartitionSearch): Condition[] {
  return search.conditions.rows.filter((condition) => !isServedByIndex(search, condition));
}

/** That a title is in the partition and meets the conditions that its index serves, as SQL. */
export function servedByIndex(search: PartitionSearch, parameters: SqlParameters): string {
  const served = search.conditions.rows.filter((condition) => isServedByIndex(search, condition));
  return `${search.partition.where} and ${allOf(served, parameters)}`;
}

/** That a title is in the partition and meets all conditions, as SQL. */
export function meetsAll(
  { partition, conditions }: PartitionSearch,
  parameters: SqlParameters,
): string {
  return `${partition.where} and ${allOf(conditions.rows, parameters)}`;
}

/** A condition for each of the partial indexes that hold the partition. */
export function indexesOf({ partition, conditions }: PartitionSearch, where: string): string[] {
  return partition.rated === null ? byPartialIndex(conditions, where) : [where];
}

/**
 * A condition for each of the indexes that hold the partition in its order. The index of ids holds
 * all titles. It does not help for the few without a title, which are read and sorted.
 */
export function sortedIndexesOf(search: PartitionSearch, where: string): string[] {
  return search.partition.where === ALL ? [where] : indexesOf(search, where);
}

/** The order of the partition's index, as SQL. */
export function indexOrder({ partition, order }: PartitionSearch): string {
  return partition.indexColumns
    .map((column) => `t.${column}${order.ascending ? '' : ' desc'}`)
    .join(', ');
}

/** That a title comes after the position; empty for the first page. */
export function afterPosition(
  { partition, order, position }: PartitionSearch,
  parameters: SqlParameters,
): string {
  if (position === null) return '';
  // the position starts with the number of the partition
  const values = partition.indexColumns.map((column) =>
    parameters.add(position[1 + order.columns.indexOf(column)], typeOf(column)),
  );
  const columns = partition.indexColumns.map((column) => `t.${column}`);
  return ` and (${columns.join(', ')}) ${order.ascending ? '>' : '<'} (${values.join(', ')})`;
}

/** That a title has one of some values; empty for any. */
export function withinValues(range: ValueRange | undefined, parameters: SqlParameters): string {
  if (range === undefined) return '';
  const first = parameters.add(Math.min(...range.values), 'int4');
  const last = parameters.add(Math.max(...range.values), 'int4');
  return ` and t.${range.column} between ${first} and ${last}`;
}

/** The id of a title and what a cursor holds of it, as columns. */
export function keyColumns({ order, partitionIndex }: PartitionSearch): string {
  return `t.tconst, ${cursorColumns(order, String(partitionIndex), '0')}`;
}

/**
 * The rows of index entries that meet a condition, in the order of the entries: `offset 0` keeps
 * PostgreSQL from a join that would lose the order.
 */
export function rowsOfEntries(entries: string, where: string): string {
  return `(${entries}) as entry
    cross join lateral (
      select t.* from search.title as t where t.tconst = entry.tconst and ${where} offset 0
    ) as t`;
}

/**
 * A statement for all that is shown of the few titles that another finds, in their order: one
 * statement reads one state of the database.
 */
export function withDetails(found: string, order: SortOrder): string {
  return `
  select found.*, ${WEIGHTED_TITLE.columns}
  from (${found}
  ) as found
  ${WEIGHTED_TITLE.joins('found.tconst')}
  order by ${orderBy(sortKeysOf(order), 'found')}`;
}
