/** In milliseconds. */
interface CheckTimings {
  /** How long a result is reused. */
  readonly keepMs: number;
  /** How long a caller waits at most. */
  readonly limitMs: number;
}

/**
 * A check that many callers share. One check runs at a time: a dependency that does not answer
 * never has a second request waiting.
 */
export class SharedCheck<T> {
  readonly #check: () => Promise<T>;
  readonly #timings: CheckTimings;
  #pending: Promise<T> | null = null;
  #last: { readonly result: T; readonly at: number } | null = null;

  constructor(check: () => Promise<T>, timings: CheckTimings) {
    this.#check = check;
    this.#timings = timings;
  }

  /** @throws Error without a result within the limit, or what the check throws */
  async run(): Promise<T> {
    const { keepMs, limitMs } = this.#timings;
    if (this.#last !== null && performance.now() - this.#last.at < keepMs) return this.#last.result;
    this.#pending ??= this.#begin();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      return await Promise.race([this.#pending, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #begin(): Promise<T> {
    try {
      const result = await this.#check();
      this.#last = { result, at: performance.now() };
      return result;
    } finally {
      this.#pending = null;
    }
  }
}
