import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { z } from 'zod';

/*
 * A backup is a tar archive with these entries, in this order:
 *
 *   backup.json             its contents and its version: see Manifest
 *   access/<table>.copy.gz  a table, as COPY writes it, compressed
 *   settings.env            the .env file, if there is one
 *   snapshots/<dataset>/<id>/<file>  if they were asked for
 *   checksums.json          the SHA-256 of each entry before it, by name
 */

/** Versions of this layout that are newer cannot be restored. */
export const FORMAT = 1;

export const MANIFEST = 'backup.json';
export const SETTINGS = 'settings.env';
export const CHECKSUMS = 'checksums.json';

/** The schema that is backed up: no snapshot holds its tables. */
export const SCHEMA = 'access';

const TableManifest = z.object({
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
  /** Tables that others refer to come first. */
  tables: z.array(TableManifest).readonly(),
});
export type Manifest = z.infer<typeof Manifest>;

export const Checksums = z.record(z.string(), z.string());

/** The entry of a table. */
export function entryOf(table: Pick<TableManifest, 'name'>): string {
  return `${SCHEMA}/${table.name}.copy.gz`;
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
