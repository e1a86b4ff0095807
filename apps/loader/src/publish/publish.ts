import { tableOf } from '@marquee/catalogue';
import type { Gate, RunStep } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStaged, type Staged } from '../load/staging.ts';
import { inTransaction } from '../load/transaction.ts';
import { lockRunning, recordEnd } from '../runs/run-records.ts';
import { mergeChanges } from './merge.ts';
import { checkRowLoss } from './row-loss.ts';
import { swapTables } from './swap.ts';

/** How long readers may queue behind our asking for their tables, at each try. */
const LOCK_MS = 50;
/** Between tries: long against the above, so that readers hardly notice. */
const RETRY_MS = 1000;

const QUERY_CANCELED = '57014';

export interface PublishOptions {
  readonly pool: Pool;
  readonly runId: string;
  readonly datasets: readonly DatasetName[];
  readonly steps: readonly RunStep[];
  readonly ignoreGates: readonly Gate[];
  readonly maxRowLossPercent: number;
  /** How long to try to get the lock before giving up. */
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/**
 * Publishes what a run has staged, and ends the run with it: one transaction over all datasets, after which readers see all of the new data, and
 * before which all of the old. Changes are merged first, under the readers' eyes and without disturbing them; whole tables are changed over last.
 *
 * @throws RunFault when a gate stands against it, or readers do not let go of the tables in time
 */
export async function publish(options: PublishOptions): Promise<void> {
  const { pool, runId, datasets, steps, ignoreGates, signal, onPhase } = options;
  onPhase('publishing');
  await inTransaction(pool, signal, async (client) => {
    if (!(await lockRunning(client, runId))) return;
    const staged = await readStaged(client, runId);
    expectComplete(staged, datasets);
    if (!ignoreGates.includes('row-loss')) await checkRowLoss(client, staged, options.maxRowLossPercent);
    const changes = staged.filter(({ baseSnapshotId, snapshotId }) => baseSnapshotId !== null && baseSnapshotId !== snapshotId);
    const tables = staged.filter(({ baseSnapshotId }) => baseSnapshotId === null);
    await mergeChanges(client, runId, changes);
    if (tables.length > 0) {
      await lockTables(client, tables.map(({ dataset }) => dataset), options);
      await swapTables(client, tables.map(({ dataset }) => dataset));
    }
    for (const part of [...tables, ...changes]) await recordPublished(client, runId, part);
    await client.query('delete from ingest.staged');
    await recordEnd(client, { id: runId, state: 'succeeded', error: null, steps });
  });
}

/** Nothing is published that is not there whole. */
function expectComplete(staged: readonly Staged[], datasets: readonly DatasetName[]): void {
  const missing = datasets.filter((dataset) => !staged.some((part) => part.dataset === dataset));
  if (missing.length === 0) return;
  throw new RunFault({ code: 'not-staged', message: `${missing.join(', ')} should stand ready to be published, and does not.`, hint: 'Nothing was published. Start the run again.' });
}

/** Asks for the tables for a moment at a time, until nobody reads them. */
async function lockTables(client: PoolClient, datasets: readonly DatasetName[], { pool, waitSeconds, signal, onPhase }: PublishOptions): Promise<void> {
  const tables = datasets.map((dataset) => tableOf(dataset, 'imdb'));
  const giveUpAt = Date.now() + waitSeconds * 1000;
  for (;;) {
    await client.query('savepoint unlocked');
    try {
      // on the statement, not on each lock: there are several, and readers queue behind all that were got
      await client.query(`set local statement_timeout = ${LOCK_MS}`);
      await client.query(`lock table ${tables.join(', ')} in access exclusive mode`);
      await client.query('set local statement_timeout = 0');
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof DatabaseError && error.code === QUERY_CANCELED)) throw error;
    }
    await client.query('rollback to savepoint unlocked');
    if (Date.now() >= giveUpAt) throw await explainBlockers(pool, tables, waitSeconds);
    onPhase('waiting for readers to let go of the tables');
    await sleep(RETRY_MS, undefined, { signal });
  }
}

async function recordPublished(client: PoolClient, runId: string, { dataset, snapshotId, rows, rejects, sorted, baseSnapshotId, updated, deleted }: Staged): Promise<void> {
  await client.query(
    `update ingest.data_control
     set status = 'published', upload_date = now(), snapshot_id = $2::text, run_id = $3::uuid, rows = $4::bigint, rejects = $5::bigint,
       sorted = $6::boolean, churn = case when $7::boolean then 0 else churn + $8::bigint end
     where dataset = $1::text`,
    [dataset, snapshotId, runId, rows, rejects, sorted, baseSnapshotId === null, updated + deleted],
  );
}

async function explainBlockers(pool: Pool, tables: readonly string[], waitSeconds: number): Promise<RunFault> {
  const { rows } = await pool.query<{ who: string }>(
    `select distinct format('process %s (%s, since %s)', a.pid, coalesce(nullif(a.application_name, ''), 'unnamed'), a.xact_start::timestamptz(0)) as who
     from pg_locks l join pg_stat_activity a using (pid)
     where l.relation = any ($1::text[]::regclass[]) and l.granted and a.pid <> pg_backend_pid()`,
    [tables],
  );
  const who = rows.map((row) => row.who).join(', ');
  return new RunFault({
    code: 'publish-blocked',
    message: `The tables could not be changed over within ${waitSeconds} s: ${who === '' ? 'other sessions were' : `${who}: still`} reading them.`,
    hint: 'End the long queries, or pg_terminate_backend() their processes, and start the run again; or set PUBLISH_WAIT_SECONDS. What was downloaded is kept.',
  });
}
