import { SQLSTATE } from '@marquee/postgres/sqlstates';
import type { OnApplicationShutdown } from '@nestjs/common';
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
import type { ApiTimings } from '../timings.ts';
import type { Connections, PoolName } from './connections.ts';
import { PipelinedConnections } from './pipelined-connections.ts';
import { HotStatements } from './hot-statements.ts';
import { StreamSlots, type StreamClient } from './stream-slots.ts';

/**
 * An SQL statement that is prepared once on each connection, under its name: one name, one text.
 */
export interface Statement {
  /** At most 63 bytes, as PostgreSQL keeps no more of it. */
  readonly name: string;
  readonly text: string;
}

/** A batch of this many rows is in memory at a time. */
const BATCH_ROWS = 1000;

/**
 * For one stream: a first batch may need a sort of the whole; a client that stops reading is given
 * up; and nobody stays longer than a publish would wait for. A server that loses its client notices
 * it within a second, also in the middle of a sort.
 */
const STREAM_SETTINGS = `set local statement_timeout = '60s'; set local idle_in_transaction_session_timeout = '150s'; set local transaction_timeout = '10min';
  set local client_connection_check_interval = '1s'; set local cursor_tuple_fraction = 1`;

/**
 * Reads of the published tables: look-ups, small hot reads, prepared reads and long streams, each
 * on connections of their own.
 */
export class Database implements OnApplicationShutdown {
  readonly #pools: Readonly<Record<PoolName, Pool>>;
  readonly #pipelined: PipelinedConnections;
  readonly #hotStatements = new HotStatements();
  readonly #streamSlots = new StreamSlots();

  constructor(
    { pools }: Connections,
    { pipelineStalledMs }: Pick<ApiTimings, 'pipelineStalledMs'>,
  ) {
    this.#pools = pools;
    this.#pipelined = new PipelinedConnections(pools.lookups, pipelineStalledMs);
  }

  /**
   * The rows of a statement that finds a few by their keys, and so is quick whatever is asked:
   * {@link Database.read}, for less.
   *
   * @throws as that does
   */
  async lookUp<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    return (
      (await this.#pipelined.query<Row>(queryOf(statement, values))) ??
      this.read<Row>(statement, values)
    );
  }

  /**
   * The rows of a small, quick statement. Whole numbers and decimals of any width come as numbers.
   *
   * @throws ProblemException 503 when it takes more than a second, or no connection is free for as
   *   long
   */
  async read<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return readFrom<Row>(this.#pools.queries, statement, values);
  }

  /**
   * The same for a statement whose plan is the same whatever is asked: it is planned once on each
   * connection, as for some that takes longer (1 ms) than to do them.
   *
   * @param statement without a name where it is put together from parts: it gets one when it is
   *   often asked for
   * @throws as {@link Database.read} does
   */
  async readPrepared<Row extends object>(
    { name, text }: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const isMade = name === '';
    const known = isMade ? this.#hotStatements.nameOf(text) : name;
    return known === null || (isMade && this.#pools.prepared.waitingCount > 0)
      ? this.read<Row>({ name, text }, values)
      : readFrom<Row>(this.#pools.prepared, { name: known, text }, values);
  }

  /**
   * The rows of a statement of any size, as they are read: {@link Database.batches}, one row at a
   * time.
   *
   * @throws as that does
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
   * The rows of a statement of any size, a batch at a time, by a server-side cursor: no more than a
   * batch is in memory. Ends the query when the reader stops.
   *
   * @param client whom it is for
   * @param signal ends the query at once, also while a batch is being waited for
   * @throws ProblemException 429 when too many streams are going on for the client; 503 when too many
   *   are in all, or the first rows take more than a minute
   */
  async *batches<Row extends object>(
    text: string,
    values: readonly unknown[],
    client: StreamClient,
    signal: AbortSignal,
  ): AsyncGenerator<Row[], void, undefined> {
    const end = this.#streamSlots.take(client);
    // whoever takes no more than the head of an answer leaves this where it is: nothing comes after
    // the next yield then
    signal.addEventListener('abort', end);
    try {
      yield* readBatches<Row>(await this.#pools.streams.connect(), text, values, signal);
    } catch (error) {
      throw explain(error);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  /** Nest calls it after the last answer; the pools close with {@link Connections}. */
  onApplicationShutdown(): void {
    this.#pipelined.close();
  }
}

async function readFrom<Row extends object>(
  pool: Pool,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    const { rows } = await pool.query<Row>(queryOf(statement, values));
    return rows;
  } catch (error) {
    throw explain(error);
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
    await client.query(`declare streamed no scroll cursor for ${text}`, [...values]);
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
    // whoever stops half-way leaves a transaction open: the connection goes with it, as it would in
    // the middle of a batch
    release(!ended);
  }
}

/** bigint and numeric come as text, to lose nothing; counts, votes and ratings fit a number. */
const NUMBERS = new TypeOverrides();
NUMBERS.setTypeParser(types.builtins.INT8, Number);
NUMBERS.setTypeParser(types.builtins.NUMERIC, Number);

function queryOf({ name, text }: Statement, values: readonly unknown[]): QueryConfig {
  return { name, text, values: [...values], types: NUMBERS };
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
