import { isDeepStrictEqual } from 'node:util';
import type { ExportFile, ExportManifest, ExportTable } from '@marquee/contract';
import type { PathStore } from '@marquee/snapshots';
import type { Pool } from 'pg';
import type { WantedExport } from './export-records.ts';
import { EXPORT_TABLES, type ExportTableDefinition, type RowSource } from './export-tables.ts';
import type { PublishedState } from './published-state.ts';
import { changesSince, movieChangesSince, type TableChanges } from './table-changes.ts';

/** A Parquet file to be written. */
export interface PlannedFile {
  readonly name: string;
  readonly kind: 'table' | 'changes';
  readonly table: string;
  readonly path: string;
  readonly sortedBy: readonly string[];
  readonly source: RowSource;
  readonly comment: string;
  /** The expected number of rows. */
  readonly rows: number;
}

/** What an export consists of. */
export interface ExportPlan {
  readonly id: string;
  readonly previous: ExportManifest | null;
  readonly state: PublishedState;
  readonly tables: readonly ExportTable[];
  /** Files of earlier exports that have the same rows. */
  readonly kept: readonly ExportFile[];
  readonly written: readonly PlannedFile[];
}

/**
 * Plans an export of what is published: which tables are written, which files of the previous export
 * have the same rows, and which changes lead from that export to this one.
 */
export async function planExport(
  pool: Pool,
  store: PathStore,
  { id }: Pick<WantedExport, 'id'>,
  previous: ExportManifest | null,
  state: PublishedState,
): Promise<ExportPlan> {
  const tables: ExportTable[] = [];
  const kept: ExportFile[] = [];
  const written: PlannedFile[] = [];
  for (const definition of EXPORT_TABLES) {
    const described = describeTable(definition, state);
    if (described === null) continue;
    const changes = await changesOf(pool, previous, definition, state);
    tables.push({ ...described, changes: changes.changes });
    const same =
      changes.changes === 'unchanged' ? await findSame(store, previous, definition) : null;
    if (same === null) written.push(tableFile(id, definition, described.rows));
    else kept.push(same);
    if (changes.changes === 'file') written.push(changesFile(id, definition, changes));
  }
  return { id, previous, state, tables, kept, written };
}

/** What is published of a table; null for a dataset of which nothing is. */
function describeTable(
  { name, dataset }: ExportTableDefinition,
  state: PublishedState,
): Omit<ExportTable, 'changes'> | null {
  if (dataset === null) {
    const rows = name === 'movies' ? state.movies : state.redirects;
    return { name, dataset, snapshot: null, run: null, publishedAt: null, rows };
  }
  const published = state.datasets.find((one) => one.dataset === dataset);
  if (published === undefined) return null;
  const { snapshot, run, publishedAt, rows } = published;
  return { name, dataset, snapshot, run, publishedAt, rows };
}

async function changesOf(
  pool: Pool,
  previous: ExportManifest | null,
  { name, dataset }: ExportTableDefinition,
  state: PublishedState,
): Promise<TableChanges> {
  if (dataset === null) {
    const changes = movieChangesSince(previous, state);
    // redirects have no change log: take the whole table
    return name === 'movies' || changes.changes !== 'file' ? changes : { changes: 'reloaded' };
  }
  const published = state.datasets.find((one) => one.dataset === dataset);
  return published === undefined ? { changes: 'first' } : changesSince(pool, previous, published);
}

/** The previous export's file of a table, if it has this version's columns and is still in the store. */
async function findSame(
  store: PathStore,
  previous: ExportManifest | null,
  { name, columns, key }: ExportTableDefinition,
): Promise<ExportFile | null> {
  const file = previous?.files.find(({ table, kind }) => table === name && kind === 'table');
  if (file === undefined) return null;
  const isSame = isDeepStrictEqual([file.columns, file.sortedBy], [columns, key]);
  return isSame && (await store.sizeOf(file.path)) === file.bytes ? file : null;
}

function tableFile(id: string, definition: ExportTableDefinition, rows: number): PlannedFile {
  const { name, comment, key } = definition;
  const file = `${name}.parquet`;
  const path = `exports/${name}/${id}/${file}`;
  return {
    name: file,
    kind: 'table',
    table: name,
    path,
    sortedBy: key,
    source: definition,
    comment,
    rows,
  };
}

/** Folders by day are partitions of a table of changes for Hive, Athena, Spark and Trino. */
function changesFile(
  id: string,
  { name, comment }: ExportTableDefinition,
  { source, rows }: Extract<TableChanges, { changes: 'file' }>,
): PlannedFile {
  const day = `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}`;
  return {
    name: `${name}.changes.parquet`,
    kind: 'changes',
    table: name,
    path: `exports/changes/${name}/day=${day}/${id}.parquet`,
    sortedBy: ['change_id'],
    source,
    comment: `Changes since the previous export of: ${comment}`,
    rows,
  };
}
