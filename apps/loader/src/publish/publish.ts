import { tableOf } from '@marquee/catalogue';
import type { Gate, RunStep } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction } from '../load/transaction.ts';
import { lockRunning, recordEnd } from '../runs/run-records.ts';
import { countOrphans, type Orphans } from './orphans.ts';
import { checkRowLoss } from './row-loss.ts';
import { readStaged, type Staged } from './staged.ts';
import { swapTables } from './swap.ts';

/** How long readers may queue behind our waiting for their tables, at each try. */
const LOCK_TIMEOUT_MS = 100;
/** Between tries: long against the above, so that readers hardly notice. */
const RETRY_MS = 1000;

const LOCK_NOT_AVAILABLE = '55P03';

export interface PublishOptions {
  readonly pool: Pool;
  readonly runId: string;
  readonly steps: readonly RunStep[];
  readonly ignoreGates: readonly Gate[];
  readonly maxRowLossPercent: number;
  /** How long to try to get the lock before giving up. */
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/**
 * Publishes what a run has staged, and ends the run with it: one transaction, after which readers see all of the new data, and before which all of
 * the old.
 *
 * @throws RunFault when a gate stands against it, or readers do not let go of the tables in time
 */
export async function publish(options: PublishOptions): Promise<void> {
  const { pool, runId, ignoreGates, signal, onPhase } = options;
  const staged = await readStaged(pool, runId);
  if (!ignoreGates.includes('row-loss')) await checkRowLoss(pool, staged, options.maxRowLossPercent);
  const orphans = await inTransaction(pool, signal, async (client) =>
    countOrphans(client, new Set(staged.map(({ dataset }) => dataset)), await readPublished(client), (dataset, column) => onPhase(`counting orphans: ${dataset} ${column}`)),
  );
  onPhase('publishing');
  const giveUpAt = Date.now() + options.waitSeconds * 1000;
  for (;;) {
    try {
      await publishOnce(options, staged, orphans);
      return;
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error;
      if (Date.now() >= giveUpAt) throw await explainBlockers(pool, staged, options.waitSeconds);
      onPhase('waiting for readers to let go of the tables');
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}

async function publishOnce({ pool, runId, steps, signal }: PublishOptions, staged: readonly Staged[], orphans: ReadonlyMap<DatasetName, Orphans>): Promise<void> {
  await inTransaction(pool, signal, async (client) => {
    if (!(await lockRunning(client, runId))) return;
    if (staged.length > 0) {
      const datasets = staged.map(({ dataset }) => dataset);
      await client.query(`set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'`);
      await client.query(`lock table ${datasets.map((dataset) => tableOf(dataset, 'imdb')).join(', ')} in access exclusive mode`);
      await swapTables(client, datasets);
      for (const part of staged) await recordPublished(client, runId, part);
      for (const [dataset, counts] of orphans) await recordOrphans(client, dataset, counts);
      await client.query('delete from ingest.staged');
    }
    await recordEnd(client, { id: runId, state: 'succeeded', error: null, steps });
  });
}

async function readPublished(client: PoolClient): Promise<Set<DatasetName>> {
  const { rows } = await client.query<{ dataset: string }>(`select dataset from ingest.data_control where status = 'published'`);
  const published = new Set(rows.map((row) => row.dataset));
  return new Set(DATASET_NAMES.filter((dataset) => published.has(dataset)));
}

async function recordPublished(client: PoolClient, runId: string, { dataset, snapshotId, rows, rejects }: Staged): Promise<void> {
  await client.query(
    `update ingest.data_control
     set status = 'published', upload_date = now(), snapshot_id = $2::text, run_id = $3::uuid, rows = $4::bigint, rejects = $5::bigint
     where dataset = $1::text`,
    [dataset, snapshotId, runId, rows, rejects],
  );
}

async function recordOrphans(client: PoolClient, dataset: DatasetName, orphans: Orphans): Promise<void> {
  await client.query('update ingest.data_control set orphans = orphans || $2::jsonb where dataset = $1::text', [dataset, orphans]);
}

async function explainBlockers(pool: Pool, staged: readonly Staged[], waitSeconds: number): Promise<RunFault> {
  const { rows } = await pool.query<{ who: string }>(
    `select distinct format('process %s (%s, since %s)', a.pid, coalesce(nullif(a.application_name, ''), 'unnamed'), a.xact_start::timestamptz(0)) as who
     from pg_locks l join pg_stat_activity a using (pid)
     where l.relation = any ($1::text[]::regclass[]) and l.granted and a.pid <> pg_backend_pid()`,
    [staged.map(({ dataset }) => tableOf(dataset, 'imdb'))],
  );
  const who = rows.map((row) => row.who).join(', ');
  return new RunFault({
    code: 'publish-blocked',
    message: `The tables could not be changed over within ${waitSeconds} s: ${who === '' ? 'other sessions were' : `${who}: still`} reading them.`,
    hint: 'End the long queries, or pg_terminate_backend() their processes, and start the run again; or set PUBLISH_WAIT_SECONDS. What was downloaded is kept.',
  });
}
