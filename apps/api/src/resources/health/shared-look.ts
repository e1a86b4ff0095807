/** How often something is looked at, and how long an answer may take, in milliseconds. */
export interface LookTimings {
  /** For so long an answer stands for those that ask next. */
  readonly keepMs: number;
  /** Nobody waits longer. */
  readonly limitMs: number;
}

/**
 * A check that many callers share. One check runs at a time: a dependency that does not answer never
 * has a second request waiting.
 */
export class SharedLook<T> {
  readonly #look: () => Promise<T>;
  readonly #timings: LookTimings;
  #pending: Promise<T> | null = null;
  #last: { readonly seen: T; readonly at: number } | null = null;

  constructor(look: () => Promise<T>, timings: LookTimings) {
    this.#look = look;
    this.#timings = timings;
  }

  /** @throws Error when there is no answer within the limit, and what the look throws */
  async ask(): Promise<T> {
    const { keepMs, limitMs } = this.#timings;
    if (this.#last !== null && performance.now() - this.#last.at < keepMs) return this.#last.seen;
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
      const seen = await this.#look();
      this.#last = { seen, at: performance.now() };
      return seen;
    } finally {
      this.#pending = null;
    }
  }
}
