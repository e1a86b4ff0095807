import { setTimeout as sleep } from 'node:timers/promises';
import { DownloadError } from '../errors/download-error.ts';

/** How often and how fast a download is retried. */
export interface RetryPolicy {
  /** The most attempts in a row without progress. */
  readonly maxFruitless: number;
  /** The most attempts in all, with or without progress. */
  readonly maxAttempts: number;
  /** The first delay in milliseconds. It doubles with each further attempt without progress. */
  readonly initialDelayMs: number;
  /** The longest delay by doubling, in milliseconds. */
  readonly maxDelayMs: number;
  /** The longest Retry-After that is followed, in milliseconds. */
  readonly maxRetryAfterMs: number;
  /**
   * How long a server may be unavailable or overloaded, in milliseconds. Until then the limits of
   * attempts do not count. 0: they count at once.
   */
  readonly maxOutageMs: number;
}

/**
 * With it, a 780 MB file succeeds over a connection that breaks every 2 MB, and a dead server is
 * given up within half a minute if it refuses connections, or four minutes if it is silent.
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
 * Called when a server is unavailable, with the time until which it is waited for; and with null
 * when it responds again or was given up.
 */
export type OnOutage = (outage: { error: DownloadError; until: Date } | null) => void;

/** Called before an attempt that follows one without progress. @param attempts the maximum */
export type OnRetry = (attempt: number, attempts: number) => void;

/**
 * The outage of a server. All downloads of a run share one, so that a run waits for its server once
 * and not once per file.
 */
export class ServerOutage {
  /** By `performance.now()`; null while the server is available. */
  startedAt: number | null = null;
  /** Whether a download has given the server up: the others of the run then try once. */
  isGivenUp = false;
}

/**
 * Decides after each error of a download whether to retry it, and waits before that. Unlike a fixed
 * number of attempts (p-retry), the budget is refilled by progress: only attempts that bring no new
 * bytes count towards its first limit.
 */
export class RetryBudget {
  readonly #policy: RetryPolicy;
  readonly #minBytesPerSecond: number;
  readonly #outage: ServerOutage;
  readonly #onOutage: OnOutage;
  readonly #onRetry: OnRetry;
  #furthestPosition = 0;
  /** Errors in a row without progress. */
  #fruitless = 0;
  /** Those of them that were no outage. */
  #fruitlessWithoutOutage = 0;
  #attempts = 1;
  /** The attempts that followed an outage. */
  #attemptsAfterOutage = 0;
  #attemptStartedAt = performance.now();
  /** Whether an outage was reported, and its end not yet. */
  #isOutageReported = false;

  /**
   * @param minBytesPerSecond the lowest rate that counts as progress, so that a server that only
   *   trickles is given up
   */
  constructor(
    policy: RetryPolicy,
    minBytesPerSecond: number,
    outage = new ServerOutage(),
    onOutage: OnOutage = () => undefined,
    onRetry: OnRetry = () => undefined,
  ) {
    this.#policy = policy;
    this.#minBytesPerSecond = minBytesPerSecond;
    this.#outage = outage;
    this.#onOutage = onOutage;
    this.#onRetry = onRetry;
  }

  /** Call it when the download has succeeded. */
  succeed(): void {
    this.#outage.startedAt = null;
    this.#outage.isGivenUp = false;
    this.#reportOutageEnd();
  }

  /** Retries until an attempt succeeds, or until {@link waitBeforeRetry} throws. */
  async retry<T>(position: number, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await attempt();
        this.#reportOutageEnd();
        return result;
      } catch (error) {
        await this.waitBeforeRetry(error, position, signal);
      }
    }
  }

  /**
   * Waits before the next attempt.
   *
   * @param position the number of received bytes. Only a new maximum counts as progress: a server
   *   that always cuts at the same position, or never resumes, is given up
   * @throws the error itself when it is not retryable; the error with the number of attempts when
   *   the budget is used up
   */
  async waitBeforeRetry(error: unknown, position: number, signal: AbortSignal): Promise<void> {
    if (!(error instanceof DownloadError) || !error.retryable) {
      this.#reportOutageEnd();
      throw error;
    }
    if (this.#isProgress(position)) {
      this.#fruitless = 0;
      this.#fruitlessWithoutOutage = 0;
      this.#outage.startedAt = null;
    } else {
      this.#fruitless += 1;
    }
    this.#furthestPosition = Math.max(this.#furthestPosition, position);
    const delayMs = Math.max(
      this.#backoffMs(),
      Math.min(error.retryAfterMs ?? 0, this.#policy.maxRetryAfterMs),
    );
    if (error.isOutage && this.#policy.maxOutageMs > 0) this.#checkOutage(error, delayMs);
    else this.#checkAttempts(error);
    this.#attempts += 1;
    await sleep(delayMs, undefined, { signal });
    this.#attemptStartedAt = performance.now();
  }

  /** @throws the error when there were too many attempts */
  #checkAttempts(error: DownloadError): void {
    const { maxFruitless, maxAttempts } = this.#policy;
    if (this.#fruitless > 0) this.#fruitlessWithoutOutage += 1;
    const isHopeless = error.isOutage && this.#outage.isGivenUp;
    if (
      !isHopeless &&
      this.#fruitlessWithoutOutage <= maxFruitless &&
      this.#attempts - this.#attemptsAfterOutage < maxAttempts
    ) {
      this.#onRetry(this.#fruitlessWithoutOutage + 1, maxFruitless + 1);
      return;
    }
    this.#reportOutageEnd();
    this.#outage.isGivenUp ||= error.isOutage;
    throw error.after(
      isHopeless && this.#attempts === 1
        ? 'Not tried again: another download of this run gave the server up.'
        : `Given up after ${this.#attempts} attempts.`,
    );
  }

  /** @throws the error when the outage lasts too long */
  #checkOutage(error: DownloadError, delayMs: number): void {
    const { maxOutageMs } = this.#policy;
    const now = performance.now();
    this.#outage.startedAt ??= now;
    const remainingMs = this.#outage.startedAt + maxOutageMs - now;
    if (delayMs > remainingMs) {
      this.#reportOutageEnd();
      throw error.after(
        `Given up after ${this.#attempts} attempts: the server was unavailable for ${duration(maxOutageMs)}.`,
      );
    }
    this.#attemptsAfterOutage += 1;
    this.#isOutageReported = true;
    this.#onOutage({ error, until: new Date(Date.now() + remainingMs) });
  }

  #reportOutageEnd(): void {
    if (this.#isOutageReported) this.#onOutage(null);
    this.#isOutageReported = false;
  }

  #isProgress(position: number): boolean {
    const newBytes = position - this.#furthestPosition;
    const seconds = (performance.now() - this.#attemptStartedAt) / 1000;
    return newBytes > 0 && newBytes >= this.#minBytesPerSecond * seconds;
  }

  /**
   * Doubles from the initial delay. Half of it is random, so that downloaders do not synchronize.
   */
  #backoffMs(): number {
    const { initialDelayMs, maxDelayMs } = this.#policy;
    const delayMs = Math.min(maxDelayMs, initialDelayMs * 2 ** this.#fruitless);
    return delayMs * (0.5 + Math.random() / 2);
  }
}

function duration(ms: number): string {
  return ms < 120_000 ? `${ms / 1000} s` : `${Math.round(ms / 60_000)} min`;
}
