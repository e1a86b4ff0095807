import type { RunStep } from '@marquee/contract';
import type { Job } from 'bullmq';
import {
  jobId,
  readProgress,
  queueOf,
  stepsOf,
  type JobProgress,
  type RunRequest,
} from './jobs.ts';
import type { RunQueue } from './queue.ts';

/**
 * The steps of a run with their progress, read from its jobs. A step whose job the queue has lost
 * counts as waiting: it will be added again.
 */
export async function readSteps(
  queue: RunQueue,
  run: Pick<RunRequest, 'id' | 'kind' | 'datasets'>,
): Promise<RunStep[]> {
  return Promise.all(
    stepsOf(run).map(async ({ job: name, dataset }) => {
      const job = await queue.job(queueOf(name), jobId(run.id, name, dataset));
      const state = job === null ? 'waiting' : STATES[await job.getState()];
      return { job: name, dataset, state, ...describeJob(job, state) };
    }),
  );
}

const STATES = {
  active: 'running',
  completed: 'done',
  failed: 'failed',
  delayed: 'waiting',
  prioritized: 'waiting',
  waiting: 'waiting',
  'waiting-children': 'waiting',
  paused: 'waiting',
  unknown: 'waiting',
} as const satisfies Record<string, RunStep['state']>;

function describeJob(
  job: Job | null,
  state: RunStep['state'],
): Omit<RunStep, 'job' | 'dataset' | 'state'> {
  const progress = readProgress(job);
  const startedAt = state === 'waiting' ? null : (job?.processedOn ?? null);
  const endedAt = state === 'done' || state === 'failed' ? (job?.finishedOn ?? null) : null;
  return {
    ...progress,
    ...speedOf(
      progress,
      startedAt,
      state === 'running' ? Date.now() : endedAt,
      state === 'running',
    ),
    startedAt: isoOf(startedAt),
    endedAt: isoOf(endedAt),
  };
}

type Speed = Pick<RunStep, 'bytesPerSecond' | 'rowsPerSecond' | 'secondsLeft'>;

/**
 * The mean rates of a step, and the remaining time at that rate.
 *
 * @param startedAt in milliseconds since the epoch; null when it has not started
 * @param until now or the end of the step, in the same unit
 * @param isRunning only a running step has time left
 */
export function speedOf(
  progress: Pick<JobProgress, 'bytesDone' | 'bytesTotal' | 'rowsDone'>,
  startedAt: number | null,
  until: number | null,
  isRunning: boolean,
): Speed {
  const seconds = startedAt === null || until === null ? 0 : (until - startedAt) / 1000;
  if (seconds <= 0) return { bytesPerSecond: null, rowsPerSecond: null, secondsLeft: null };
  const bytesPerSecond = progress.bytesDone / seconds;
  const left =
    isRunning && progress.bytesTotal !== null && bytesPerSecond > 0
      ? (progress.bytesTotal - progress.bytesDone) / bytesPerSecond
      : null;
  return {
    bytesPerSecond: Math.round(bytesPerSecond),
    rowsPerSecond: Math.round(progress.rowsDone / seconds),
    secondsLeft: left === null ? null : Math.ceil(left),
  };
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
