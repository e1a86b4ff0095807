import { setTimeout as sleep } from 'node:timers/promises';
import { DownloadError } from './download-error.ts';

/** How often and how fast a download tries again by itself. */
export interface RetryPolicy {
  /** Attempts in a row that may bring nothing new. */
  readonly fruitless: number;
  /** Attempts in all, also of those that bring something. */
  readonly attempts: number;
  /** The first wait; each further fruitless attempt doubles it. In milliseconds. */
  readonly baseMs: number;
  /** The longest wait by doubling, in milliseconds. */
  readonly maxMs: number;
  /** The longest wait a server may ask for, in milliseconds. */
  readonly retryAfterMaxMs: number;
}

/**
 * A 780 MB file over a line that breaks every 2 MB still ends well; a dead server is given up
 * within half a minute.
 */
export const DEFAULT_RETRY: RetryPolicy = {
  fruitless: 5,
  attempts: 500,
  baseMs: 500,
  maxMs: 30_000,
  retryAfterMaxMs: 60_000,
};

/** Decides after each fault of one download whether there is another attempt, and waits for it. */
export class Patience {
  readonly #policy: RetryPolicy;
  readonly #leastBytesPerSecond: number;
  #furthest = 0;
  #fruitless = 0;
  #attempts = 1;
  #began = performance.now();

  /**
   * @param leastBytesPerSecond at which bytes have to come to count as progress, so that a server
   *   that drips is given up
   */
  constructor(policy: RetryPolicy, leastBytesPerSecond: number) {
    this.#policy = policy;
    this.#leastBytesPerSecond = leastBytesPerSecond;
  }

  /** Tries until it goes well, or until {@link endure} gives up. */
  async insist<T>(position: number, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await this.endure(error, position, signal);
      }
    }
  }

  /**
   * Waits before the next attempt.
   *
   * @param position how many bytes of the file have arrived; only what is further than ever before
   *   counts as progress, so that a server that always breaks at the same place, or never resumes, is
   *   given up
   * @throws the fault itself, when it is no transient one; the fault with the number of attempts,
   *   when they are used up
   */
  async endure(fault: unknown, position: number, signal: AbortSignal): Promise<void> {
    if (!(fault instanceof DownloadError) || !fault.retryable) throw fault;
    this.#fruitless = this.#isProgress(position) ? 0 : this.#fruitless + 1;
    this.#furthest = Math.max(this.#furthest, position);
    const { fruitless, attempts, retryAfterMaxMs } = this.#policy;
    if (this.#fruitless > fruitless || this.#attempts >= attempts)
      throw fault.after(`Given up after ${this.#attempts} attempts.`);
    this.#attempts += 1;
    await sleep(
      Math.max(this.#backOffMs(), Math.min(fault.retryAfterMs ?? 0, retryAfterMaxMs)),
      undefined,
      { signal },
    );
    this.#began = performance.now();
  }

  #isProgress(position: number): boolean {
    const gained = position - this.#furthest;
    const seconds = (performance.now() - this.#began) / 1000;
    return gained > 0 && gained >= this.#leastBytesPerSecond * seconds;
  }

  /**
   * Doubles from the base; half of it is chance, so that many downloaders do not come back at once.
   */
  #backOffMs(): number {
    const { baseMs, maxMs } = this.#policy;
    return Math.min(maxMs, baseMs * 2 ** this.#fruitless) * (0.5 + Math.random() / 2);
  }
}
