import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { logFields } from '@marquee/process';
import {
  DatabaseError,
  TypeOverrides,
  types,
  type Pool,
  type PoolClient,
  type QueryConfig,
} from 'pg';
import { busy, isBusy } from '../problems/busy.ts';
import { tooSlow } from '../problems/too-slow.ts';
import type { PoolName } from './connections.ts';
import { HotStatements } from './hot-statements.ts';
import type { ReadServer } from './read-server.ts';
import type { ReadServers } from './read-servers.ts';
import { StreamSlots, type StreamClient } from './stream-slots.ts';

/** An SQL statement that each connection prepares once, under its name: one name, one text. */
export interface Statement {
  /** At most 63 bytes: PostgreSQL cuts longer names. */
  readonly name: string;
  readonly text: string;
}

/** How many rows of a stream are in memory at a time. */
const BATCH_ROWS = 1000;

/**
 * The settings of a stream. Its first batch may need a sort of the whole. A client that stops
 * reading is dropped, and no stream lasts longer than a publish waits for its lock. PostgreSQL
 * notices within a second that its client is gone, even in the middle of a sort.
 */
const STREAM_SETTINGS = `set local statement_timeout = '60s'; set local idle_in_transaction_session_timeout = '150s'; set local transaction_timeout = '10min';
  set local client_connection_check_interval = '1s'; set local cursor_tuple_fraction = 1`;

/** What all reads of a process share. */
interface DatabaseParts {
  readonly servers: ReadServers;
  readonly hotStatements: HotStatements;
  readonly streamSlots: StreamSlots;
}

/**
 * Reads of the published tables: look-ups, small hot reads, prepared reads and long streams, each
 * on connections of their own, on the primary or on a replica.
 */
export class Database {
  readonly #parts: DatabaseParts;
  readonly #signal: AbortSignal | null;

  private constructor(parts: DatabaseParts, signal: AbortSignal | null) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Reads on servers. */
  static across(servers: ReadServers): Database {
    return new Database(
      { servers, hotStatements: new HotStatements(), streamSlots: new StreamSlots() },
      null,
    );
  }

  /** How many servers this request has lost: its reads since then are on another one. */
  get lostServers(): number {
    return this.#parts.servers.lost;
  }

  /**
   * The same reads, until a signal aborts: it cancels the statement that runs, and then they throw
   * its reason. A look-up by key ends by itself.
   */
  until(signal: AbortSignal): Database {
    return new Database(this.#parts, signal);
  }

  /**
   * The rows of a statement that looks up a few rows by their keys, and so is quick with any values.
   * It costs less than {@link Database.read}.
   *
   * @throws as {@link Database.read} does
   */
  async lookUp<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    this.#signal?.throwIfAborted();
    const query = queryOf(statement, values);
    return this.#onServer(
      async (server) =>
        (await server.pipelined.query<Row>(query)) ?? this.#query<Row>(server, 'queries', query),
    );
  }

  /**
   * The rows of a small, quick statement. Integers and decimals of any size come as numbers.
   *
   * @throws ProblemException 503 when it takes more than a second, or no connection is free for as
   *   long
   */
  async read<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const query = queryOf(statement, values);
    return this.#onServer(async (server) => this.#query<Row>(server, 'queries', query));
  }

  /**
   * The rows of a statement whose plan fits any values. Each connection plans it once: planning some
   * of them takes longer (1 ms) than running them.
   *
   * @param statement without a name if it is built from parts: it gets one once it is hot
   * @throws as {@link Database.read} does
   */
  async readPrepared<Row extends object>(
    { name, text }: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const isBuilt = name === '';
    const known = isBuilt ? this.#parts.hotStatements.nameOf(text) : name;
    if (known === null) return this.read<Row>({ name, text }, values);
    return this.#onServer(async (server) =>
      isBuilt && server.pools.prepared.waitingCount > 0
        ? this.#query<Row>(server, 'queries', queryOf({ name, text }, values))
        : this.#query<Row>(server, 'prepared', queryOf({ name: known, text }, values)),
    );
  }

  async #onServer<T>(read: (server: ReadServer) => Promise<T>): Promise<T> {
    try {
      return await this.#parts.servers.read(read);
    } catch (error) {
      throw explain(error);
    }
  }

  async #query<Row extends object>(
    { pools, pipelined }: ReadServer,
    pool: PoolName,
    query: QueryConfig,
  ): Promise<Row[]> {
    if (this.#signal === null) return (await pools[pool].query<Row>(query)).rows;
    return readUntil<Row>(pools[pool], query, this.#signal, async (backend) => {
      const cancel = { name: 'cancel', text: CANCEL, values: [backend] };
      if ((await pipelined.query(cancel)) === null) await pools.queries.query(cancel);
    });
  }

  /**
   * {@link Database.batches}, one row at a time.
   *
   * @throws as {@link Database.batches} does
   */
  async *stream<Row extends object>(
    text: string,
    values: readonly unknown[],
    client: StreamClient,
    signal: AbortSignal,
  ): AsyncGenerator<Row, void, undefined> {
    for await (const batch of this.batches<Row>(text, values, client, signal)) yield* batch;
  }

  /**
   * The rows of a statement with any number of them, a batch at a time, by a server-side cursor: only
   * one batch is in memory. The query ends when the reader stops.
   *
   * @param signal ends the query at once, even while a batch is awaited
   * @throws ProblemException 429 when the client has too many streams; 503 when there are too many in
   *   all, or the first rows take more than a minute
   */
  async *batches<Row extends object>(
    text: string,
    values: readonly unknown[],
    client: StreamClient,
    signal: AbortSignal,
  ): AsyncGenerator<Row[], void, undefined> {
    const { servers, streamSlots } = this.#parts;
    const freeSlot = streamSlots.take(client);
    // a reader that abandons the answer never resumes this generator: its finally does not run
    signal.addEventListener('abort', freeSlot);
    try {
      // once its first rows are there, a stream stays on its server
      const [first, others] = await servers.read(async ({ pools }) => {
        const batches = readBatches<Row>(await pools.streams.connect(), text, values, signal);
        return [await batches.next(), batches] as const;
      });
      try {
        if (first.done !== true) yield first.value;
        yield* others;
      } finally {
        await others.return();
      }
    } catch (error) {
      throw explain(error);
    } finally {
      signal.removeEventListener('abort', freeSlot);
      freeSlot();
    }
  }
}

/** A role may cancel the statements of its own connections. */
const CANCEL = 'select pg_cancel_backend($1::int4)';

/**
 * The rows of a statement that ends when a signal aborts.
 *
 * @param cancel ends the statement of a backend, by its process id, on another connection
 * @throws the reason of the signal
 */
async function readUntil<Row extends object>(
  pool: Pool,
  query: QueryConfig,
  signal: AbortSignal,
  cancel: (backend: number) => Promise<void>,
): Promise<Row[]> {
  signal.throwIfAborted();
  // pg sets it when it connects; its types lack it
  const client = (await pool.connect()) as PoolClient & { readonly processID: number };
  let cancelling = Promise.resolve();
  const abort = (): void => {
    cancelling = cancel(client.processID).catch(() => undefined);
  };
  signal.addEventListener('abort', abort);
  let isWhole = false;
  try {
    signal.throwIfAborted();
    const { rows } = await client.query<Row>(query);
    isWhole = true;
    return rows;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    await cancelling;
    // after a fault as pools do it; and a late cancel must not end the next statement
    client.release(!isWhole || signal.aborted);
  }
}

async function* readBatches<Row extends object>(
  client: PoolClient,
  text: string,
  values: readonly unknown[],
  signal: AbortSignal,
): AsyncGenerator<Row[], void, undefined> {
  let released = false;
  const release = (broken: boolean): void => {
    if (!released) client.release(broken);
    released = true;
  };
  const abandon = (): void => release(true);
  signal.addEventListener('abort', abandon);
  let ended = false;
  try {
    signal.throwIfAborted();
    await client.query(`begin read only; ${STREAM_SETTINGS}`);
    await client.query(withRequest(`declare streamed no scroll cursor for ${text}`), [...values]);
    for (let full = true; full;) {
      const { rows } = await client.query<Row>({
        text: `fetch ${BATCH_ROWS} from streamed`,
        types: NUMBERS,
      });
      if (rows.length > 0) yield rows;
      full = rows.length === BATCH_ROWS;
    }
    await client.query('commit');
    ended = true;
  } finally {
    signal.removeEventListener('abort', abandon);
    // a reader that stops half-way leaves a transaction open: its connection is closed
    release(!ended);
  }
}

/** pg returns bigint and numeric as text, to lose nothing; our counts and ratings fit a number. */
const NUMBERS = new TypeOverrides();
NUMBERS.setTypeParser(types.builtins.INT8, Number);
NUMBERS.setTypeParser(types.builtins.NUMERIC, Number);

function queryOf({ name, text }: Statement, values: readonly unknown[]): QueryConfig {
  // one with a name is prepared once, for all requests
  const known = name === '' ? withRequest(text) : text;
  return { name, text: known, values: [...values], types: NUMBERS };
}

/** A statement that says in `pg_stat_activity` and in the log of the database which request sent it. */
function withRequest(text: string): string {
  const { request } = logFields();
  return request === undefined ? text : `/* request ${request} */ ${text}`;
}

/** A statement or a transaction that ran into its time limit, or waited too long for a lock. */
const TOO_SLOW = new Set<string | undefined>([
  SQLSTATE.queryCanceled,
  SQLSTATE.transactionTimeout,
  SQLSTATE.lockNotAvailable,
]);

function explain(error: unknown): unknown {
  if (error instanceof DatabaseError && TOO_SLOW.has(error.code)) return tooSlow();
  return isBusy(error) ? busy() : error;
}
