import { TAG_PREFIXES } from '@marquee/search';
import { estimate } from '../../../database/custom-plans.ts';
import type { Reads } from '../../../database/deadline.ts';
import { Parameters } from '../../../database/parameters.ts';
import { allOf, selectTitles } from '../conditions.ts';
import {
  behindPosition,
  indexesOf,
  withinValues,
  type PartitionSearch,
  type TitleRow,
  type ValueRange,
} from '../partition-search.ts';
import { MAX_YEAR_TERMS } from '../title-filters.ts';
import type { AccessPath, PathEstimate } from './access-path.ts';
import { fetchAndSort } from './fetch-and-sort.ts';

/** Finds all titles that match by the GIN index of terms, and sorts them. */
export const termSearch = {
  name: 'term search',
  async estimate(database: Reads, search: PartitionSearch): Promise<PathEstimate> {
    const parameters = new Parameters();
    const where = `${search.partition.where} and ${allOf(search.conditions.terms, parameters)}`;
    const { rows, cost } = await estimate(
      database,
      selectTitles(indexesOf(search, where)),
      parameters,
    );
    return { entries: cost * search.limits.scanEntriesPerCost, rows };
  },
  async read(database: Reads, search: PartitionSearch): Promise<TitleRow[]> {
    return searchTerms(database, search);
  },
} as const satisfies AccessPath;

/** The same among the titles with some values. */
export async function searchTerms(
  database: Reads,
  search: PartitionSearch,
  range?: ValueRange,
): Promise<TitleRow[]> {
  search.counts.count('term search');
  const { partition, conditions } = search;
  const parameters = new Parameters();
  const inRange =
    conditions.hasSelectiveTerms &&
    range?.column === 'year' &&
    range.values.length <= MAX_YEAR_TERMS
      ? withYearTerms(range, parameters)
      : withinValues(range, parameters);
  const where = `${partition.where} and ${allOf(conditions.terms, parameters)}${inRange}${behindPosition(search, parameters)}`;
  return fetchAndSort(database, search, selectTitles(indexesOf(search, where), 't.*'), parameters);
}

/** That a title starts in one of a few years, as terms. An unknown year has no term. */
function withYearTerms({ values }: ValueRange, parameters: Parameters): string {
  const known = `t.tags && ${parameters.add(
    values.map((year) => `${TAG_PREFIXES.year}${year}`),
    'text[]',
  )}`;
  return ` and ${values.includes(0) ? `(t.year = 0 or ${known})` : known}`;
}
