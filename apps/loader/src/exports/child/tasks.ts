import type { Connection } from '../../database/connection.ts';
import type { SerializedError } from '../../load/thread/serialized-error.ts';

/** Writes the rows of a statement into a Parquet file. */
export interface ParquetTask {
  readonly kind: 'parquet';
  readonly connection: Connection;
  /** Run one after another, before the transaction. */
  readonly before: readonly string[];
  /** A statement that returns one text, in the transaction of the copy, and the text it must be. */
  readonly guard: { readonly statement: string; readonly expected: string };
  /** A query whose rows are copied as CSV. */
  readonly query: string;
  /** The columns of the CSV in order, and DuckDB's type of each. */
  readonly csv: Readonly<Record<string, string>>;
  /** DuckDB's query that makes the rows of the file of the table `csv`. */
  readonly select: string;
  /** Rows of a row group: readers skip whole groups, and the writer holds one in memory. */
  readonly rowGroupRows: number;
  /** Key-value metadata of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly file: string;
}

/** A table of a database file. */
export interface DatabaseTable {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly comment: string;
  }[];
  /** Columns that identify a row, by which the rows are sorted. */
  readonly key: readonly string[];
  /** Further lists of columns to be found by. */
  readonly indexes: readonly (readonly string[])[];
  /** Its Parquet file. */
  readonly parquet: string;
}

/** Writes Parquet files into one database file. */
export interface DatabaseTask {
  readonly kind: 'duckdb' | 'sqlite';
  readonly tables: readonly DatabaseTable[];
  readonly file: string;
}

export type ExportTask = ParquetTask | DatabaseTask;

/** A file that a task has made. */
export interface MadeFile {
  readonly rows: number;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** The child's answer to a task. */
export type TaskAnswer = { readonly made: MadeFile } | { readonly error: SerializedError };

/** The code of the error when something was published since the plan was made. */
export const SUPERSEDED = 'superseded';
