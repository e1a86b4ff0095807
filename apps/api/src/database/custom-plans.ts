import type { Reads } from './deadline.ts';
import type { Parameters } from './parameters.ts';

/**
 * The rows of an unprepared statement: PostgreSQL plans it with its values. The best plan depends on
 * them, and there are more statements than could be kept prepared.
 */
export async function readWithCustomPlan<Row extends object>(
  database: Reads,
  text: string,
  { values }: Parameters,
): Promise<Row[]> {
  return database.read<Row>({ name: '', text }, values);
}

/** The planner's estimate: rows by the statistics, and cost, in which a page of a table is about 1. */
export interface Estimate {
  readonly rows: number;
  readonly cost: number;
}

/** What the planner expects of a statement, which is not run. */
export async function estimate(
  database: Reads,
  text: string,
  parameters: Parameters,
): Promise<Estimate> {
  const [explained] = await readWithCustomPlan<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Total Cost': number } }];
  }>(database, `explain (format json) ${text}`, parameters);
  const plan = explained?.['QUERY PLAN'][0].Plan;
  return { rows: plan?.['Plan Rows'] ?? 0, cost: Math.ceil(plan?.['Total Cost'] ?? 0) };
}

/** How many rows the planner expects. */
export async function estimateRows(
  database: Reads,
  text: string,
  parameters: Parameters,
): Promise<number> {
  return (await estimate(database, text, parameters)).rows;
}
