import { explainCost, readWithCustomPlan } from '../../database/custom-plans.ts';
import type { Reads } from '../../database/deadline.ts';
import { SqlParameters } from '../../database/parameters.ts';
import {
  allOf,
  allPrefiltersOf,
  byPartialIndex,
  isFiltered,
  selectTitles,
  type CountedColumn,
} from './conditions.ts';
import {
  afterPosition,
  INDEX_COLUMNS,
  indexOrder,
  keyColumns,
  meetsAll,
  rowsOfEntries,
  withDetails,
  withinValues,
  type PartitionSearch,
  type TitleRow,
  type ValueRange,
} from './partition-search.ts';
import { valuedColumnOf } from './title-counts.ts';
import type { NumberColumn } from './title-filters.ts';
import type { AccessPath, PathEstimate } from './access-path.ts';
import { fetchAndSort } from './fetch-and-sort.ts';

/**
 * A range scan may read twice the entries of an index scan in the GIN search's time: the planner
 * underestimates GIN for frequent terms.
 */
const BASELINE_FACTOR = 2;
/** A matching title costs as much as so many entries: to look up its row, or only to sort it. */
const ENTRIES_PER_TITLE = { lookedUp: 10, sorted: 5 } as const;

/**
 * Reads all of the years or runtimes that a request asks for, in their index. The entries tell which
 * rows may match; only these are looked up.
 */
export function rangeScan(column: CountedColumn): AccessPath {
  return {
    async estimate(database, search, baseline): Promise<PathEstimate | null> {
      if (!isFiltered(search.conditions, column)) return null;
      const most = affordableEntries(search, baseline);
      if (most <= 0) return null;
      const parameters = new SqlParameters();
      // the cost, as the planner's rows leave out the entries that the scan skips
      const { cost } = await explainCost(
        database,
        entriesInRange(search, column, undefined, parameters),
        parameters,
      );
      const entries = cost * search.limits.rangeEntriesPerCost;
      return entries < most ? { entries, rows: null } : null;
    },
    async read(database, search) {
      return scanRange(database, search, column);
    },
  };
}

/** How many entries a range scan may read to be cheaper than the GIN search. */
function affordableEntries(search: PartitionSearch, baseline: PathEstimate): number {
  const { conditions, limits } = search;
  const values = valuedColumnOf(search);
  const longest =
    values?.hasExactCounts === true && !isFiltered(conditions, values.column)
      ? limits.maxScanEntries
      : limits.maxRangeEntries;
  const perTitle = ENTRIES_PER_TITLE[isSortedByEntries(search) ? 'sorted' : 'lookedUp'];
  return Math.min(baseline.entries * BASELINE_FACTOR, longest) - (baseline.rows ?? 0) * perTitle;
}

/**
 * Whether index entries have all that the partition is sorted by: then only the rows of the page
 * are looked up.
 */
function isSortedByEntries({ partition }: PartitionSearch): boolean {
  return partition.indexColumns.every((column) =>
    (INDEX_COLUMNS as readonly string[]).includes(column),
  );
}

/** Reads the whole range. @param range only titles with these values of it */
export async function scanRange(
  database: Reads,
  search: PartitionSearch,
  column: CountedColumn,
  range?: ValueRange,
): Promise<TitleRow[]> {
  search.pathMetrics.increment('range scan');
  const parameters = new SqlParameters();
  const maybeMatches = `
      select t.* from (
        ${entriesInRange(search, column, range, parameters)}
      ) as t
      where ${allPrefiltersOf(search.conditions.rows, parameters)}`;
  if (!isSortedByEntries(search)) {
    const where = `${meetsAll(search, parameters)}${afterPosition(search, parameters)}`;
    return fetchAndSort(
      database,
      search,
      `select t.* from ${rowsOfEntries(maybeMatches, where)}`,
      parameters,
    );
  }
  const sorted = `${maybeMatches}${afterPosition(search, parameters)}
      order by ${indexOrder(search)}
    `;
  const best = `
    select ${keyColumns(search)}
    from ${rowsOfEntries(sorted, meetsAll(search, parameters))}
    limit ${parameters.add(search.limit, 'int8')}`;
  return readWithCustomPlan(database, withDetails(best, search.order), parameters);
}

/**
 * The columns by which the index of a column narrows its scan. Within a runtime the index of
 * unrated titles is sorted by year, as their votes are all the same.
 */
const SCANNED_BY: Readonly<Record<CountedColumn, readonly NumberColumn[]>> = {
  year: ['year'],
  runtime: ['runtime', 'year'],
};

/** The index entries of the requested part of a column. */
function entriesInRange(
  { conditions, partition }: PartitionSearch,
  column: CountedColumn,
  range: ValueRange | undefined,
  parameters: SqlParameters,
): string {
  const asked = conditions.rows.filter(
    (condition) => condition.column !== undefined && SCANNED_BY[column].includes(condition.column),
  );
  const where = `${allOf(asked, parameters)}${withinValues(range, parameters)}`;
  return selectTitles(
    byPartialIndex({ rated: partition.rated ?? conditions.rated }, where),
    INDEX_COLUMNS.map((one) => `t.${one}`).join(', '),
  );
}
