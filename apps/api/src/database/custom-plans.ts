import type { Reads } from './deadline.ts';
import type { Parameters } from './parameters.ts';

/**
 * The rows of a statement that is planned anew with its values: what is best depends on them, and
 * there are more statements than could be kept.
 */
export async function readWithCustomPlan<Row extends object>(
  database: Reads,
  text: string,
  { values }: Parameters,
): Promise<Row[]> {
  return database.read<Row>({ name: '', text }, values);
}

/**
 * How many rows a statement has by the statistics, and what it costs in PostgreSQL's measure, in
 * which a page of a table is about 1.
 */
export interface Estimate {
  readonly rows: number;
  readonly cost: number;
}

/** @param text of a statement; it is not done */
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

/** How many rows a statement has, by the statistics. */
export async function estimateRows(
  database: Reads,
  text: string,
  parameters: Parameters,
): Promise<number> {
  return (await estimate(database, text, parameters)).rows;
}
