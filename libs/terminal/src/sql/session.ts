import { SEARCH_PATH } from '@marquee/stack';
import { Client, type CustomTypesConfig, type FieldDef } from 'pg';
import Cursor from 'pg-cursor';

/** How many rows are in memory at a time. */
const BATCH_ROWS = 500;
const CONNECT_TIMEOUT_MS = 10_000;

/** Values as PostgreSQL writes them: `t`, `{Drama,War}`, `2026-08-15`. */
const AS_TEXT: CustomTypesConfig = {
  getTypeParser: () => (value: string | Buffer) => String(value),
};

export type SqlRow = readonly unknown[];

/** What a statement did, as PostgreSQL tags it. */
interface Completed {
  /** Such as SELECT or INSERT. */
  readonly command: string;
  readonly rowCount: number | null;
  /** Whether it returns rows, even if there are none. */
  readonly hasRows: boolean;
}

interface StatementOptions {
  readonly values?: readonly unknown[];
  /** Whether values are parsed, as for JSON, or stay texts. */
  readonly isParsed?: boolean;
  /** Receives the rows, some at a time; also once without any, for the names of the columns. */
  readonly onRows: (fields: readonly FieldDef[], rows: readonly SqlRow[]) => Promise<void>;
}

/** A connection for statements of a user. */
export class SqlSession {
  readonly #client: Client;
  readonly #url: string;
  /** The process of PostgreSQL that serves the connection. */
  readonly #pid: number;

  private constructor(client: Client, url: string, pid: number) {
    this.#client = client;
    this.#url = url;
    this.#pid = pid;
  }

  /** @throws what pg throws if the database does not answer */
  static async open(url: URL): Promise<SqlSession> {
    const client = clientOf(url.href);
    await client.connect();
    // an error between statements, such as an end of the server: the next statement reports it
    client.on('error', () => undefined);
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new SqlSession(client, url.href, rows[0]?.pid ?? 0);
  }

  /**
   * Runs a statement, and hands on its rows as they come.
   *
   * @throws DatabaseError of PostgreSQL
   */
  async run(
    statement: string,
    { values = [], isParsed = false, onRows }: StatementOptions,
  ): Promise<Completed> {
    const types = isParsed ? {} : { types: AS_TEXT };
    const cursor = this.#client.query(
      new Cursor<SqlRow>(statement, [...values], { rowMode: 'array', ...types }),
    );
    try {
      for (;;) {
        const { rows, result } = await readBatch(cursor);
        const { command, rowCount, fields } = result;
        const hasRows = fields.length > 0;
        if (hasRows) await onRows(fields, rows);
        if (rows.length < BATCH_ROWS) return { command, rowCount, hasRows };
      }
    } finally {
      await cursor.close();
    }
  }

  /** Cancels the statement that runs; `run` then throws. */
  async cancel(): Promise<void> {
    const other = clientOf(this.#url);
    await other.connect();
    try {
      await other.query('select pg_cancel_backend($1::int)', [this.#pid]);
    } finally {
      await other.end();
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

interface Batch {
  readonly rows: readonly SqlRow[];
  readonly result: Omit<Completed, 'hasRows'> & { readonly fields: readonly FieldDef[] };
}

/** The promise of a cursor's `read` has only the rows; its callback has the columns too. */
async function readBatch(cursor: Cursor<SqlRow>): Promise<Batch> {
  return new Promise((resolve, reject) => {
    cursor.read(BATCH_ROWS, (error, rows, result) => {
      if (error instanceof Error) reject(error);
      else resolve({ rows, result });
    });
  });
}

function clientOf(url: string): Client {
  return new Client({
    connectionString: url,
    application_name: 'marquee sql',
    options: SEARCH_PATH,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
}
