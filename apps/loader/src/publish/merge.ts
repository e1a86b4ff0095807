import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import { definitionOf, type DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import type { PoolClient } from 'pg';
import { changeTableOf, type Staged } from '../load/staging.ts';
import { lockTables, withinPatience, type LockPatience } from './table-locks.ts';

/**
 * Does to the published tables what the staged changes say, inside the caller's transaction, and writes it down: the changes of a run become a
 * partition of `ingest.change`.
 *
 * @throws RunFault when a published table is not what the changes start from, or others do not let go of the tables in time
 */
export async function mergeChanges(client: PoolClient, runId: string, staged: readonly Staged[], patience: LockPatience): Promise<void> {
  if (staged.length === 0) return;
  const tables = staged.map(({ dataset }) => tableOf(dataset, 'imdb'));
  await lockTables(client, tables, 'row exclusive', patience);
  await withinPatience(client, [...tables, 'ingest.change'], patience, async () => writeChanges(client, runId, staged));
}

async function writeChanges(client: PoolClient, runId: string, staged: readonly Staged[]): Promise<void> {
  const log = `ingest.change_${runId.replaceAll('-', '')}`;
  // made apart and attached when it is full: readers of the other partitions do not wait for it
  await client.query(`create table ${log} (like ingest.change including defaults including constraints)`);
  for (const part of staged) await mergeDataset(client, log, runId, part);
  await client.query(`create index on ${log} (id)`);
  await client.query(`create index on ${log} (dataset, key)`);
  await client.query(`alter table ${log} add check (run_id = '${runId}')`);
  await client.query(`alter table ingest.change attach partition ${log} for values in ('${runId}')`);
}

async function mergeDataset(client: PoolClient, log: string, runId: string, staged: Staged): Promise<void> {
  const { dataset, inserted, updated, deleted } = staged;
  await expectBase(client, staged);
  const { rows } = await client.query<{ kind: string; count: number }>(mergeStatement(dataset, log), [runId, dataset]);
  const done = Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
  if ((done['insert'] ?? 0) !== inserted || (done['update'] ?? 0) !== updated || (done['delete'] ?? 0) !== deleted) throw drifted(staged, done);
  await client.query(`drop table ${changeTableOf(dataset)}`);
}

/** One statement merges and logs. A row that the log has is a row that was changed, and the other way round. */
function mergeStatement(dataset: DatasetName, log: string): string {
  const columns = definitionOf(dataset).columns.map(({ sql }) => sql);
  const key = keyColumnsOf(dataset);
  const rest = columns.filter((column) => !key.includes(column));
  return `
    with merged as (
      merge into ${tableOf(dataset, 'imdb')} as t
      using ${changeTableOf(dataset)} as c on ${key.map((column) => `t.${column} = c.${column}`).join(' and ')}
      when matched and c.kind = 'd' then delete
      when matched and c.kind = 'u' then update set ${rest.map((column) => `${column} = c.${column}`).join(', ')}
      when not matched and c.kind = 'i' then insert (${columns.join(', ')}) values (${columns.map((column) => `c.${column}`).join(', ')})
      returning lower(merge_action()) as kind, concat_ws(' ', ${key.map((column) => `c.${column}`).join(', ')}) as key, to_jsonb(old) as before, to_jsonb(new) as after
    ), logged as (
      insert into ${log} (run_id, dataset, kind, key, before, after)
      select $1::uuid, $2::text, kind, key, nullif(before, 'null'), nullif(after, 'null') from merged
      returning kind
    )
    select kind, count(*)::int as count from logged group by kind`;
}

async function expectBase(client: PoolClient, { dataset, baseSnapshotId }: Staged): Promise<void> {
  const { rowCount } = await client.query('select from ingest.data_control where dataset = $1::text and snapshot_id = $2::text', [dataset, baseSnapshotId]);
  if (rowCount === 0) throw new RunFault({ code: 'drift', message: `${dataset} is not published from ${String(baseSnapshotId)} any more, from which its changes start.`, hint: 'Start the run again.' });
}

function drifted({ dataset, inserted, updated, deleted }: Staged, done: Record<string, number>): RunFault {
  return new RunFault({
    code: 'drift',
    message:
      `${tableOf(dataset, 'imdb')} does not hold what was published: of ${inserted} rows to insert, ${updated} to update and ${deleted} to delete, ` +
      `${done['insert'] ?? 0}, ${done['update'] ?? 0} and ${done['delete'] ?? 0} could be. Has someone written to it?`,
    hint: 'Nothing was changed. Load it anew: ask again with {"force":"full"}.',
  });
}
