import { estimateRows, readWithCustomPlan } from '../../database/custom-plans.ts';
import type { Reads } from '../../database/deadline.ts';
import { SqlParameters } from '../../database/parameters.ts';
import { positionOf } from '../lists/sort.ts';
import { allOf, allPrefiltersOf, selectTitles } from './conditions.ts';
import {
  afterPosition,
  INDEX_COLUMNS,
  indexOrder,
  keyColumns,
  remainingConditions,
  rowsOfEntries,
  servedByIndex,
  sortedIndexesOf,
  withDetails,
  withinValues,
  type PartitionSearch,
  type TitleRow,
  type ValueRange,
} from './partition-search.ts';
import { sortKeysOf } from './sort-orders.ts';
import type { PathEstimate } from './access-path.ts';

/** Scan 1.5× the expected distance: matches cluster. */
const SAFETY_FACTOR = 1.5;

/**
 * Reads entries of the partition's index in their order, and looks up the rows of those that may
 * match. The page stays short where too few of the entries match.
 *
 * @param entries how many entries at most
 * @param range only titles with these values
 */
export async function scanIndex(
  database: Reads,
  search: PartitionSearch,
  entries: number,
  range?: ValueRange,
): Promise<TitleRow[]> {
  const parameters = new SqlParameters();
  const text = scanStatement(search, entries, range, parameters);
  // each step of a value-by-value search has the same text, which would take a place among the hot
  // statements
  return range === undefined
    ? database.readPrepared<TitleRow>({ name: '', text }, parameters.values)
    : readWithCustomPlan(database, text, parameters);
}

function scanStatement(
  search: PartitionSearch,
  entries: number,
  range: ValueRange | undefined,
  parameters: SqlParameters,
): string {
  const { partition, order, limit } = search;
  const where = `${servedByIndex(search, parameters)}${withinValues(range, parameters)}${afterPosition(search, parameters)}`;
  const columns = [...new Set([...partition.indexColumns, ...INDEX_COLUMNS])]
    .map((column) => `t.${column}`)
    .join(', ');
  const first = `order by ${indexOrder(search)} limit ${parameters.add(entries, 'int8')}`;
  const scans = sortedIndexesOf(search, where).map(
    (part) => `(select ${columns} from search.title as t where ${part} ${first})`,
  );
  const remaining = remainingConditions(search);
  const maybeMatches = `
      select t.tconst
      from (
        select * from (
          ${scans.join('\n          union all ')}
        ) as t ${first}
      ) as t
      where ${allPrefiltersOf(remaining, parameters)}
    `;
  const found = `
    select ${keyColumns(search)}
    from ${rowsOfEntries(maybeMatches, allOf(remaining, parameters))}
    limit ${parameters.add(limit, 'int8')}`;
  return withDetails(found, order);
}

/**
 * The first probe, by one statement: it fills most pages. A short page means nothing, unless the
 * index serves all conditions.
 */
export async function probe(database: Reads, search: PartitionSearch): Promise<TitleRow[]> {
  search.pathMetrics.increment('first probe');
  const { limit, limits } = search;
  return scanIndex(
    database,
    search,
    remainingConditions(search).length === 0 ? limit : limits.probeEntries,
  );
}

/**
 * Scans on where the first probe has not filled the page: as long as the fallback would take, and
 * then once more where the rest of the page should be nearer than that. Together with the fallback
 * this takes at most about three times what the cheapest of them takes.
 *
 * @param probed how many titles the first probe found
 * @param fallback the path that follows where the page stays short
 */
export async function extendScan(
  database: Reads,
  search: PartitionSearch,
  probed: number,
  fallback: PathEstimate,
): Promise<TitleRow[]> {
  const entries = extendedEntries(search, probed, fallback);
  if (entries <= search.limits.probeEntries) return [];
  search.pathMetrics.increment('extended scan');
  const found = await scanIndex(database, search, entries);
  return found.length >= search.limit || found.length === 0
    ? found
    : continueScan(database, search, found, entries, fallback);
}

/** How many entries to scan: those of the fallback's time, or those that should fill the page. */
function extendedEntries(
  { limit, limits }: PartitionSearch,
  probed: number,
  fallback: PathEstimate,
): number {
  const expected =
    probed === 0 ? 0 : Math.ceil(((limits.probeEntries * limit) / probed) * SAFETY_FACTOR);
  return Math.min(
    limits.maxScanEntries,
    Math.max(fallback.entries, expected <= limits.maxScanEntries ? expected : 0),
  );
}

/**
 * Continues a scan after its last title, where the rest of the page should take less time than the
 * fallback. The scan has shown how many titles match: where they are more than the statistics say,
 * the fallback takes as much longer.
 */
async function continueScan(
  database: Reads,
  search: PartitionSearch,
  found: TitleRow[],
  scanned: number,
  fallback: PathEstimate,
): Promise<TitleRow[]> {
  const last = found.at(-1);
  if (last === undefined) return found;
  const limit = search.limit - found.length;
  const remaining = Math.ceil(((scanned * limit) / found.length) * SAFETY_FACTOR);
  const underestimate =
    fallback.rows === null
      ? 1
      : (found.length * (await estimateEntries(database, search))) / scanned / fallback.rows;
  const affordable = fallback.entries * Math.max(1, underestimate);
  if (remaining > Math.min(search.limits.maxRangeEntries, affordable)) return found;
  search.pathMetrics.increment('continued scan');
  const position = positionOf(sortKeysOf(search.order), last);
  const rest = await scanIndex(database, { ...search, limit, position }, scanned + remaining);
  return [...found, ...rest];
}

/** How many entries a scan of the whole partition would read, by the statistics. */
async function estimateEntries(database: Reads, search: PartitionSearch): Promise<number> {
  const parameters = new SqlParameters();
  const where = servedByIndex(search, parameters);
  return estimateRows(database, selectTitles(sortedIndexesOf(search, where)), parameters);
}
