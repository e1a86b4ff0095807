import type { Reads } from '../../database/deadline.ts';
import type { CountedColumn } from './conditions.ts';
import type { PartitionSearch, TitleRow, ValueRange } from './partition-search.ts';
import { valueCounts, valuedColumnOf, type ValueCount } from './title-counts.ts';
import type { AccessPath, PathEstimate } from './access-path.ts';
import { scanIndex } from './index-scan.ts';
import { scanRange } from './range-scan.ts';
import { searchGin } from './gin-search.ts';

/**
 * Reads one year or runtime after another, in the order of the list. It passes over the values that
 * the counts rule out, such as the years before the first series, and stops when the page is full.
 */
export const valueByValue: AccessPath = {
  // it costs less than the GIN search if the first values fill the page, otherwise about as much
  async estimate(_, search, baseline): Promise<PathEstimate | null> {
    return Promise.resolve(valuedColumnOf(search) === null ? null : baseline);
  },
  async read(database, search) {
    const valued = valuedColumnOf(search);
    if (valued === null) return [];
    search.pathMetrics.increment('value by value');
    const { column } = valued;
    const values = remainingValues(
      search,
      column,
      await valueCounts(database, search.conditions, column),
    );
    return readSteps(database, search, column, stepsOf(values, search.limits.probeEntries));
  },
};

/** The values that can come after the position of the search, in the order of the list. */
function remainingValues(
  { order, partition, position }: PartitionSearch,
  column: CountedColumn,
  counts: readonly ValueCount[],
): ValueCount[] {
  // in the order of years, titles without a year are a partition of their own
  const known =
    column === 'year' && partition.rated === null
      ? counts.filter(({ value }) => value > 0)
      : counts;
  const values = order.ascending ? [...known] : known.toReversed();
  if (position === null) return values;
  const reached = Number(position[1 + order.columns.indexOf(column)]);
  return values.filter(({ value }) => (order.ascending ? value >= reached : value <= reached));
}

async function readSteps(
  database: Reads,
  search: PartitionSearch,
  column: CountedColumn,
  steps: readonly number[][],
): Promise<TitleRow[]> {
  const { conditions, limit, limits } = search;
  const found: TitleRow[] = [];
  for (const [number, values] of steps.entries()) {
    if (found.length >= limit) break;
    const rest = { ...search, limit: limit - found.length };
    if (number === limits.maxValueSteps && conditions.hasSelectiveTags) {
      const all = { column, values: steps.slice(number).flat() };
      return [...found, ...(await searchGin(database, rest, all))];
    }
    found.push(...(await readStep(database, rest, { column, values })));
  }
  return found;
}

async function readStep(
  database: Reads,
  search: PartitionSearch,
  range: ValueRange & { readonly column: CountedColumn },
): Promise<TitleRow[]> {
  const found = await scanIndex(database, search, search.limits.probeEntries, range);
  if (found.length >= search.limit) return found;
  return range.column === 'year'
    ? searchGin(database, search, range)
    : scanRange(database, search, range.column, range);
}

/**
 * Neighbouring values, as many to a step as have few enough titles together that one scan reads all
 * of them.
 *
 * @param entries how many titles a scan reads
 */
function stepsOf(values: readonly ValueCount[], entries: number): number[][] {
  const steps: number[][] = [];
  let titlesOfLast = Infinity;
  for (const { value, titles } of values) {
    const last = titlesOfLast + titles <= entries ? steps.at(-1) : undefined;
    if (last === undefined) steps.push([value]);
    else last.push(value);
    titlesOfLast = last === undefined ? titles : titlesOfLast + titles;
  }
  return steps;
}
