import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { z } from 'zod';

/*
 * A backup is a tar archive with these entries, in this order:
 *
 *   backup.json             its contents and its version: see Manifest
 *   <schema>/<table>.copy.gz  a table, as COPY writes it, compressed
 *   settings.env            the .env file, if there is one
 *   pictures/…               those that people have uploaded
 *   snapshots/<dataset>/<id>/<file>, deliveries/…, pictures/…  if they were asked for
 *   checksums.json          the SHA-256 of each entry before it, by name
 */

/** Versions of this layout that are newer cannot be restored. */
export const FORMAT = 2;

export const MANIFEST = 'backup.json';
export const SETTINGS = 'settings.env';
export const CHECKSUMS = 'checksums.json';

/**
 * The tables that are backed up, by schema; null for all. Neither snapshots nor deliveries hold
 * them, and all others follow from these.
 */
export const KEPT_TABLES: Readonly<Record<string, readonly string[] | null>> = {
  access: null,
  sources: ['source', 'delivery', 'announcement', 'poll', 'decision'],
  movies: ['redirect', 'rule', 'lock', 'picture'],
};

const TableManifest = z.object({
  /** Backups of format 1 have this one alone. */
  schema: z.string().default('access'),
  name: z.string(),
  columns: z.array(z.string()).readonly(),
  rows: z.int(),
});
export type TableManifest = z.infer<typeof TableManifest>;

export const Manifest = z.object({
  format: z.int(),
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

/** A delivery or a picture, by its SHA-256. */
export const STORED_FILE = /^(?:deliveries|pictures)\/[0-9a-f]{2}\/[0-9a-f]{64}$/u;

export const Checksums = z.record(z.string(), z.string());

/** The entry of a table. */
export function entryOf({ schema, name }: Pick<TableManifest, 'schema' | 'name'>): string {
  return `${schema}/${name}.copy.gz`;
}

/** Passes bytes on, and hashes them. */
export class Hashing extends Transform {
  readonly #hash: Hash = createHash('sha256');

  override _transform(chunk: Uint8Array, _: BufferEncoding, callback: TransformCallback): void {
    this.#hash.update(chunk);
    callback(null, chunk);
  }

  /** The SHA-256 of all bytes; call it once, at the end. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
