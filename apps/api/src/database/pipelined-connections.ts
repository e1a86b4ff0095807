import { Socket } from 'node:net';
import type { Pool, PoolClient, QueryConfig } from 'pg';

/**
 * One takes more than a process can ask; the other serves while that is held up or made anew, and
 * on another core.
 */
const LINES = 2;

/**
 * Connections on which statements are sent without waiting for the answers to those before, which
 * come in the same order. What is asked in one turn of the event loop is sent at once: with a
 * connection for each, most of what a look-up costs is writing to its socket and waking the other
 * side. But one that takes long holds up those behind it, and a connection that is lost fails all
 * on it: whoever gets no answer soon is told so, and asks elsewhere. So these are for statements
 * that stand alone, only read, and are quick whatever is asked.
 */
export class PipelinedConnections {
  readonly #pool: Pool;
  readonly #patienceMs: number;
  readonly #lines = new Set<PipelinedConnection>();
  #opening = 0;

  /**
   * @param pool of connections that nobody else takes
   * @param patienceMs a line from which nothing comes for so long is held up, in milliseconds
   */
  constructor(pool: Pool, patienceMs: number) {
    this.#pool = pool;
    this.#patienceMs = patienceMs;
    Object.assign(pool.options, { pipeline: true, max: LINES, stream: () => new TurnSocket() });
  }

  /**
   * The rows; null where no line is free, or the answer does not come soon, or is an error: who
   * asks elsewhere hears of it there.
   */
  async ask<Row extends object>(query: QueryConfig): Promise<Row[] | null> {
    if (this.#lines.size + this.#opening < LINES) void this.#open();
    const line = this.#leastAsked();
    return line === null ? null : line.ask<Row>(query);
  }

  /** Closes them, after what is under way has been answered. */
  async end(): Promise<void> {
    for (const line of this.#lines) this.#drop(line);
    await this.#pool.end();
  }

  #leastAsked(): PipelinedConnection | null {
    let least: PipelinedConnection | null = null;
    for (const line of this.#lines)
      if (!line.isStalled && (least === null || line.waiting < least.waiting)) least = line;
    return least;
  }

  async #open(): Promise<void> {
    this.#opening++;
    try {
      const client = await this.#pool.connect();
      const line = new PipelinedConnection(client, this.#patienceMs, () => this.#drop(line));
      this.#lines.add(line);
      if (this.#pool.ending) this.#drop(line);
    } catch {
      // who asks elsewhere hears of it there, and the next one who asks here tries again
    } finally {
      this.#opening--;
    }
  }

  #drop(line: PipelinedConnection): void {
    if (this.#lines.delete(line)) line.end();
  }
}

/** One of them. */
class PipelinedConnection {
  readonly #client: PoolClient;
  readonly #onFault: () => void;
  readonly #waiting = new Set<(rows: null) => void>();
  readonly #patience: NodeJS.Timeout;
  #answers = 0;
  #isHeldUp = false;

  /**
   * @param onFault is told when it is better given up; after an error too, as pools do: nobody
   *   knows what else is wrong with it
   */
  constructor(client: PoolClient, patienceMs: number, onFault: () => void) {
    this.#client = client;
    this.#onFault = onFault;
    this.#patience = setTimeout(() => this.#loseIfSilent(), patienceMs).unref();
    client.once('error', onFault);
  }

  /** Whether it has let those who waited ask elsewhere, and has said nothing since. */
  get isStalled(): boolean {
    return this.#isHeldUp;
  }

  /** How many wait for their answers. */
  get waiting(): number {
    return this.#waiting.size;
  }

  async ask<Row extends object>(query: QueryConfig): Promise<Row[] | null> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) this.#patience.refresh();
      this.#waiting.add(resolve);
      this.#client.query<Row>(query, (error: Error | null, result) => {
        this.#waiting.delete(resolve);
        this.#answers++;
        this.#isHeldUp = false;
        this.#patience.refresh();
        if (error !== null) this.#onFault();
        resolve(error === null ? result.rows : null);
      });
    });
  }

  /** What is under way is answered first. */
  end(): void {
    this.#client.release(true);
  }

  /**
   * Where the process itself was held up, the answers are there, and are read before this goes on.
   */
  #loseIfSilent(): void {
    const before = this.#answers;
    setImmediate(() => {
      if (this.#answers !== before || this.#waiting.size === 0) return;
      this.#isHeldUp = true;
      for (const giveUp of this.#waiting) giveUp(null);
      this.#waiting.clear();
    });
  }
}

/**
 * Keeps the statements of one turn of the event loop, each of which pg writes corked, to write them
 * at once.
 */
class TurnSocket extends Socket {
  #isKeeping = false;

  override cork(): void {
    super.cork();
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    super.cork();
    setImmediate(() => {
      this.#isKeeping = false;
      this.uncork();
    });
  }
}
