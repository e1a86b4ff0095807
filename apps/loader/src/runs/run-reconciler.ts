import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@marquee/process';
import { describeError, readSteps, type RunQueue } from '@marquee/runs';
import type { Pool } from 'pg';
import { clearEnded } from './ended-staging.ts';
import { readCancelled, readRunning, recordFailure, type RunningRun } from './run-records.ts';

export interface ReconcilerOptions {
  readonly pool: Pool;
  readonly queue: RunQueue;
  readonly log: Logger;
  /** How long a dead worker's jobs wait for another. */
  readonly lockSeconds: number;
  /** How often to look, in milliseconds. */
  readonly everyMs: number;
}

/**
 * Keeps the records and the queue together until it is stopped: the jobs of a run that the queue
 * has lost are added again, a run whose last job failed without ending it is ended, and what is
 * left of a cancelled run, in the queue and in the staging, is ended and cleared away. The records
 * are what counts; the queue can be lost.
 *
 * @returns stops looking
 */
export function startRunReconciler(options: ReconcilerOptions): () => Promise<void> {
  const stopping = new AbortController();
  const keeping = (async () => {
    while (!stopping.signal.aborted) {
      await reconcile(options).catch((error: unknown) =>
        options.log.warn({ err: error }, 'could not compare runs with the queue; will try again'),
      );
      await sleep(options.everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await keeping;
  };
}

async function reconcile(options: ReconcilerOptions): Promise<void> {
  const { pool, queue } = options;
  await reconcileRunning(options);
  for (const run of await readCancelled(pool)) await queue.cancel(run);
  await clearEnded(pool);
}

async function reconcileRunning({ pool, queue, log, lockSeconds }: ReconcilerOptions): Promise<void> {
  const run = await readRunning(pool);
  // a run is in the records before its jobs are in the queue: a little may lie between
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
