import { ensurePublishedTables, ensureViews, tableOf, WRITE_AS_LOADER } from '@marquee/catalogue';
import type { Gate } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import type { Pool, PoolClient } from 'pg';
import { lockTables, type LockTimeout } from '../database/table-locks.ts';
import { endWhenIdle, inTransaction } from '../database/transaction.ts';
import {
  buildDerivedTables,
  refreshDerivedTables,
  replacedTables,
  swapDerivedTables,
  withBuildLock,
  type BuiltTables,
} from '../derive/derived-tables.ts';
import { readStaged, type Staged } from '../load/staging.ts';
import type { TransactionLimits } from '../timings.ts';
import { mergeChanges } from './merge.ts';
import { publishTime, recordPublished } from './publication.ts';
import { recordRatingMoves } from './rating-moves.ts';
import { checkRowLoss } from './row-loss.ts';
import { swapTables } from './swap.ts';

/*
 * The sequence of a publish, by connection:
 *
 *   build lock    begin, advisory lock ─────── `select` as keep-alive, all the time ─────── commit
 *   builds        derived tables in search_next, committed; then closed
 *   publish       begin, advisory lock, run row for key share, gates
 *                 lock changed tables: row exclusive ── merge ── await log ── attach partition
 *                 record rating moves; refresh derived tables
 *                 lock replaced tables: access exclusive ── swap ── record, end the run ── commit
 *   change log    (beside the merge) lock the same tables: access share ── write the log ── commit
 *
 * Who waits for whom:
 * - The publish transaction awaits the change log in Node (merge.ts). PostgreSQL does not see that
 *   wait, so it could not detect a deadlock: the change log bounds each of its lock waits.
 * - The two do not block each other: access share does not conflict with row exclusive, and the
 *   change log reads the rows as they were before the merge, which is not committed.
 * - Readers wait only from access exclusive to the commit, and at most for one attempt before that
 *   (table-locks.ts). In that time the server ends a transaction that is idle or takes too long.
 */

export interface PublishOptions {
  readonly pool: Pool;
  readonly runId: string;
  readonly datasets: readonly DatasetName[];
  readonly ignoreGates: readonly Gate[];
  readonly maxRowLossPercent: number;
  /** How long to try to lock the tables before giving up. */
  readonly waitSeconds: number;
  readonly limits: TransactionLimits;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
  /**
   * Records, inside the publish transaction, that the run has succeeded.
   *
   * @throws when it has ended already: then nothing is published
   */
  readonly endRun: (client: PoolClient) => Promise<void>;
}

/**
 * Publishes what a run has staged, and ends the run, in one transaction over all datasets. Until it
 * commits readers see all of the old data, afterwards all of the new. Changes are merged first,
 * while readers go on; whole tables are swapped last.
 *
 * @returns whether tables were replaced
 * @throws RunFault when a gate fails, others do not release the tables in time, or the run was
 *   cancelled; then nothing is published
 */
export async function publish(options: PublishOptions): Promise<boolean> {
  const { pool, runId, limits, signal, onPhase } = options;
  // all datasets, not only this run's: derived tables read them all
  await inTransaction(pool, signal, async (client) => {
    await ensurePublishedTables(client);
    await ensureViews(client);
  });
  return withBuildLock(pool, limits, signal, async (held) => {
    const built = await buildDerivedTables(runId, { pool, signal: held, onPhase });
    onPhase('publishing');
    return publishStaged({ ...options, signal: held }, built);
  });
}

async function publishStaged(options: PublishOptions, built: BuiltTables): Promise<boolean> {
  const { pool, runId, datasets, ignoreGates, signal, endRun } = options;
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
    const timeout: LockTimeout = {
      ...options,
      ...options.limits,
      giveUpAt: Date.now() + options.waitSeconds * 1000,
    };
    await mergeChanges(client, runId, changes, timeout);
    if (changes.some(({ dataset }) => dataset === 'title.ratings'))
      await recordRatingMoves(client, runId);
    await refreshDerivedTables(client, runId, built, changes);
    const replaced = [
      ...tables.map(({ dataset }) => tableOf(dataset, 'imdb')),
      ...(await replacedTables(client, built)),
    ];
    if (replaced.length > 0) await lockTables(client, replaced, 'access exclusive', timeout);
    if (tables.length > 0)
      await swapTables(
        client,
        tables.map(({ dataset }) => dataset),
      );
    await swapDerivedTables(client, built);
    const at = await publishTime(client);
    for (const part of [...tables, ...changes]) await recordPublished(client, runId, part, at);
    await client.query('delete from ingest.staged where run_id = $1::uuid', [runId]);
    await endRun(client);
    return replaced.length > 0;
  });
}

/**
 * Takes the publish lock inside the caller's transaction. It waits for a publish that is being
 * aborted, and for a worker that was presumed dead but still publishes. The run can be cancelled
 * until `endRun`, which then fails, so that nothing is published.
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

/**
 * Prevents publishes until the caller's transaction ends.
 *
 * @returns false when a publish is under way
 */
export async function tryToHoldPublish(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ isOurs: boolean }>(
    'select pg_try_advisory_xact_lock(hashtext($1::text)) as "isOurs"',
    [PUBLISH_LOCK],
  );
  return rows[0]?.isOurs === true;
}

/** The advisory lock of the one publish under way. */
export const PUBLISH_LOCK = 'marquee publish';

/** @throws RunFault naming the datasets of the run that are not staged */
function expectComplete(staged: readonly Staged[], datasets: readonly DatasetName[]): void {
  const missing = datasets.filter((dataset) => !staged.some((part) => part.dataset === dataset));
  if (missing.length === 0) return;
  throw new RunFault({
    code: 'not-staged',
    message: `${missing.join(', ')} should be staged for publishing, but are not.`,
    hint: 'Nothing was published. Start the run again.',
  });
}
