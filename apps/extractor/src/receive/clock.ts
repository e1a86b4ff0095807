import { setTimeout as sleep } from 'node:timers/promises';

/** The time, which tests set. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after a time, or when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};
