import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES, definitionOf, fileNameOf, parseRow, type DatasetName } from '@marquee/datasets';
import type { Pool } from 'pg';
import { expect } from 'vitest';

/** How many differences are shown; the first few say enough. */
const SHOWN = 5;

/**
 * Compares a published table with a file, row by row and column by column. What the loader rejected, by its own account, must not be in the table;
 * everything else must.
 *
 * @returns rows compared
 */
export async function expectPublished(pool: Pool, dataset: DatasetName, folder: string): Promise<number> {
  const { rows: rejects } = await pool.query<{ line: string }>(
    `select r.line from ingest.reject r join ingest.data_control d using (dataset, run_id, snapshot_id) where dataset = $1`,
    [dataset],
  );
  const rejected = new Set(rejects.map(({ line }) => Number(line)));
  const inFile = await readFileRows(dataset, folder, rejected);
  const inTable = await readTableRows(pool, dataset);
  const differences: unknown[] = [];
  for (const [key, row] of inFile) {
    if (differences.length < SHOWN && inTable.get(key) !== row) differences.push({ file: row, table: inTable.get(key) });
  }
  for (const [key, row] of inTable) {
    if (differences.length < SHOWN && !inFile.has(key)) differences.push({ file: undefined, table: row });
  }
  expect(differences).toEqual([]);
  expect(inTable.size).toBe(inFile.size);
  return inTable.size;
}

/** Compares every dataset that has a file in the folder. */
export async function expectAllPublished(pool: Pool, folder: string, datasets: readonly DatasetName[] = DATASET_NAMES): Promise<void> {
  for (const dataset of datasets) await expectPublished(pool, dataset, folder);
}

async function readFileRows(dataset: DatasetName, folder: string, rejected: ReadonlySet<number>): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  let line = 0;
  // split at newlines only: readline would also split at a lone carriage return
  for await (const text of linesOf(join(folder, fileNameOf(dataset)))) {
    line++;
    if (line === 1 || rejected.has(line)) continue;
    const row = parseRow(dataset, text);
    rows.set(keyOf(dataset, row), JSON.stringify(row));
  }
  return rows;
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
  const select = columns.map(({ name, sql, type }) => `${sql}${type === 'decimal' ? '::float8' : ''} as "${name}"`).join(', ');
  const { rows } = await pool.query<Record<string, unknown>>(`select ${select} from ${tableOf(dataset, 'imdb')}`);
  return new Map(rows.map((row) => [keyOf(dataset, row), JSON.stringify(row)]));
}

function keyOf(dataset: DatasetName, row: Record<string, unknown>): string {
  return definitionOf(dataset)
    .key.map((name) => String(row[name]))
    .join(' ');
}
