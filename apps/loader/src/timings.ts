import { WORKER_TIMINGS, type WorkerTimings } from '@marquee/runs';
import type { LoaderConfig } from './config.ts';

/** The loader's intervals, in milliseconds. */
export interface LoaderTimings extends WorkerTimings {
  /** Between two tries to lock tables that others use. */
  readonly lockRetryMs: number;
  /** Between two comparisons of the runs on record with the queue. */
  readonly reconcileMs: number;
  /**
   * A transaction of a publish, or of a build of search tables, from which the server hears nothing
   * for so long is ended by it: its loader is frozen or cut off, and another can publish.
   */
  readonly publishIdleMs: number;
  /** The same while it shuts readers out of tables. */
  readonly exclusiveIdleMs: number;
  /** How long it may shut them out in all. */
  readonly exclusiveMs: number;
}

/** What bounds the transactions that others wait for. */
export type TransactionLimits = Pick<
  LoaderTimings,
  'lockRetryMs' | 'publishIdleMs' | 'exclusiveIdleMs' | 'exclusiveMs'
>;

/**
 * Readers are shut out for some 50 ms, in which a loader that is well is never idle for as much as
 * one; a machine that swaps may be for a second or two.
 */
export const TRANSACTION_LIMITS: TransactionLimits = {
  // long against the 50 ms for which others may queue behind one try to lock tables, so that they
  // hardly notice
  lockRetryMs: 1000,
  publishIdleMs: 30_000,
  exclusiveIdleMs: 5000,
  exclusiveMs: 30_000,
};

/** The defaults, where they are not given. */
export function loaderTimings(
  { JOB_LOCK_SECONDS }: Pick<LoaderConfig, 'JOB_LOCK_SECONDS'>,
  given: Partial<LoaderTimings>,
): LoaderTimings {
  return {
    ...WORKER_TIMINGS,
    ...TRANSACTION_LIMITS,
    // its jobs are then given to another
    publishIdleMs: JOB_LOCK_SECONDS * 1000,
    reconcileMs: (JOB_LOCK_SECONDS * 1000) / 6,
    ...given,
  };
}
