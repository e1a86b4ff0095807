import type { SoakFilm } from './soak-day.ts';

/** Requests a second. */
const RATE = 10;
/** Part of the requests that may fail while nothing that they need is killed. */
const MAX_FAILED = 0.001;

/**
 * A machine that is busy with something else: a statement, or a new connection to the database, has
 * taken longer than its second.
 */
const TOO_SLOW = '503 too-slow';
const SLOW_CONNECTION = 'connection timeout';

/** Requests of readers at a steady rate. */
export class Requests {
  readonly #url: string;
  readonly #paths: readonly string[];
  readonly #errorOf: (requestId: string) => string | null;
  readonly #statuses = new Map<string, number>();
  #answered = 0;
  /** While the API or its database was killed. */
  #tolerated = 0;
  #isTolerant = false;
  #timer: NodeJS.Timeout | null = null;
  #going = new Set<Promise<void>>();

  /** @param errorOf the error that the API logged for a request */
  constructor(
    url: string,
    films: readonly SoakFilm[],
    errorOf: (requestId: string) => string | null,
  ) {
    this.#url = url;
    this.#errorOf = errorOf;
    this.#paths = films.flatMap(({ id, title }) => [
      `/titles/${id}`,
      `/search?q=${encodeURIComponent(title.slice(0, 12))}`,
      `/titles?q=${encodeURIComponent(title.split(' ')[0] ?? title)}&limit=5`,
      '/titles?genre=Drama&sort=votes&limit=20',
      `/movies/${id}`,
      '/movies?limit=10',
      '/changes?since=now',
      '/published',
    ]);
  }

  get counts(): string {
    return `${this.#answered} answered, ${this.#failed} failed, ${this.#tolerated} during kills`;
  }

  /** Failures do not count while the API or its database is down. */
  tolerate(isTolerant: boolean): void {
    this.#isTolerant = isTolerant;
  }

  start(): void {
    let next = 0;
    this.#timer = setInterval(() => {
      const asked = this.#ask(this.#paths[next++ % this.#paths.length] ?? '/').finally(() =>
        this.#going.delete(asked),
      );
      this.#going.add(asked);
    }, 1000 / RATE);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#going);
  }

  /** What is wrong with the answers; empty if nothing is. */
  faults(): string[] {
    const reasons = [...this.#statuses].map(([reason, count]) => `${count} × ${reason}`);
    const said = `${this.#failed} of ${this.#answered} requests failed: ${reasons.join(', ')}`;
    console.log(said);
    const failed = this.#failed - (this.#statuses.get(TOO_SLOW) ?? 0);
    return failed <= MAX_FAILED * this.#answered ? [] : [said];
  }

  get #failed(): number {
    return [...this.#statuses.values()].reduce((total, count) => total + count, 0);
  }

  async #ask(path: string): Promise<void> {
    const wasTolerant = this.#isTolerant;
    let reason: string | null = null;
    let requestId: string | null = null;
    try {
      const response = await fetch(this.#url + path, { signal: AbortSignal.timeout(30_000) });
      const body = await response.text();
      if (response.status >= 500) {
        const [, code = ''] = /"code":"([^"]+)"/u.exec(body) ?? [];
        reason = `${response.status} ${code}`;
        requestId = response.headers.get('x-request-id');
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    this.#answered++;
    if (reason === null) return;
    if (wasTolerant || this.#isTolerant) {
      this.#tolerated++;
      return;
    }
    const logged = requestId === null ? null : this.#errorOf(requestId);
    if (logged?.includes(SLOW_CONNECTION) === true) reason = TOO_SLOW;
    this.#statuses.set(reason, (this.#statuses.get(reason) ?? 0) + 1);
    console.log(
      `${new Date().toISOString().slice(11, 19)} ${path}: ${reason}, ${logged ?? 'not logged'}`,
    );
  }
}
