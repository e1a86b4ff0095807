import { definitionOf, type DatasetName } from '@marquee/datasets';
import { DuckDBInstance, type JS } from '@duckdb/node-api';
import { asyncBufferFromUrl, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { readFileRows } from './compare-published.ts';

/** A row under the names of SQL. */
export type ExportedRow = Readonly<Record<string, unknown>>;

/** The rows of a dataset's file in the order of its key, under the names of SQL. */
export async function rowsOfFile(
  dataset: DatasetName,
  folder: string,
  rejects?: ReadonlySet<number>,
): Promise<ExportedRow[]> {
  const { columns } = definitionOf(dataset);
  const byKey = await readFileRows(dataset, folder, rejects);
  return [...byKey.entries()]
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([, json]) => {
      const row = JSON.parse(json) as Record<string, unknown>;
      return Object.fromEntries(columns.map(({ name, sql }) => [sql, row[name]]));
    });
}

/** Ids by their bytes, orderings by their value. */
function compareKeys(a: string, b: string): number {
  const [[idA = '', orderA], [idB = '', orderB]] = [a.split(' '), b.split(' ')];
  return Buffer.compare(Buffer.from(idA), Buffer.from(idB)) || Number(orderA) - Number(orderB);
}

/** The rows of a Parquet file at a URL, read by hyparquet in parts. */
export async function rowsOfParquet(url: string): Promise<ExportedRow[]> {
  const file = await asyncBufferFromUrl({ url });
  return (await parquetReadObjects({ file, compressors })) as ExportedRow[];
}

/** The rows of a query of DuckDB. @param files databases to attach, by name */
export async function rowsOfDuckDb(
  query: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Record<string, JS>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    await connection.run(`set timezone = 'UTC'`);
    for (const [name, file] of Object.entries(files))
      await connection.run(`attach '${file}' as ${name} (read_only)`);
    return (await connection.runAndReadAll(query)).getRowObjectsJS();
  } finally {
    instance.closeSync();
  }
}

/** Runs statements of DuckDB one after another. @returns the number of rows of each query */
export async function runDuckDb(statements: readonly string[]): Promise<number[]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const counts: number[] = [];
    for (const statement of statements) {
      const { currentRowCount } = await connection.runAndReadAll(statement);
      if (/^\s*(?:select|from)/u.test(statement)) counts.push(currentRowCount);
    }
    return counts;
  } finally {
    instance.closeSync();
  }
}
