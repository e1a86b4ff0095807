import { UrlClient } from '@marquee/postgres/url-client';
import type { Pool, PoolClient, QueryConfig } from 'pg';

/**
 * Connections that send a statement without waiting for the results of those before it; results
 * come in the same order. The statements of one turn of the event loop leave in one write: with a
 * connection for each, most of the cost of a look-up is writing to its socket and waking the other
 * side.
 *
 * The price: a slow statement delays those behind it, and a lost connection fails all of its
 * statements. A statement that gets no result soon is therefore run elsewhere. Use these connections
 * for statements that stand alone, only read, and are quick with any values.
 */
export class PipelinedConnections {
  readonly #pool: Pool;
  readonly #stalledAfterMs: number;
  readonly #connections = new Set<PipelinedConnection>();
  #opening = 0;
  #isClosed = false;

  /**
   * @param pool whose clients are {@link BatchingClient}s; nothing else may use it
   * @param stalledAfterMs how long a connection may be silent before it counts as stalled, in
   *   milliseconds
   */
  constructor(pool: Pool, stalledAfterMs: number) {
    this.#pool = pool;
    this.#stalledAfterMs = stalledAfterMs;
  }

  /**
   * Runs a statement.
   *
   * @returns its rows; null when no connection is free, or it stalls, or the statement fails. The
   *   caller then runs it elsewhere, and gets the error there.
   */
  async query<Row extends object>(query: QueryConfig): Promise<Row[] | null> {
    const isShort = this.#connections.size + this.#opening < this.#pool.options.max;
    if (isShort && !this.#isClosed) void this.#open();
    const connection = this.#leastBusy();
    return connection === null ? null : connection.query<Row>(query);
  }

  /**
   * Closes the connections once their pending statements have their results; one that is opening is
   * closed once it is open. The pool can end only then.
   */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) this.#drop(connection);
  }

  #leastBusy(): PipelinedConnection | null {
    let least: PipelinedConnection | null = null;
    for (const connection of this.#connections)
      if (!connection.isStalled && (least === null || connection.pending < least.pending))
        least = connection;
    return least;
  }

  async #open(): Promise<void> {
    this.#opening++;
    try {
      const client = await this.#pool.connect();
      const connection = new PipelinedConnection(client, this.#stalledAfterMs, () =>
        this.#drop(connection),
      );
      this.#connections.add(connection);
      if (this.#isClosed) this.#drop(connection);
    } catch {
      // the statement runs elsewhere and reports the error; the next one tries again here
    } finally {
      this.#opening--;
    }
  }

  #drop(connection: PipelinedConnection): void {
    if (this.#connections.delete(connection)) connection.close();
  }
}

/** One of the connections. */
class PipelinedConnection {
  readonly #client: PoolClient;
  readonly #onFault: () => void;
  /** Each resolves the statement of one caller. */
  readonly #pending = new Set<(rows: null) => void>();
  readonly #stallTimer: NodeJS.Timeout;
  #results = 0;
  #isStalled = false;

  /**
   * @param onFault is called when the connection should be dropped; after a failed statement too, as
   *   pools do: its state is unknown then
   */
  constructor(client: PoolClient, stalledAfterMs: number, onFault: () => void) {
    this.#client = client;
    this.#onFault = onFault;
    this.#stallTimer = setTimeout(() => this.#checkStalled(), stalledAfterMs).unref();
    client.once('error', onFault);
  }

  /** Whether it has sent its callers elsewhere, and no result has come since. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** How many statements wait for their results. */
  get pending(): number {
    return this.#pending.size;
  }

  async query<Row extends object>(query: QueryConfig): Promise<Row[] | null> {
    return new Promise((resolve) => {
      if (this.#pending.size === 0) this.#stallTimer.refresh();
      this.#pending.add(resolve);
      if (this.#client instanceof BatchingClient) this.#client.batchThisTurn();
      this.#client.query<Row>(query, (error: Error | null, result) => {
        this.#pending.delete(resolve);
        this.#results++;
        this.#isStalled = false;
        this.#stallTimer.refresh();
        if (error !== null) this.#onFault();
        resolve(error === null ? result.rows : null);
      });
    });
  }

  /** Closes it once its pending statements have their results. */
  close(): void {
    this.#client.release(true);
  }

  /**
   * If the process itself was blocked, the results are already there: setImmediate lets the event
   * loop read them first.
   */
  #checkStalled(): void {
    const before = this.#results;
    setImmediate(() => {
      if (this.#results !== before || this.#pending.size === 0) return;
      this.#isStalled = true;
      for (const sendElsewhere of this.#pending) sendElsewhere(null);
      this.#pending.clear();
    });
  }
}

/** A client that can send the statements of one turn of the event loop in one write. */
export class BatchingClient extends UrlClient {
  #isBatching = false;

  /** Holds back what is sent from now on, until this turn of the event loop ends. */
  batchThisTurn(): void {
    if (this.#isBatching) return;
    this.#isBatching = true;
    // pg corks and uncorks for each statement; Node counts, and writes at the last uncork
    const { stream } = this.connection;
    stream.cork();
    setImmediate(() => {
      this.#isBatching = false;
      stream.uncork();
    });
  }
}
