import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@marquee/process';
import { describeError, readSteps, type RunQueue } from '@marquee/runs';
import type { Pool } from 'pg';
import { hasUnfinishedExport } from '../exports/export-records.ts';
import { clearEnded } from './ended-staging.ts';
import { readCancelled, readRunning, recordFailure, type RunningRun } from './run-records.ts';

interface ReconcilerOptions {
  readonly pool: Pool;
  readonly queue: RunQueue;
  readonly log: Logger;
  /** How long the jobs of a dead worker stay locked. */
  readonly lockSeconds: number;
  /** The interval, in milliseconds. */
  readonly everyMs: number;
}

/**
 * Periodically reconciles the queue with the records of runs, until it is stopped:
 *
 * - adds a run's jobs again when the queue has lost them
 * - ends a run whose last job ended without ending it
 * - removes a cancelled run's jobs from the queue, and what it has staged
 * - asks for the exports that are not made yet
 *
 * The records are authoritative; the queue can be lost.
 *
 * @returns stops it
 */
export function startRunReconciler(options: ReconcilerOptions): () => Promise<void> {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await reconcile(options).catch((error: unknown) =>
        options.log.warn({ err: error }, 'could not compare runs with the queue; will try again'),
      );
      await sleep(options.everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}

async function reconcile(options: ReconcilerOptions): Promise<void> {
  const { pool, queue } = options;
  await reconcileRunning(options);
  for (const run of await readCancelled(pool)) await queue.cancel(run);
  await clearEnded(pool);
  if (await hasUnfinishedExport(pool)) await queue.wake('export', {});
}

async function reconcileRunning({
  pool,
  queue,
  log,
  lockSeconds,
}: ReconcilerOptions): Promise<void> {
  const run = await readRunning(pool);
  // a run is recorded shortly before its jobs are added to the queue
  if (run === null || Date.now() - run.requestedAt.getTime() < (lockSeconds * 1000) / 3) return;
  const lastJob = await queue.lastJob(run);
  if (lastJob === null) {
    log.warn({ run: run.id }, 'the queue has no jobs of the run; adding them again');
    await queue.add(run);
  } else if (lastJob.state === 'failed' || lastJob.state === 'completed') {
    await endAbandoned(pool, queue, run, lastJob.failedReason);
  }
}

async function endAbandoned(
  pool: Pool,
  queue: RunQueue,
  run: RunningRun,
  reason: string | undefined,
): Promise<void> {
  const error = describeError(
    new Error(reason ?? 'The last job of the run ended without ending the run.'),
    null,
  );
  await recordFailure(pool, run.id, error, await readSteps(queue, run));
}
