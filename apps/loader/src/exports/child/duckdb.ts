import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/**
 * DuckDB keeps its buffers within this; with Node, a child takes about twice as much at its peak.
 * What does not fit is spilled into the folder of the file.
 */
const MEMORY_LIMIT = '200MB';

/**
 * Works with a DuckDB in memory that spills beside a file. It never loads extensions from the
 * network: those that the npm package has built in suffice.
 *
 * @param threads with one, a Parquet file takes a quarter less processor time and two thirds of the
 *   memory; PostgreSQL and Node keep the other core busy
 */
export async function withDuckDb<T>(
  file: string,
  work: (connection: DuckDBConnection) => Promise<T>,
  threads = 1,
): Promise<T> {
  const spill = join(dirname(file), 'spill');
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    threads: String(threads),
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await connection.run(`set timezone = 'UTC'`);
    return await work(connection);
  } finally {
    instance.closeSync();
    rmSync(spill, { recursive: true, force: true });
  }
}

/** A text as a literal of SQL, in DuckDB and SQLite. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The number of rows that a statement such as `copy … to` has written. */
export async function countOf(connection: DuckDBConnection, statement: string): Promise<number> {
  const reader = await connection.runAndReadAll(statement);
  return Number(reader.getRows()[0]?.[0] ?? 0);
}
