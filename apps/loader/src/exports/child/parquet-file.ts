import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { connectTo } from '../../database/connection.ts';
import { countOf, literal, withDuckDb } from './duckdb.ts';
import { SUPERSEDED, type ParquetTask } from './tasks.ts';

/**
 * The longest row of CSV in bytes. A line of a dataset has at most 1 MiB, which escapes can make six
 * times as long.
 */
const MAX_ROW_BYTES = 16 * 1024 * 1024;

/**
 * Writes the rows of a query into a Parquet file: `copy … to stdout` as CSV, through a FIFO, into
 * DuckDB's reader. So the file has what readers of the table see, and no row is held in Node.
 *
 * @returns the number of rows
 * @throws an error with the code {@link SUPERSEDED} when something else is published now, or a
 *   publish needs the table
 */
export async function writeParquetFile(task: ParquetTask): Promise<number> {
  const client = await connectTo(task.connection);
  try {
    for (const statement of task.before) await client.query(statement);
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{ is: string }>(task.guard.statement);
    if (rows[0]?.is !== task.guard.expected) throw superseded();
    const written = await copyThroughFifo(client, task);
    await client.query('commit');
    await client.end();
    return written;
  } catch (error) {
    // the loader kills this process after an error, which closes the connection: a clean end would
    // wait for the copy
    throw isCanceled(error) ? superseded() : error;
  }
}

async function copyThroughFifo(client: Client, task: ParquetTask): Promise<number> {
  const fifo = `${task.file}.csv`;
  // Node has no function for it
  await promisify(execFile)('mkfifo', [fifo]);
  try {
    const copied = client.query(copyTo(`copy (${task.query}) to stdout (format csv)`));
    const sent = pipeline(copied, createWriteStream(fifo, { highWaterMark: 1024 * 1024 }));
    sent.catch(() => undefined);
    // an error of DuckDB is thrown at once; one of PostgreSQL after DuckDB has read to the end
    const rows = await withDuckDb(task.file, async (duckDb) =>
      countOf(duckDb, copyStatement(task, fifo)),
    );
    await sent;
    if (rows !== copied.rowCount)
      throw new Error(
        `DuckDB has read ${rows} rows where PostgreSQL has sent ${copied.rowCount}: ${task.query}`,
      );
    return rows;
  } finally {
    await rm(fifo, { force: true });
  }
}

/** In CSV, PostgreSQL writes null as nothing, and an empty text in quotes. */
function copyStatement({ csv, select, rowGroupRows, metadata, file }: ParquetTask, fifo: string) {
  const columns = Object.entries(csv).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}: ${literal(value)}`);
  return `
    copy (
      with csv as (
        select * from read_csv(
          ${literal(fifo)}, columns = {${columns.join(', ')}}, auto_detect = false, header = false, parallel = false,
          delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,
          max_line_size = ${MAX_ROW_BYTES}, buffer_size = ${2 * MAX_ROW_BYTES}
        )
      )
      ${select}
    ) to ${literal(file)} (
      format parquet, compression zstd, row_group_size ${rowGroupRows}, kv_metadata {${pairs.join(', ')}}
    )`;
}

function superseded(): Error {
  return Object.assign(new Error('Something was published since the export began.'), {
    code: SUPERSEDED,
  });
}

/** The SQLSTATE of `pg_cancel_backend`. */
function isCanceled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}
