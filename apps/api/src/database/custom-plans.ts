import type { Reads } from './deadline.ts';
import { SqlParameters, type SqlPart } from './parameters.ts';

/**
 * The rows of an unprepared statement: PostgreSQL plans it with its values. The best plan depends on
 * them, and there are more statements than could be kept prepared.
 */
export async function readWithCustomPlan<Row extends object>(
  database: Reads,
  text: string,
  { values }: SqlParameters,
): Promise<Row[]> {
  return database.read<Row>({ name: '', text }, values);
}

/** The planner's estimate: rows by the statistics, and cost, in which a page of a table is about 1. */
interface PlanCost {
  readonly rows: number;
  readonly cost: number;
}

/** What the planner expects of a statement, which is not run. */
export async function explainCost(
  database: Reads,
  text: string,
  parameters: SqlParameters,
): Promise<PlanCost> {
  const [explained] = await readWithCustomPlan<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Total Cost': number } }];
  }>(database, `explain (format json) ${text}`, parameters);
  const plan = explained?.['QUERY PLAN'][0].Plan;
  return { rows: plan?.['Plan Rows'] ?? 0, cost: Math.ceil(plan?.['Total Cost'] ?? 0) };
}

/** How many rows a select has, counted or as the planner estimates. */
export async function countRows(
  database: Reads,
  how: 'exact' | 'estimated',
  select: SqlPart,
): Promise<number> {
  const parameters = new SqlParameters();
  const text = select(parameters);
  if (how === 'estimated') return estimateRows(database, text, parameters);
  const [counted] = await readWithCustomPlan<{ count: number }>(
    database,
    `select count(*) from (${text}) as found`,
    parameters,
  );
  return counted?.count ?? 0;
}

/** How many rows the planner expects. */
export async function estimateRows(
  database: Reads,
  text: string,
  parameters: SqlParameters,
): Promise<number> {
  return (await explainCost(database, text, parameters)).rows;
}
