import { TAG_PREFIXES } from '@marquee/search';
import { explainCost } from '../../database/custom-plans.ts';
import type { Reads } from '../../database/deadline.ts';
import { SqlParameters } from '../../database/parameters.ts';
import { allOf, selectTitles } from './conditions.ts';
import {
  afterPosition,
  indexesOf,
  withinValues,
  type PartitionSearch,
  type TitleRow,
  type ValueRange,
} from './partition-search.ts';
import { MAX_YEAR_TAGS } from './title-filters.ts';
import type { AccessPath, PathEstimate } from './access-path.ts';
import { fetchAndSort } from './fetch-and-sort.ts';

/** Finds all titles that match by the GIN index, and sorts them. */
export const ginSearch = {
  async estimate(database: Reads, search: PartitionSearch): Promise<PathEstimate> {
    const parameters = new SqlParameters();
    const where = `${search.partition.where} and ${allOf(search.conditions.gin, parameters)}`;
    const { rows, cost } = await explainCost(
      database,
      selectTitles(indexesOf(search, where)),
      parameters,
    );
    return { entries: cost * search.limits.scanEntriesPerCost, rows };
  },
  async read(database: Reads, search: PartitionSearch): Promise<TitleRow[]> {
    return searchGin(database, search);
  },
} as const satisfies AccessPath;

/** The same among the titles with some values. */
export async function searchGin(
  database: Reads,
  search: PartitionSearch,
  range?: ValueRange,
): Promise<TitleRow[]> {
  search.pathMetrics.increment('GIN search');
  const { partition, conditions } = search;
  const parameters = new SqlParameters();
  const inRange =
    conditions.hasSelectiveTags && range?.column === 'year' && range.values.length <= MAX_YEAR_TAGS
      ? withYearTags(range, parameters)
      : withinValues(range, parameters);
  const where = `${partition.where} and ${allOf(conditions.gin, parameters)}${inRange}${afterPosition(search, parameters)}`;
  return fetchAndSort(database, search, selectTitles(indexesOf(search, where), 't.*'), parameters);
}

/** That a title starts in one of a few years, as tags. An unknown year has no tag. */
function withYearTags({ values }: ValueRange, parameters: SqlParameters): string {
  const known = `t.tags && ${parameters.add(
    values.map((year) => `${TAG_PREFIXES.year}${year}`),
    'text[]',
  )}`;
  return ` and ${values.includes(0) ? `(t.year = 0 or ${known})` : known}`;
}
