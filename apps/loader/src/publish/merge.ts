import { sqlColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import type { PoolClient } from 'pg';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { lockTables, withLockTimeout, type LockTimeout } from '../database/table-locks.ts';
import { withKeepAlive } from '../database/transaction.ts';
import { sameKey, columnList, nonKeyColumnsOf } from '../load/row-sql.ts';
import { changeTableOf, type Staged } from '../load/staging.ts';
import { attachChangeLog, executeAndCount, writeChangeLog, type KindCounts } from './change-log.ts';

/**
 * Merges the staged changes into the published tables, inside the caller's transaction. In
 * parallel, another connection writes the changes to a log, which becomes a partition of
 * `ingest.change`. See the sequence in `publish.ts`.
 *
 * @throws RunFault when a published table is not the base of the changes, or others do not release
 *   the tables in time
 */
export async function mergeChanges(
  client: PoolClient,
  runId: string,
  staged: readonly Staged[],
  timeout: LockTimeout,
): Promise<void> {
  if (staged.length === 0) return;
  const tables = staged.map(({ dataset }) => tableOf(dataset, 'imdb'));
  await lockTables(client, tables, 'row exclusive', timeout);
  const logging = writeChangeLog(runId, staged, timeout);
  const merging = withLockTimeout(client, [...tables, 'ingest.change'], timeout, async () => {
    for (const part of staged) {
      await expectBase(client, part);
      expectAll(part, await executeAndCount(client, mergeStatement(part.dataset)));
    }
    const logged = await withKeepAlive(client, timeout.publishIdleMs, logging);
    for (const part of staged) expectAll(part, logged.get(part.dataset));
    await attachChangeLog(client, runId);
    for (const { dataset } of staged) await client.query(`drop table ${changeTableOf(dataset)}`);
  });
  await allSettledOrThrow([merging, logging]);
}

function mergeStatement(dataset: DatasetName): string {
  const columns = sqlColumnsOf(dataset);
  const set = nonKeyColumnsOf(dataset).map((column) => `${column} = c.${column}`);
  return `
    merge into ${tableOf(dataset, 'imdb')} as t
    using ${changeTableOf(dataset)} as c on ${sameKey('t', 'c', dataset)}
    when matched and c.kind = 'd' then delete
    when matched and c.kind = 'u' then update set ${set.join(', ')}
    when not matched and c.kind = 'i' then insert (${columns.join(', ')}) values (${columnList('c', columns)})
    returning lower(merge_action()) as kind`;
}

async function expectBase(client: PoolClient, { dataset, baseSnapshotId }: Staged): Promise<void> {
  const { rowCount } = await client.query(
    'select from ingest.data_control where dataset = $1::text and snapshot_id = $2::text',
    [dataset, baseSnapshotId],
  );
  if (rowCount === 0)
    throw new RunFault({
      code: 'drift',
      dataset,
      message: `${dataset} is no longer published from ${String(baseSnapshotId)}, on which the staged changes are based.`,
      hint: 'Start the run again.',
    });
}

/** @throws RunFault when the number of changes differs from the number staged */
function expectAll(
  { dataset, inserted, updated, deleted }: Staged,
  { insert = 0, update = 0, delete: removed = 0 }: KindCounts = {},
): void {
  if (insert === inserted && update === updated && removed === deleted) return;
  throw new RunFault({
    code: 'drift',
    dataset,
    message:
      `${tableOf(dataset, 'imdb')} does not hold what was published: of ${inserted} rows to insert, ${updated} to update and ${deleted} to delete, ` +
      `${insert}, ${update} and ${removed} could be. Has someone written to it?`,
    hint: `Nothing was changed. Load it in full: POST /updatedata ${JSON.stringify({ datasets: [dataset], force: 'full' })}, or marquee update --force full --datasets ${dataset}.`,
  });
}
