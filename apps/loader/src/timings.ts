import { WORKER_TIMINGS, type WorkerTimings } from '@marquee/runs';
import type { LoaderConfig } from './config.ts';

/** The loader's intervals, in milliseconds. */
export interface LoaderTimings extends WorkerTimings {
  /** Between two tries to lock tables that others use. */
  readonly lockRetryMs: number;
  /** Between two comparisons of the runs on record with the queue. */
  readonly reconcileMs: number;
}

/**
 * Long against the 50 ms for which others may queue behind one try to lock tables, so that they
 * hardly notice.
 */
export const LOCK_RETRY_MS = 1000;

/** The defaults, where they are not given. */
export function loaderTimings(
  { JOB_LOCK_SECONDS }: Pick<LoaderConfig, 'JOB_LOCK_SECONDS'>,
  given: Partial<LoaderTimings>,
): LoaderTimings {
  return {
    ...WORKER_TIMINGS,
    lockRetryMs: LOCK_RETRY_MS,
    reconcileMs: (JOB_LOCK_SECONDS * 1000) / 6,
    ...given,
  };
}
