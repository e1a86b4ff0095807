import { createPool } from '@marquee/catalogue';
import type { SqlRequest, SqlRows } from '@marquee/contract';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { ConfigError } from '@marquee/process';
import type { OnApplicationShutdown } from '@nestjs/common';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { ApiConfig } from '../../config.ts';
import { busy, isBusy } from '../../problems/busy.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** How long a statement may take, in ms. */
const STATEMENT_MS = 10_000;
/** Statements at a time in a process; the others wait as long as one may take. */
const MAX_STATEMENTS = 2;
/** The longest row, in characters of JSON. */
const MAX_ROW = 20_000;

/**
 * The database as the role that only reads; null where statements are switched off.
 *
 * @throws ConfigError if they are switched on, and the database is not known
 */
export function readerUrlOf({
  API_SQL,
  READER_DATABASE_URL,
}: Pick<ApiConfig, 'API_SQL' | 'READER_DATABASE_URL'>): string | null {
  if (API_SQL === 'false') return null;
  if (READER_DATABASE_URL !== undefined) return READER_DATABASE_URL;
  throw new ConfigError(
    'The API does not start: API_SQL is true, and READER_DATABASE_URL is not set. Set it to the URL of the database as marquee_reader.',
  );
}

/** Runs statements of people as the role marquee_reader, which can write nothing. */
export class ReaderSql implements OnApplicationShutdown {
  readonly #pool: Pool | null;

  /** @param url of the database, as the reader; null where statements are switched off */
  constructor(url: string | null, onError: (error: Error) => void) {
    this.#pool =
      url === null
        ? null
        : createPool(url, 'marquee sql over http', onError, {
            max: MAX_STATEMENTS,
            connectionTimeoutMillis: STATEMENT_MS,
            statement_timeout: STATEMENT_MS,
            settings: '-c default_transaction_read_only=on -c search_path=imdb,public',
          });
  }

  /**
   * The first rows of a select. It runs as a subquery: so it can be no other command, its rows are
   * counted and measured by PostgreSQL, and no large result reaches this process.
   *
   * @throws ProblemException 400 for a statement that PostgreSQL rejects, 403 where statements are
   *   switched off, 503 after the time limit
   */
  async read({ statement, limit }: SqlRequest): Promise<SqlRows> {
    if (this.#pool === null) throw switchedOff();
    const text = statement.trim().replace(/;$/u, '');
    // the line break ends a comment
    const asked = `(${text}\n) as asked`;
    const client = await connect(this.#pool);
    try {
      // a text that is one statement by itself cannot close the parenthesis below. A query with a
      // name takes one statement alone
      await client.query({ name: 'one statement', text: `prepare asked as ${text}` });
      // plans it, and runs nothing
      const { fields } = await client.query(`select * from ${asked} limit 0`);
      // the fields of row() are f1, f2 …: columns of a statement may have equal names
      const { rows } = await client.query<{ row: string }>(
        `select left(row_to_json(row(asked.*))::text, ${MAX_ROW + 1}) as row from ${asked} limit ${limit + 1}`,
      );
      const columns = fields.map(({ name }) => name);
      const texts = rows.map(({ row }) => row);
      return rowsOf(columns, texts.slice(0, limit), texts.length > limit);
    } catch (error) {
      throw explain(error);
    } finally {
      // what a statement has set ends with its connection
      client.release(true);
    }
  }

  /** Whether statements are switched on. */
  get isOn(): boolean {
    return this.#pool !== null;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool?.end();
  }
}

/** @throws ProblemException 503 if no connection becomes free in time */
async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw isBusy(error) ? busy() : error;
  }
}

/** @param rows JSON objects, whose keys are in the order of the columns */
function rowsOf(columns: string[], rows: readonly string[], hasMore: boolean): SqlRows {
  const long = rows.findIndex((row) => row.length > MAX_ROW);
  if (long >= 0)
    throw badStatement(
      `Row ${long + 1} has more than ${MAX_ROW.toLocaleString('en')} characters.`,
      'Select fewer columns, or parts of them: left(column, 200).',
    );
  const records = rows.map((row) => JSON.parse(row) as Record<string, unknown>);
  return { columns, rows: records.map(Object.values<unknown>), hasMore };
}

/** Classes of errors that a statement is the cause of; others are those of the server. */
const OF_STATEMENTS = /^(?:0A|2\d|3\w|42|44|53200|53400|54|55000|P0)/u;

function explain(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (error.code === SQLSTATE.queryCanceled)
    return new ProblemException({
      status: 503,
      code: 'too-slow',
      detail: `The statement took longer than ${STATEMENT_MS / 1000} seconds.`,
      hint: 'Narrow it by a condition that an index serves: ids, or the series of episodes.',
    });
  return OF_STATEMENTS.test(error.code ?? '')
    ? badStatement(
        `PostgreSQL rejects the statement: ${error.message}.`,
        error.hint ?? 'It must be one select. The tables are those of schema imdb.',
      )
    : error;
}

function badStatement(detail: string, hint: string): ProblemException {
  return new ProblemException({ status: 400, code: 'bad-statement', detail, hint });
}

function switchedOff(): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'sql-off',
    detail: 'SQL over HTTP is switched off on this server.',
    hint: 'Its operator switches it on with API_SQL=true.',
  });
}
