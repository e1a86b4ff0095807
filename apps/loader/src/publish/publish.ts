import { ensurePublishedTables, tableOf, WRITE_AS_LOADER } from '@marquee/catalogue';
import type { Gate, RunStep } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import type { Pool, PoolClient } from 'pg';
import { forgetHandWrites } from '../load/hand-writes.ts';
import { readStaged, type Staged } from '../load/staging.ts';
import { endWhenIdle, inTransaction } from '../database/transaction.ts';
import { recordEnd } from '../runs/run-records.ts';
import {
  buildDerivedTables,
  withBuildLock,
  refreshDerivedTables,
  replacedTables,
  swapDerivedTables,
  type BuiltTables,
} from '../derive/derived-tables.ts';
import type { TransactionLimits } from '../timings.ts';
import { mergeChanges } from './merge.ts';
import { checkRowLoss } from './row-loss.ts';
import { swapTables } from './swap.ts';
import { lockTables, type LockTimeout } from '../database/table-locks.ts';

export interface PublishOptions {
  readonly pool: Pool;
  readonly runId: string;
  readonly datasets: readonly DatasetName[];
  readonly steps: readonly RunStep[];
  readonly ignoreGates: readonly Gate[];
  readonly maxRowLossPercent: number;
  /** How long to try to get the tables before giving up. */
  readonly waitSeconds: number;
  readonly limits: TransactionLimits;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/**
 * Publishes what a run has staged, and ends the run with it: one transaction over all datasets,
 * after which readers see all of the new data, and before which all of the old. Changes are merged
 * first, under the readers' eyes and without disturbing them; whole tables are changed over last.
 *
 * @returns whether tables have been replaced
 * @throws RunFault when a gate stands against it, others do not let go of the tables in time, or
 *   the run was cancelled; nothing is published then
 */
export async function publish(options: PublishOptions): Promise<boolean> {
  const { pool, runId, limits, signal, onPhase } = options;
  // also those of datasets that are none of this run's: search is made of them all
  await inTransaction(pool, signal, async (client) => ensurePublishedTables(client));
  return withBuildLock(pool, limits, signal, async (held) => {
    const structures = await buildDerivedTables(runId, { pool, signal: held, onPhase });
    onPhase('publishing');
    return changeOver({ ...options, signal: held }, structures);
  });
}

async function changeOver(options: PublishOptions, structures: BuiltTables): Promise<boolean> {
  const { pool, runId, datasets, steps, ignoreGates, signal } = options;
  return inTransaction(pool, signal, async (client) => {
    await endWhenIdle(client, options.limits.publishIdleMs);
    await client.query(WRITE_AS_LOADER);
    if (!(await beginPublish(client, runId))) return false;
    const staged = await readStaged(client, runId);
    expectComplete(staged, datasets);
    if (!ignoreGates.includes('row-loss'))
      await checkRowLoss(client, staged, options.maxRowLossPercent, ignoreGates);
    const changes = staged.filter(
      ({ baseSnapshotId, snapshotId }) => baseSnapshotId !== null && baseSnapshotId !== snapshotId,
    );
    const tables = staged.filter(({ baseSnapshotId }) => baseSnapshotId === null);
    const patience: LockTimeout = {
      ...options,
      ...options.limits,
      giveUpAt: Date.now() + options.waitSeconds * 1000,
    };
    await mergeChanges(client, runId, changes, patience);
    await refreshDerivedTables(client, runId, structures, changes);
    const replaced = [
      ...tables.map(({ dataset }) => tableOf(dataset, 'imdb')),
      ...(await replacedTables(client, structures)),
    ];
    if (replaced.length > 0) await lockTables(client, replaced, 'access exclusive', patience);
    if (tables.length > 0)
      await swapTables(
        client,
        tables.map(({ dataset }) => dataset),
      );
    await swapDerivedTables(client, structures);
    const at = await publishTime(client);
    for (const part of [...tables, ...changes]) await recordPublished(client, runId, part, at);
    await client.query('delete from ingest.staged where run_id = $1::uuid', [runId]);
    await recordEnd(client, { id: runId, state: 'succeeded', error: null, steps });
    return replaced.length > 0;
  });
}

/**
 * Begins to publish inside the caller's transaction: waits for a publish that is being broken off,
 * or whose worker was taken for dead and is still at it. Until the run is ended, at the very end,
 * it can be cancelled: then it cannot be ended any more, and nothing is published.
 *
 * @returns false when the run has ended already
 */
async function beginPublish(client: PoolClient, runId: string): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock(hashtext($1::text))', [PUBLISH_LOCK]);
  const { rowCount } = await client.query(
    `select from ingest.run where id = $1::uuid and state = 'running' for key share`,
    [runId],
  );
  return rowCount === 1;
}

/** Holds all publishes off until the caller's transaction ends, when none goes on. */
export async function tryToHoldPublish(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ isOurs: boolean }>(
    'select pg_try_advisory_xact_lock(hashtext($1::text)) as "isOurs"',
    [PUBLISH_LOCK],
  );
  return rows[0]?.isOurs === true;
}

/** Held by the one publish that goes on. */
const PUBLISH_LOCK = 'marquee publish';

/** Nothing is published that is not there whole. */
function expectComplete(staged: readonly Staged[], datasets: readonly DatasetName[]): void {
  const missing = datasets.filter((dataset) => !staged.some((part) => part.dataset === dataset));
  if (missing.length === 0) return;
  throw new RunFault({
    code: 'not-staged',
    message: `${missing.join(', ')} should stand ready to be published, and does not.`,
    hint: 'Nothing was published. Start the run again.',
  });
}

/**
 * As late as can be: who asks for what was published after a time, at which this was not to be seen
 * yet, is to be told of it. To the millisecond, as answers have it, so that who asks for what came
 * after this publish is not told of it again.
 */
async function publishTime(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ at: string }>(
    `select date_trunc('milliseconds', clock_timestamp())::text as at`,
  );
  return rows[0]?.at ?? 'now';
}

/** A control row that was removed by hand is made anew. */
async function recordPublished(
  client: PoolClient,
  runId: string,
  part: Staged,
  at: string,
): Promise<void> {
  if (part.baseSnapshotId === null) await forgetHandWrites(client, part.dataset);
  if (await updateControl(client, runId, part, at)) return;
  // an update as well, of which triggers tell
  await client.query(
    `insert into ingest.data_control (dataset, status) values ($1::text, 'empty')`,
    [part.dataset],
  );
  await updateControl(client, runId, part, at);
}

/** @returns false when there is no such row */
async function updateControl(
  client: PoolClient,
  runId: string,
  { dataset, snapshotId, rows, rejects, repeats, baseSnapshotId, updated, deleted }: Staged,
  at: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update ingest.data_control
     set status = 'published', upload_date = $9::timestamptz, snapshot_id = $2::text, run_id = $3::uuid, rows = $4::bigint, rejects = $5::bigint,
       repeats = $6::bigint, churn = case when $7::boolean then 0 else churn + $8::bigint end
     where dataset = $1::text`,
    [
      dataset,
      snapshotId,
      runId,
      rows,
      rejects,
      repeats,
      baseSnapshotId === null,
      updated + deleted,
      at,
    ],
  );
  return rowCount === 1;
}
