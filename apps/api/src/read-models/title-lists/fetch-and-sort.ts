import { readWithCustomPlan } from '../../database/custom-plans.ts';
import type { Reads } from '../../database/deadline.ts';
import type { SqlParameters } from '../../database/parameters.ts';
import {
  indexOrder,
  keyColumns,
  withDetails,
  type PartitionSearch,
  type TitleRow,
} from './partition-search.ts';

/**
 * Reads all titles that match and sorts them for the best (top-N).
 *
 * @param matching a select of rows of `search.title`
 */
export async function fetchAndSort(
  database: Reads,
  search: PartitionSearch,
  matching: string,
  parameters: SqlParameters,
): Promise<TitleRow[]> {
  const best = `
    with matching as materialized (
      ${matching}
    )
    select ${keyColumns(search)} from matching as t
    order by ${indexOrder(search)} limit ${parameters.add(search.limit, 'int8')}`;
  return readWithCustomPlan(database, withDetails(best, search.order), parameters);
}
