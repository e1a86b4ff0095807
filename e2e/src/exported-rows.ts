import { definitionOf, type DatasetName } from '@marquee/datasets';
import { DuckDBInstance, type DuckDBConnection, type JS } from '@duckdb/node-api';
import { asyncBufferFromUrl, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { beforeAll } from 'vitest';
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

/** A DuckDB for the tests of a file, which spares each query its start. */
export function useDuckDb() {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
    await connection.run(`set timezone = 'UTC'`);
    return () => instance.closeSync();
  });
  return {
    async run(statement: string): Promise<void> {
      await connection.run(statement);
    },
    async rows(query: string): Promise<Record<string, JS>[]> {
      return (await connection.runAndReadAll(query)).getRowObjectsJS();
    },
  };
}
