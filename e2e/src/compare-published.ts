import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { tableOf } from '@marquee/catalogue';
import { definitionOf, fileNameOf, parseRow, type DatasetName, type Row } from '@marquee/datasets';
import type { Pool } from 'pg';

/** Number of differences to report. */
const MAX_SHOWN = 5;

/** The result of comparing a published table with a file. */
export interface Comparison {
  /** The first few differing rows as JSON; undefined if one side lacks the row. */
  readonly differences: readonly {
    readonly file: string | undefined;
    readonly table: string | undefined;
  }[];
  readonly rowsInFile: number;
  readonly rowsInTable: number;
}

/**
 * Compares a published table with a file by row and column. Rows that the loader recorded as
 * rejects must be missing in the table; all others must be there.
 */
export async function comparePublished(
  pool: Pool,
  dataset: DatasetName,
  folder: string,
): Promise<Comparison> {
  const { rows: rejects } = await pool.query<{ line: string }>(
    `select r.line from ingest.reject r join ingest.data_control d using (dataset, run_id, snapshot_id) where dataset = $1`,
    [dataset],
  );
  const inFile = await readFileRows(
    dataset,
    folder,
    new Set(rejects.map(({ line }) => Number(line))),
  );
  const inTable = await readTableRows(pool, dataset);
  const differences: { file: string | undefined; table: string | undefined }[] = [];
  for (const [key, file] of inFile) {
    const table = inTable.get(key);
    if (differences.length < MAX_SHOWN && table !== file) differences.push({ file, table });
  }
  for (const [key, table] of inTable) {
    if (differences.length < MAX_SHOWN && !inFile.has(key))
      differences.push({ file: undefined, table });
  }
  return { differences, rowsInFile: inFile.size, rowsInTable: inTable.size };
}

/** Rows of a file as JSON by key, without the given lines; the header is line 1. */
export async function readFileRows(
  dataset: DatasetName,
  folder: string,
  without: ReadonlySet<number> = new Set(),
): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  let line = 0;
  // split at newlines only: readline would also split at a lone carriage return
  for await (const text of linesOf(join(folder, fileNameOf(dataset)))) {
    line++;
    if (line === 1 || without.has(line)) continue;
    const row = parseRow(dataset, text);
    rows.set(keyOf(dataset, row), JSON.stringify(row));
  }
  return rows;
}

/** The rows of a file. */
export async function readRows<D extends DatasetName>(
  dataset: D,
  folder: string,
): Promise<Row<D>[]> {
  return [...(await readFileRows(dataset, folder)).values()].map(
    (json) => JSON.parse(json) as Row<D>,
  );
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of createReadStream(path).pipe(createGunzip())) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function readTableRows(pool: Pool, dataset: DatasetName): Promise<Map<string, string>> {
  const { columns } = definitionOf(dataset);
  const select = columns
    .map(({ name, sql, type }) => `${sql}${type === 'decimal' ? '::float8' : ''} as "${name}"`)
    .join(', ');
  const { rows } = await pool.query<Record<string, unknown>>(
    `select ${select} from ${tableOf(dataset, 'imdb')}`,
  );
  return new Map(rows.map((row) => [keyOf(dataset, row), JSON.stringify(row)]));
}

function keyOf(dataset: DatasetName, row: Record<string, unknown>): string {
  return definitionOf(dataset)
    .key.map((name) => String(row[name]))
    .join(' ');
}
