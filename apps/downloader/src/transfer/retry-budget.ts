import { setTimeout as sleep } from 'node:timers/promises';
import { DownloadError } from '../errors/download-error.ts';

/** How often and how fast a download tries again by itself. */
export interface RetryPolicy {
  /** Attempts in a row that may bring nothing new. */
  readonly maxFruitless: number;
  /** Attempts in all, also of those that bring something. */
  readonly maxAttempts: number;
  /** The first wait; each further fruitless attempt doubles it. In milliseconds. */
  readonly initialDelayMs: number;
  /** The longest wait by doubling, in milliseconds. */
  readonly maxDelayMs: number;
  /** The longest wait a server may ask for, in milliseconds. */
  readonly maxRetryAfterMs: number;
  /**
   * How long a server may be away or overloaded, in milliseconds: for so long the limits above do
   * not count. 0: it is given up by them.
   */
  readonly maxOutageMs: number;
}

/**
 * A 780 MB file over a line that breaks every 2 MB still ends well; a dead server is given up
 * within half a minute.
 */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxFruitless: 5,
  maxAttempts: 500,
  initialDelayMs: 500,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 60_000,
  maxOutageMs: 0,
};

/**
 * Told that a server is away and until when it is waited for; null when it is there again, or was
 * given up.
 */
export type OnOutage = (outage: { fault: DownloadError; until: Date } | null) => void;

/**
 * Since when a server has been away. All downloads of a run share one, so that a run waits once for
 * its server and not once for each of its files.
 */
export class ServerOutage {
  /** By `performance.now()`; null while it is there. */
  startedAt: number | null = null;
}

/** Decides after each fault of one download whether there is another attempt, and waits for it. */
export class RetryBudget {
  readonly #policy: RetryPolicy;
  readonly #leastBytesPerSecond: number;
  readonly #outage: ServerOutage;
  readonly #onOutage: OnOutage;
  #furthest = 0;
  /** Faults in a row that brought nothing new. */
  #fruitless = 0;
  /** Those of them that were no outage. */
  #inVain = 0;
  #attempts = 1;
  /** Of them, those after an outage. */
  #afterOutage = 0;
  #began = performance.now();
  /** Whether somebody was told of an outage, and not yet of its end. */
  #isTold = false;

  /**
   * @param leastBytesPerSecond at which bytes have to come to count as progress, so that a server
   *   that drips is given up
   */
  constructor(
    policy: RetryPolicy,
    leastBytesPerSecond: number,
    outage = new ServerOutage(),
    onOutage: OnOutage = () => undefined,
  ) {
    this.#policy = policy;
    this.#leastBytesPerSecond = leastBytesPerSecond;
    this.#outage = outage;
    this.#onOutage = onOutage;
  }

  /** To be called when the download has ended well. */
  succeed(): void {
    this.#outage.startedAt = null;
    this.#tellEnd();
  }

  /** Tries until it goes well, or until {@link waitBeforeRetry} gives up. */
  async retry<T>(position: number, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await attempt();
        this.#tellEnd();
        return result;
      } catch (error) {
        await this.waitBeforeRetry(error, position, signal);
      }
    }
  }

  /**
   * Waits before the next attempt.
   *
   * @param position how many bytes of the file have arrived; only what is further than ever before
   *   counts as progress, so that a server that always breaks at the same place, or never resumes, is
   *   given up
   * @throws the fault itself, when it is no transient one; the fault with what was tried, when it is
   *   given up
   */
  async waitBeforeRetry(fault: unknown, position: number, signal: AbortSignal): Promise<void> {
    if (!(fault instanceof DownloadError) || !fault.retryable) {
      this.#tellEnd();
      throw fault;
    }
    if (this.#isProgress(position)) {
      [this.#fruitless, this.#inVain, this.#outage.startedAt] = [0, 0, null];
    } else {
      this.#fruitless += 1;
    }
    this.#furthest = Math.max(this.#furthest, position);
    const waitMs = Math.max(
      this.#backOffMs(),
      Math.min(fault.retryAfterMs ?? 0, this.#policy.maxRetryAfterMs),
    );
    if (fault.isOutage && this.#policy.maxOutageMs > 0) this.#outlast(fault, waitMs);
    else this.#expectPatience(fault);
    this.#attempts += 1;
    await sleep(waitMs, undefined, { signal });
    this.#began = performance.now();
  }

  #expectPatience(fault: DownloadError): void {
    const { maxFruitless, maxAttempts } = this.#policy;
    if (this.#fruitless > 0) this.#inVain += 1;
    if (this.#inVain <= maxFruitless && this.#attempts - this.#afterOutage < maxAttempts) return;
    this.#tellEnd();
    throw fault.after(`Given up after ${this.#attempts} attempts.`);
  }

  #outlast(fault: DownloadError, waitMs: number): void {
    const { maxOutageMs } = this.#policy;
    const now = performance.now();
    this.#outage.startedAt ??= now;
    const leftMs = this.#outage.startedAt + maxOutageMs - now;
    if (waitMs > leftMs) {
      this.#tellEnd();
      throw fault.after(
        `Given up after ${this.#attempts} attempts, as it was away for ${duration(maxOutageMs)}.`,
      );
    }
    this.#afterOutage += 1;
    this.#isTold = true;
    this.#onOutage({ fault, until: new Date(Date.now() + leftMs) });
  }

  #tellEnd(): void {
    if (this.#isTold) this.#onOutage(null);
    this.#isTold = false;
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
    const { initialDelayMs, maxDelayMs } = this.#policy;
    return Math.min(maxDelayMs, initialDelayMs * 2 ** this.#fruitless) * (0.5 + Math.random() / 2);
  }
}

function duration(ms: number): string {
  return ms < 120_000 ? `${ms / 1000} s` : `${Math.round(ms / 60_000)} min`;
}
