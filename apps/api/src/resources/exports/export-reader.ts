import type { Export, ExportDetails, ExportFile, ExportManifest } from '@marquee/contract';
import type { PathStore } from '@marquee/snapshots';
import { LRUCache } from 'lru-cache';
import { Database, type Statement } from '../../database/database.ts';
import { notFound, ProblemException } from '../../problems/problem-exception.ts';

type ExportRow = Omit<ExportDetails, 'url' | 'requestedAt' | 'startedAt' | 'endedAt'> & {
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
};

/** At most so many are listed: those that are kept, and the last that failed or were removed. */
const MAX_LISTED = 100;

/** The manifest of an export has some ten files. */
const COLUMNS = `
  e.id, e.state, e.formats, e.requested_at as "requestedAt", e.requested_by as "requestedBy",
  e.started_at as "startedAt", e.ended_at as "endedAt", e.phase, e.rows_done as "rowsDone", e.rows_total as "rowsTotal",
  coalesce(f.files, 0) as files, coalesce(f.bytes, 0) as bytes, e.error`;

const FILES = `
  left join lateral (
    select count(*)::int4 as files, sum((file ->> 'bytes')::int8)::int8 as bytes
    from jsonb_array_elements(e.manifest -> 'files') as file
  ) as f on true`;

const LIST: Statement = {
  name: 'exports',
  text: `select ${COLUMNS} from ingest.export as e ${FILES} order by e.id desc limit ${MAX_LISTED}`,
};

const ONE: Statement = {
  name: 'export',
  text: `
    select ${COLUMNS}, e.manifest from ingest.export as e ${FILES}
    where e.id = case
      when $1::text = 'latest' then (select id from ingest.export where state = 'done' order by id desc limit 1)
      else $1::text
    end`,
};

/** More than are usually kept. */
const MAX_MANIFESTS = 20;

/** Reads which exports there are, and their files. */
export class ExportReader {
  readonly #database: Database;
  readonly #store: PathStore;
  /** They never change: a reader asks for many parts of a file at once, and none needs the database. */
  readonly #manifests = new LRUCache<string, ExportManifest>({ max: MAX_MANIFESTS });

  constructor(database: Database, store: PathStore) {
    this.#database = database;
    this.#store = store;
  }

  /** The newest exports. */
  async list(): Promise<Export[]> {
    return (await this.#database.read<ExportRow>(LIST, [])).map(describe);
  }

  /** @param id or `latest` @throws ProblemException 404 */
  async find(id: string): Promise<ExportDetails> {
    const [row] = await this.#database.read<ExportRow>(ONE, [id]);
    if (row === undefined) throw noExport(id);
    return { ...describe(row), manifest: row.manifest };
  }

  /**
   * The manifest of an export.
   *
   * @throws ProblemException 404; 409 for one that is not done, 410 for one that was removed
   */
  async manifest(id: string): Promise<ExportManifest> {
    const kept = this.#manifests.get(id);
    if (kept !== undefined) return kept;
    const { manifest, state } = await this.find(id);
    if (manifest !== null) {
      this.#manifests.set(manifest.id, manifest);
      return manifest;
    }
    if (state === 'removed') throw gone(id);
    throw new ProblemException({
      status: 409,
      code: 'not-done',
      detail: `The export ${id} is ${state}: it has no files.`,
      hint: `GET /exports/${id} shows its progress, and why it failed.`,
    });
  }

  /** A file of an export. @throws ProblemException 404 */
  async file(id: string, name: string): Promise<ExportFile> {
    const { files } = await this.manifest(id);
    const file = files.find((one) => one.name === name);
    if (file !== undefined) return file;
    throw new ProblemException({
      status: 404,
      code: 'not-found',
      detail: `The export ${id} has no file ${name}; it has ${files.map((one) => one.name).join(', ')}.`,
      hint: 'Changes are there for tables that were refreshed since the previous export; marquee.duckdb and marquee.sqlite if they were asked for.',
    });
  }

  /** The content of a file, or a part of it. @throws ProblemException 410 when it is gone */
  async open(file: ExportFile, range?: { readonly start: number; readonly end: number }) {
    return this.#store.open(file.path, range).catch((error: unknown) => {
      const isGone = error instanceof Error && 'code' in error && error.code === 'not-found';
      throw isGone ? gone(file.path) : error;
    });
  }
}

function describe({ manifest: _, requestedAt, startedAt, endedAt, ...rest }: ExportRow): Export {
  return {
    ...rest,
    url: `/exports/${rest.id}`,
    requestedAt: requestedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

function noExport(id: string): ProblemException {
  return id === 'latest'
    ? new ProblemException({
        status: 404,
        code: 'not-found',
        detail: 'There is no export yet.',
        hint: 'POST /exports makes one; EXPORT_FORMATS makes one after each publish.',
      })
    : notFound('export', id, 'GET /exports lists them.');
}

function gone(what: string): ProblemException {
  return new ProblemException({
    status: 410,
    code: 'export-gone',
    detail: `The files of ${what} are no longer kept.`,
    hint: 'GET /exports/latest has the newest. SNAPSHOT_KEEP sets how many exports are kept.',
  });
}
