import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import { definitionOf, type Column, type DatasetName, type Reference } from '@marquee/datasets';
import type { Pool } from 'pg';
import { inTransaction } from '../database/transaction.ts';

/**
 * Counts references to missing rows, and records their number. Counts those of every dataset for
 * which either side has changed since the last count. Runs after a publish: it reads every row, and
 * readers should not wait for that.
 *
 * References to a dataset that was never published are not counted: their rows are not missing from
 * the files.
 */
export async function countOrphans(pool: Pool, signal: AbortSignal): Promise<void> {
  const { rows } = await pool.query<{ dataset: DatasetName; runId: string; isCounted: boolean }>(
    `select dataset, run_id as "runId", orphans_of is not distinct from run_id as "isCounted"
     from ingest.data_control
     where status = 'published'`,
  );
  const published = new Set(rows.map(({ dataset }) => dataset));
  const changed = new Set(rows.filter(({ isCounted }) => !isCounted).map(({ dataset }) => dataset));
  if (changed.size === 0) return;
  for (const { dataset, runId } of rows) {
    const references = definitionOf(dataset).references.filter(
      ({ to }) => published.has(to) && (changed.has(dataset) || changed.has(to)),
    );
    const orphans: Record<string, number> = {};
    for (const reference of references) {
      const column = columnOf(dataset, reference);
      const counted = await inTransaction(pool, signal, async (client) =>
        client.query<{ orphans: number }>(countStatement(dataset, column, reference.to)),
      );
      orphans[column.sql] = counted.rows[0]?.orphans ?? 0;
    }
    await pool.query(
      `update ingest.data_control set orphans = orphans || $2::jsonb, orphans_of = $3::uuid
       where dataset = $1::text and run_id = $3::uuid`,
      [dataset, orphans, runId],
    );
  }
}

function countStatement(dataset: DatasetName, column: Column, to: DatasetName): string {
  const source = tableOf(dataset, 'imdb');
  const values =
    column.list === undefined
      ? `(select ${column.sql} as id from ${source}) as reference`
      : `${source} as source, unnest(source.${column.sql}) as reference (id)`;
  return `
    select count(*)::float8 as orphans
    from ${values}
    where reference.id is not null
      and not exists (
        select from ${tableOf(to, 'imdb')} as target
        where target.${keyColumnsOf(to).join()} = reference.id collate "C"
      )`;
}

function columnOf(dataset: DatasetName, reference: Reference): Column {
  const column = definitionOf(dataset).columns.find(({ name }) => name === reference.column);
  if (column === undefined)
    throw new Error(
      `The definition of ${dataset} refers by ${reference.column}, which is none of its columns`,
    );
  return column;
}
