import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FileFolder, FileStore } from '@marquee/snapshots';
import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { pack, type Pack } from 'tar-stream';
import { encrypting } from './encryption.ts';
import {
  CHECKSUMS,
  copyTarget,
  entryOf,
  FORMAT,
  Hashing,
  MANIFEST,
  OTHER_TABLES,
  ROWS,
  SETTINGS,
  STATE_SCHEMAS,
  tableName,
  type Contents,
  type Manifest,
  type Rows,
  type TableManifest,
} from './format.ts';
import { VERSION } from './version.ts';

/** Which files a backup has: pictures that people have uploaded, all deliveries and pictures, or snapshots too. */
export type BackedUpFiles = 'uploaded' | 'delivered' | 'all';

/** The files beside the database. */
export interface FileStores {
  readonly deliveries: FileStore;
  readonly pictures: FileStore;
  /** The folder of snapshots; null if they are on S3. */
  readonly snapshots: string | null;
}

export interface BackUpOptions {
  /** The text of the .env file. */
  readonly settings?: string | undefined;
  readonly stores?: FileStores | undefined;
  readonly files?: BackedUpFiles | undefined;
  /** An age recipient: only its identity can read the backup. */
  readonly recipient?: string | undefined;
}

/** A table is compressed as a whole, and cut into parts of this size: a tar entry needs its size first. */
const PART_BYTES = 4 * 1024 * 1024;

/**
 * Writes a backup: the state as of one moment, and what the options name. It takes some 20 MB of
 * memory for any size.
 */
export async function backUp(
  client: ClientBase,
  output: Writable,
  options: BackUpOptions,
): Promise<Contents> {
  const archive = new Archive();
  const encrypted = await encrypting(
    archive.stream as AsyncIterable<Uint8Array>,
    options.recipient,
  );
  const written = pipeline(encrypted, output);
  const [contents] = await Promise.all([
    fill(archive, client, options).catch((error: unknown) => {
      archive.stream.destroy(error as Error);
      throw error;
    }),
    written,
  ]);
  return contents;
}

async function fill(
  archive: Archive,
  client: ClientBase,
  { settings, stores, files = 'uploaded' }: BackUpOptions,
): Promise<Contents> {
  // the server must not end the transaction while the output is slow
  await client.query('begin isolation level repeatable read read only');
  await client.query('set local idle_in_transaction_session_timeout = 0');
  await client.query('set local statement_timeout = 0');
  const manifest = await describe(client);
  await archive.add(MANIFEST, JSON.stringify(manifest, null, 2));
  const rows: Rows = {};
  for (const table of manifest.tables)
    rows[tableName(table)] = await addTable(archive, client, table);
  const stored = await storedFiles(client, files);
  await client.query('commit');
  if (settings !== undefined) await archive.add(SETTINGS, settings);
  if (stores !== undefined) {
    for (const { folder, sha256 } of stored) await addStored(archive, stores, folder, sha256);
    if (files === 'all' && stores.snapshots !== null) await addSnapshots(archive, stores.snapshots);
  }
  await archive.add(ROWS, JSON.stringify(rows, null, 2));
  await archive.end();
  return { manifest, rows };
}

/** A tar archive under construction, with the checksums of its entries. */
class Archive {
  readonly stream: Pack = pack();
  readonly #checksums: Record<string, string> = {};

  async add(name: string, content: string | Buffer): Promise<void> {
    const bytes = Buffer.from(content);
    await this.addStream(name, bytes.length, Readable.from([bytes], { objectMode: false }));
  }

  /** Adds an entry of `size` bytes. Resolves once the reader of the archive has taken it. */
  async addStream(name: string, size: number, content: Readable): Promise<void> {
    const hashing = new Hashing();
    await pipeline(content, hashing, this.stream.entry({ name, size, mode: 0o600 }));
    this.#checksums[name] = hashing.digest();
  }

  async end(): Promise<void> {
    await this.add(CHECKSUMS, JSON.stringify(this.#checksums, null, 2));
    this.stream.finalize();
  }
}

async function describe(client: ClientBase): Promise<Manifest> {
  const { rows } = await client.query<
    Pick<Manifest, 'migrations' | 'lastChangeId' | 'lastMovieChangeId'>
  >(
    `select array(select name::text from ingest.migration order by timestamp) as migrations,
       (select last_value::text from ingest.change_id) as "lastChangeId",
       coalesce(pg_sequence_last_value('movies.change_id_seq'), 0)::text as "lastMovieChangeId"`,
  );
  const tables = await describeTables(client);
  const [state = { migrations: [], lastChangeId: '0', lastMovieChangeId: '0' }] = rows;
  return {
    format: FORMAT,
    version: VERSION,
    createdAt: new Date().toISOString(),
    ...state,
    tables,
  };
}

/** The tables of the state, each after those that its foreign keys refer to. */
async function describeTables(client: ClientBase): Promise<TableManifest[]> {
  const { rows } = await client.query<TableManifest & { needs: string[] }>(
    `select n.nspname::text as schema, c.relname::text as name,
       array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
       array(select k.confrelid::regclass::text from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1::text[]) and c.relkind = 'r' and n.nspname || '.' || c.relname <> all ($2::text[])
     order by 1, 2`,
    [STATE_SCHEMAS, OTHER_TABLES],
  );
  const placed: TableManifest[] = [];
  while (placed.length < rows.length) {
    const isPlaced = (name: string) => placed.some((table) => tableName(table) === name);
    const next = rows.find((table) => !isPlaced(tableName(table)) && table.needs.every(isPlaced));
    if (next === undefined) throw new Error('Tables of a backup refer to each other.');
    const { schema, name, columns } = next;
    placed.push({ schema, name, columns });
  }
  return placed;
}

/** Adds a table as COPY writes it, compressed. @returns the number of its rows */
async function addTable(
  archive: Archive,
  client: ClientBase,
  table: TableManifest,
): Promise<number> {
  const copy = client.query(copyTo(`copy ${copyTarget(table)} to stdout`));
  await pipeline(copy, createGzip({ level: 4 }), async (compressed: AsyncIterable<Buffer>) => {
    let part = 0;
    let chunks: Buffer[] = [];
    let bytes = 0;
    const write = async () => {
      await archive.add(entryOf(table, part), Buffer.concat(chunks));
      [part, chunks, bytes] = [part + 1, [], 0];
    };
    for await (const chunk of compressed) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= PART_BYTES) await write();
    }
    if (bytes > 0) await write();
  });
  return copy.rowCount;
}

/** The files that a backup has, by their SHA-256. Those of pictures that were delivered follow from deliveries. */
async function storedFiles(
  client: ClientBase,
  files: BackedUpFiles,
): Promise<{ folder: FileFolder; sha256: string }[]> {
  const { rows } = await client.query<{ folder: FileFolder; sha256: string }>(
    `select distinct 'pictures' as folder, encode(sha256, 'hex') as sha256 from movies.picture where source is null or $1::boolean
     union
     select 'deliveries', encode(sha256, 'hex') from sources.delivery where $1::boolean
     order by 1, 2`,
    [files !== 'uploaded'],
  );
  return rows;
}

/** Adds a file, unless the store has removed it. */
async function addStored(
  archive: Archive,
  stores: FileStores,
  folder: FileFolder,
  sha256: string,
): Promise<void> {
  const size = await stores[folder].sizeOf(sha256);
  if (size === null) return;
  const name = `${folder}/${sha256.slice(0, 2)}/${sha256}`;
  await archive.addStream(name, size, await stores[folder].open(sha256));
}

/** Adds archives and manifests of snapshots; their zstd copies are made again. */
async function addSnapshots(archive: Archive, folder: string): Promise<void> {
  const files = await Array.fromAsync(glob('*/*/{manifest.json,*.gz}', { cwd: folder }));
  for (const file of files.sort()) {
    if (file.includes('.damaged/')) continue;
    const path = join(folder, file);
    const { size } = await stat(path);
    await archive.addStream(`snapshots/${file}`, size, createReadStream(path));
  }
}
