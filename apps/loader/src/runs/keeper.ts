import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@marquee/process';
import { describeError, readSteps, type RunQueue } from '@marquee/runs';
import type { Pool } from 'pg';
import { readRunning, recordFailure, type RunningRun } from './run-records.ts';

const LOOK_MS = 5000;
/** A run is in the records before its jobs are in the queue: this long may lie between. */
const ADDING_MS = 10_000;

/**
 * Keeps the records and the queue together until it is stopped: the jobs of a run that the queue has lost are added again, and a run whose last job
 * failed without ending it is ended. The records are what counts; the queue can be lost.
 *
 * @returns stops looking
 */
export function keepRuns(pool: Pool, queue: RunQueue, log: Logger): () => Promise<void> {
  const stopping = new AbortController();
  const keeping = (async () => {
    while (!stopping.signal.aborted) {
      await look(pool, queue, log).catch((error: unknown) => log.warn({ err: error }, 'could not compare runs with the queue; will try again'));
      await sleep(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await keeping;
  };
}

async function look(pool: Pool, queue: RunQueue, log: Logger): Promise<void> {
  const run = await readRunning(pool);
  if (run === null || Date.now() - run.requestedAt.getTime() < ADDING_MS) return;
  const lastJob = await queue.lastJob(run);
  if (lastJob === null) {
    log.warn({ run: run.id }, 'the queue has no jobs of the run; adding them again');
    await queue.add(run);
  } else if (lastJob.state === 'failed' || lastJob.state === 'completed') {
    await endAbandoned(pool, queue, run, lastJob.failedReason);
  }
}

async function endAbandoned(pool: Pool, queue: RunQueue, run: RunningRun, reason: string | undefined): Promise<void> {
  const error = describeError(new Error(reason ?? 'The last job of the run ended without ending the run.'), null);
  await recordFailure(pool, run.id, error, await readSteps(queue, run));
}
