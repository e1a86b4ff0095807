import { createPool } from '@marquee/catalogue';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  DatabaseError,
  TypeOverrides,
  types,
  type Pool,
  type PoolClient,
  type PoolConfig,
  type QueryConfig,
} from 'pg';
import { ProblemException } from '../problems/problem-exception.ts';
import { tooSlow } from '../problems/too-slow.ts';
import type { ApiTimings } from '../timings.ts';
import { PipelinedConnections } from './pipelined-connections.ts';
import { HotStatements } from './hot-statements.ts';
import { MAX_STREAMS, StreamSlots, type StreamClient } from './stream-slots.ts';

/**
 * An SQL statement that is prepared once on each connection, under its name: one name, one text.
 */
export interface Statement {
  /** At most 63 bytes, as PostgreSQL keeps no more of it. */
  readonly name: string;
  readonly text: string;
}

/** A read that is one of many each second: whatever takes longer would take others' connections. */
const READS = {
  max: 16,
  min: 2,
  idleTimeoutMillis: 60_000,
  connectionTimeoutMillis: 1000,
  statement_timeout: 1000,
  lock_timeout: 1000,
} satisfies PoolConfig;

/**
 * To start a parallel worker, or to compile, takes longer than such a read: a filmography of 1,000
 * credits 6 ms alone and 30 with a worker.
 */
const READ_SETTINGS = '-c max_parallel_workers_per_gather=0 -c jit=off';

/**
 * Connections for reads whose plan is the same whatever is asked: few, as each keeps all of these
 * plans. Where all are in use, lists that are put together from parts go to the reads above;
 * searches and what they find, of which planning is most of the work, wait.
 */
const MAX_PREPARED = 8;
const PLANNED_ONCE = '-c plan_cache_mode=force_generic_plan';

const STREAMS = {
  max: MAX_STREAMS,
  connectionTimeoutMillis: 5000,
  lock_timeout: 5000,
} satisfies PoolConfig;

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
 * The published tables, for reading: look-ups, small hot reads, those that are planned once, and
 * long streams, each on connections of their own.
 */
export class Database implements OnApplicationShutdown {
  readonly #lookUps: Pool;
  readonly #lines: PipelinedConnections;
  readonly #reads: Pool;
  readonly #prepared: Pool;
  readonly #oftenAsked = new HotStatements();
  readonly #streams: Pool;
  readonly #streamPlaces = new StreamSlots();

  /** @param onError is told of connections that were lost */
  constructor(
    url: string,
    onError: (error: Error) => void,
    { pipelineStalledMs }: Pick<ApiTimings, 'pipelineStalledMs'>,
  ) {
    this.#lookUps = createPool(url, 'marquee api look-ups', onError);
    this.#reads = createPool(url, 'marquee api reads', onError);
    this.#prepared = createPool(url, 'marquee api prepared reads', onError);
    this.#streams = createPool(url, 'marquee api streams', onError);
    // the pools make their connections by these when they need one
    for (const pool of [this.#lookUps, this.#reads, this.#prepared])
      Object.assign(pool.options, READS, {
        options: `${pool.options.options ?? ''} ${READ_SETTINGS}`,
      });
    Object.assign(this.#prepared.options, {
      max: MAX_PREPARED,
      options: `${this.#prepared.options.options ?? ''} ${PLANNED_ONCE}`,
    });
    this.#lines = new PipelinedConnections(this.#lookUps, pipelineStalledMs);
    Object.assign(this.#streams.options, STREAMS);
  }

  /** The connections, by what they are for; for whoever watches them. */
  get pools(): Readonly<Record<'lookups' | 'reads' | 'prepared' | 'streams', Pool>> {
    return {
      lookups: this.#lookUps,
      reads: this.#reads,
      prepared: this.#prepared,
      streams: this.#streams,
    };
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
      (await this.#lines.ask<Row>(queryOf(statement, values))) ?? this.read<Row>(statement, values)
    );
  }

  /**
   * The rows of a small, quick statement. Whole numbers and decimals of any width come as numbers.
   *
   * @throws ProblemException 503 when it takes more than a second, or no connection is free for as
   *   long
   */
  async read<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return readFrom<Row>(this.#reads, statement, values);
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
    const known = isMade ? this.#oftenAsked.nameOf(text) : name;
    return known === null || (isMade && this.#prepared.waitingCount > 0)
      ? this.read<Row>({ name, text }, values)
      : readFrom<Row>(this.#prepared, { name: known, text }, values);
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
    const end = this.#streamPlaces.take(client);
    // whoever takes no more than the head of an answer leaves this where it is: nothing comes after
    // the next yield then
    signal.addEventListener('abort', end);
    try {
      yield* readBatches<Row>(await this.#streams.connect(), text, values, signal);
    } catch (error) {
      throw explain(error);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  /** Nest calls it when the server has answered all that was under way. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([
      this.#lines.end(),
      this.#reads.end(),
      this.#prepared.end(),
      this.#streams.end(),
    ]);
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

/** A statement that ran into its time limit, or the transaction, or one that waited for a lock. */
const TOO_SLOW = new Set<string>([
  SQLSTATE.queryCanceled,
  SQLSTATE.transactionTimeout,
  SQLSTATE.lockNotAvailable,
]);

/** What pg-pool says, without a code, when no connection became free in time. */
const NO_CONNECTION = 'timeout exceeded when trying to connect';

function explain(error: unknown): unknown {
  if (error instanceof DatabaseError && TOO_SLOW.has(error.code ?? '')) {
    return tooSlow();
  }
  if (error instanceof Error && error.message === NO_CONNECTION) {
    return new ProblemException({
      status: 503,
      code: 'busy',
      detail: 'All connections to the database are in use.',
      hint: 'Try again in a few seconds.',
    });
  }
  return error;
}
