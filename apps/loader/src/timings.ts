import { WORKER_TIMINGS, type WorkerTimings } from '@marquee/runs';
import type { LoaderConfig } from './config.ts';

/** The loader's intervals and limits, in milliseconds. */
export interface LoaderTimings extends WorkerTimings {
  /** Between two attempts to lock tables that others use. */
  readonly lockRetryMs: number;
  /** Between two comparisons of recorded runs with the queue. */
  readonly reconcileMs: number;
  /**
   * The server ends a transaction of a publish, or of a build of derived tables, that is idle for
   * longer: its loader is frozen or cut off, and another can publish.
   */
  readonly publishIdleMs: number;
  /** The same while the transaction locks readers out of tables. */
  readonly exclusiveIdleMs: number;
  /** How long it may lock them out in total. */
  readonly exclusiveMs: number;
}

/** The limits of transactions that others wait for. */
export type TransactionLimits = Pick<
  LoaderTimings,
  'lockRetryMs' | 'publishIdleMs' | 'exclusiveIdleMs' | 'exclusiveMs'
>;

/**
 * Readers are locked out for about 50 ms, during which a healthy loader is never idle for 1 ms; on
 * a machine that swaps it may be for a second or two.
 */
export const TRANSACTION_LIMITS: TransactionLimits = {
  // long against the 50 ms for which others may queue behind one attempt, so that they hardly
  // notice
  lockRetryMs: 1000,
  publishIdleMs: 30_000,
  exclusiveIdleMs: 5000,
  exclusiveMs: 30_000,
};

/** The given timings, with the defaults for those left out. */
export function loaderTimings(
  { JOB_LOCK_SECONDS }: Pick<LoaderConfig, 'JOB_LOCK_SECONDS'>,
  given: Partial<LoaderTimings>,
): LoaderTimings {
  return {
    ...WORKER_TIMINGS,
    ...TRANSACTION_LIMITS,
    // the time after which its jobs go to another worker
    publishIdleMs: JOB_LOCK_SECONDS * 1000,
    reconcileMs: (JOB_LOCK_SECONDS * 1000) / 6,
    ...given,
  };
}
