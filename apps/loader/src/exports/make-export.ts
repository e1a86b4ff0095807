import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MANIFEST_VERSION, type ExportFile, type ExportManifest } from '@marquee/contract';
import type { PathStore } from '@marquee/snapshots';
import type { Pool } from 'pg';
import { connectionOf, EXPORT_SESSION } from '../database/connection.ts';
import { PUBLISH_LOCK } from '../publish/publish.ts';
import type { DatabaseTable, DatabaseTask } from './child/tasks.ts';
import { planExport, type ExportPlan, type PlannedFile } from './export-plan.ts';
import { ExportProcess } from './export-process.ts';
import { readNewestManifest, recordProgress, type WantedExport } from './export-records.ts';
import { EXPORT_TABLES } from './export-tables.ts';
import { PUBLISHED_RUNS, readPublishedState } from './published-state.ts';

export interface ExportParts {
  readonly pool: Pool;
  readonly store: PathStore;
}

/** A file of an export in the work folder, or in an earlier export. */
interface ReadyFile {
  readonly file: ExportFile;
  /** Null for one of an earlier export. */
  readonly made: string | null;
}

/** The folder of manifests in the store. */
export const MANIFESTS = 'exports/manifests/';

/** The file names of the databases of all tables. */
const DATABASES = {
  duckdb: 'marquee.duckdb',
  sqlite: 'marquee.sqlite',
} as const satisfies Record<DatabaseTask['kind'], string>;

/** Run between two tables: a publish that wants its lock goes first. See also `endExports`. */
const AFTER_PUBLISH = [
  `select pg_advisory_lock_shared(hashtext('${PUBLISH_LOCK}'))`,
  `select pg_advisory_unlock_shared(hashtext('${PUBLISH_LOCK}'))`,
];

/**
 * Makes an export: writes its files into the work folder, adds them to the store, and at last the
 * manifest, with which it exists.
 *
 * @returns its manifest; null if a publish requested it and the previous export has the same rows: that
 *   one was superseded by the publish and started again
 * @throws Error with the code `superseded` when something was published meanwhile
 */
export async function makeExport(
  { pool, store }: ExportParts,
  wanted: WantedExport,
  signal: AbortSignal,
): Promise<ExportManifest | null> {
  const work = join(await store.workFolder(), wanted.id);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const plan = await planExport(
      pool,
      store,
      wanted,
      await readNewestManifest(pool),
      await readPublishedState(pool),
    );
    if (isUnneeded(plan, wanted)) return null;
    const progress = new Progress(pool, plan, wanted);
    await using child = new ExportProcess(work, signal);
    const ready: ReadyFile[] = plan.kept.map((file) => ({ file, made: null }));
    for (const planned of plan.written) {
      await progress.begin(planned.name);
      ready.push(await writePlanned(pool, child, plan, planned, work));
      progress.end(planned.rows);
    }
    for (const format of ['duckdb', 'sqlite'] as const) {
      if (!wanted.formats.includes(format)) continue;
      await progress.begin(DATABASES[format]);
      ready.push(await writeDatabase(store, child, plan, format, ready, work));
    }
    return await publishFiles(store, plan, wanted, ready, work, signal);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function isUnneeded({ previous, written }: ExportPlan, { formats, requestedBy }: WantedExport) {
  return (
    requestedBy === 'publish' &&
    written.length === 0 &&
    formats.every((format) => previous?.formats.includes(format))
  );
}

/** Counts the written rows, and records them as the progress of the export. */
class Progress {
  readonly #pool: Pool;
  readonly #id: string;
  readonly #total: number;
  #done = 0;

  constructor(pool: Pool, plan: ExportPlan, { id, formats }: WantedExport) {
    const ofTables = plan.tables.reduce((sum, { rows }) => sum + rows, 0);
    const ofFiles = plan.written.reduce((sum, { rows }) => sum + rows, 0);
    this.#pool = pool;
    this.#id = id;
    this.#total = ofFiles + ofTables * (formats.length - 1);
  }

  async begin(phase: string): Promise<void> {
    const counts = { phase, rowsDone: this.#done, rowsTotal: this.#total };
    await recordProgress(this.#pool, this.#id, counts);
  }

  end(rows: number): void {
    this.#done += rows;
  }
}

async function writePlanned(
  pool: Pool,
  child: ExportProcess,
  { id, state }: ExportPlan,
  { name, kind, table, path, sortedBy, source, comment }: PlannedFile,
  work: string,
): Promise<ReadyFile> {
  const made = join(work, name);
  const { columns, query, csv, select, rowGroupRows } = source;
  const { rows, bytes, sha256 } = await child.make({
    kind: 'parquet',
    connection: { ...connectionOf(pool), application_name: EXPORT_SESSION },
    before: AFTER_PUBLISH,
    guard: { statement: PUBLISHED_RUNS, expected: state.runs },
    query,
    csv,
    select,
    rowGroupRows,
    metadata: { export: id, comment, attribution: state.attribution },
    file: made,
  });
  return {
    made,
    file: {
      name,
      kind,
      format: 'parquet',
      table,
      path,
      rows,
      bytes,
      sha256,
      columns: [...columns],
      sortedBy: [...sortedBy],
    },
  };
}

/** Writes a database of all tables: of the files just made, and of those of earlier exports. */
async function writeDatabase(
  store: PathStore,
  child: ExportProcess,
  { id, tables, previous }: ExportPlan,
  format: keyof typeof DATABASES,
  ready: readonly ReadyFile[],
  work: string,
): Promise<ReadyFile> {
  const name = DATABASES[format];
  const parquet = ready.filter(({ file }) => file.kind === 'table');
  const same = previous?.files.find((file) => file.kind === 'database' && file.format === format);
  if (
    same !== undefined &&
    parquet.every(({ made }) => made === null) &&
    (await store.sizeOf(same.path)) === same.bytes
  )
    return { file: same, made: null };
  const sources: DatabaseTable[] = [];
  for (const { file, made } of parquet) {
    const definition = EXPORT_TABLES.find((one) => one.name === file.table);
    if (definition === undefined) continue;
    const { name: table, comment, columns, key, indexes } = definition;
    const local = made ?? (await localCopy(store, file, work));
    sources.push({ name: table, comment, columns, key, indexes, parquet: local });
  }
  const made = join(work, name);
  const { rows, bytes, sha256 } = await child.make({ kind: format, tables: sources, file: made });
  const expected = parquet.reduce((sum, { file }) => sum + file.rows, 0);
  if (rows !== expected || sources.length !== tables.length)
    throw new Error(`${name} has ${rows} rows where its tables have ${expected}.`);
  const path = `exports/${format}/${id}/${name}`;
  return {
    made,
    file: {
      name,
      kind: 'database',
      format,
      table: null,
      path,
      rows,
      bytes,
      sha256,
      columns: [],
      sortedBy: [],
    },
  };
}

/** The path of a file on this machine: in a store on disk, or copied from S3. */
async function localCopy(store: PathStore, { name, path }: ExportFile, work: string) {
  if (store.isLocal) return store.locationOf(path);
  const copy = join(work, name);
  await pipeline(await store.open(path), createWriteStream(copy));
  return copy;
}

async function publishFiles(
  store: PathStore,
  { id, previous, state, tables }: ExportPlan,
  { formats }: WantedExport,
  ready: readonly ReadyFile[],
  work: string,
  signal: AbortSignal,
): Promise<ExportManifest> {
  for (const { file, made } of ready) if (made !== null) await store.add(file.path, made, signal);
  const files = ready.map(({ file }) => file);
  const rowsOf = new Map(
    files.flatMap((file) => (file.kind === 'table' ? [[file.table, file.rows] as const] : [])),
  );
  const manifest: ExportManifest = {
    version: MANIFEST_VERSION,
    id,
    createdAt: new Date().toISOString(),
    previous: previous?.id ?? null,
    formats: [...formats],
    attribution: state.attribution,
    movieChange: state.movieChange,
    // the merge may have changed the number of movies since the plan
    tables: tables.map((table) => ({ ...table, rows: rowsOf.get(table.name) ?? table.rows })),
    files,
  };
  const text = join(work, 'manifest.json');
  await writeFile(text, `${JSON.stringify(manifest, null, 2)}\n`);
  await store.add(`${MANIFESTS}${id}.json`, text, signal);
  return manifest;
}
