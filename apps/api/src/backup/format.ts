import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { escapeIdentifier } from 'pg';
import { z } from 'zod';

/*
 * A backup is a tar archive with these entries, in this order:
 *
 *   backup.json                   its contents and its version: see Manifest
 *   <schema>/<table>/<n>.copy.gz  a table, as COPY writes it, compressed and cut into parts: their
 *                                 concatenation is one gzip file
 *   settings.env                  the .env file, if there is one
 *   snapshots/<dataset>/<id>/<file>, deliveries/…, pictures/…  the files that were asked for
 *   rows.json                     the number of rows of each table
 *   checksums.json                the SHA-256 of each entry before it, by name
 *
 * Formats 1 and 2 have no rows.json, each table as one entry <schema>/<table>.copy.gz, and only
 * the tables that neither deliveries nor snapshots hold.
 */

/** Versions of this layout that are newer cannot be restored. */
export const FORMAT = 3;

export const MANIFEST = 'backup.json';
export const SETTINGS = 'settings.env';
export const ROWS = 'rows.json';
export const CHECKSUMS = 'checksums.json';

/** The schemas of the state: what cannot be loaded again from snapshots. */
export const STATE_SCHEMAS = ['access', 'events', 'ingest', 'movies', 'sources'] as const;

/** Tables in them that describe the catalogue or this database, or are made again. */
export const OTHER_TABLES: readonly string[] = [
  'events.progress',
  'ingest.data_control',
  'ingest.hand_write',
  'ingest.migration',
  'ingest.staged',
  'movies.picture_size',
];

const TableManifest = z.object({
  /** Backups of format 1 have this one alone. */
  schema: z.string().default('access'),
  name: z.string(),
  columns: z.array(z.string()).readonly(),
});
export type TableManifest = z.infer<typeof TableManifest>;

export const Manifest = z.object({
  format: z.int(),
  /** The version of marquee. */
  version: z.string().default('unknown'),
  createdAt: z.string(),
  /** The migrations of the database: it must not be newer than the one that it is restored to. */
  migrations: z.array(z.string()).readonly(),
  /** The last position in the change feed. Restored webhooks and readers go on after it. */
  lastChangeId: z.string(),
  /** The same of movies. */
  lastMovieChangeId: z.string().default('0'),
  /** Tables that others refer to come first. */
  tables: z.array(TableManifest).readonly(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Rows by table, such as `access.key`. */
export const Rows = z.record(z.string(), z.int());
export type Rows = z.infer<typeof Rows>;

/** What a backup holds. */
export interface Contents {
  readonly manifest: Manifest;
  readonly rows: Rows;
}

/** A delivery or a picture, by its SHA-256. */
export const STORED_FILE = /^(deliveries|pictures)\/[0-9a-f]{2}\/([0-9a-f]{64})$/u;

export const Checksums = z.record(z.string(), z.string());

/** The name of a table, such as `access.key`. */
export function tableName({ schema, name }: Pick<TableManifest, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}

/** A table and its columns, as COPY names them. */
export function copyTarget({ schema, name, columns }: TableManifest): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)} (${columns.map(escapeIdentifier).join(', ')})`;
}

/** The entry of a part of a table, counted from 0. */
export function entryOf({ schema, name }: TableManifest, part: number): string {
  return `${schema}/${name}/${part}.copy.gz`;
}

/** The table that an entry is a part of, of any format. */
export function tableOf(
  entry: string,
  tables: readonly TableManifest[],
): TableManifest | undefined {
  const [, schema, name] = /^(\w+)\/(\w+)(?:\/\d+)?\.copy\.gz$/u.exec(entry) ?? [];
  return tables.find((table) => table.schema === schema && table.name === name);
}

/** Passes bytes on, and hashes them. */
export class Hashing extends Transform {
  readonly #hash: Hash = createHash('sha256');
  /** The bytes so far. */
  bytes = 0;

  override _transform(chunk: Uint8Array, _: BufferEncoding, callback: TransformCallback): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    callback(null, chunk);
  }

  /** The SHA-256 of all bytes; call it once, at the end. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
