import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { escapeIdentifier, type ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { pack, type Pack } from 'tar-stream';
import {
  CHECKSUMS,
  entryOf,
  FORMAT,
  Hashing,
  KEPT_TABLES,
  MANIFEST,
  SETTINGS,
  STORED_FILE,
  type Manifest,
  type TableManifest,
} from './format.ts';

export interface BackUpOptions {
  /** The text of the .env file. */
  readonly settings?: string | undefined;
  /** The folder of the snapshot store, with deliveries and pictures. */
  readonly storeFolder?: string | undefined;
  /** Whether all that is in it is backed up; else only the pictures that people have uploaded. */
  readonly whole?: boolean | undefined;
}

/**
 * Writes a backup: the tables that nothing else holds as of one moment, and what the options name.
 *
 * @returns what it holds
 */
export async function backUp(
  client: ClientBase,
  output: Writable,
  { settings, storeFolder, whole = false }: BackUpOptions,
): Promise<Manifest> {
  const archive = new Archive();
  const written = pipeline(archive.stream, output);
  const fill = async (): Promise<Manifest> => {
    await client.query('begin isolation level repeatable read read only');
    const manifest = await describe(client);
    archive.add(MANIFEST, JSON.stringify(manifest, null, 2));
    for (const table of manifest.tables)
      archive.add(entryOf(table), await readTable(client, table));
    const pictures = await uploadedPictures(client);
    await client.query('commit');
    if (settings !== undefined) archive.add(SETTINGS, settings);
    if (storeFolder !== undefined)
      await addFiles(archive, storeFolder, whole ? WHOLE_STORE : pictures);
    archive.end();
    return manifest;
  };
  const [manifest] = await Promise.all([
    fill().catch((error: unknown) => {
      archive.stream.destroy(error as Error);
      throw error;
    }),
    written,
  ]);
  return manifest;
}

/** A tar archive under construction, with the checksums of its entries. */
class Archive {
  readonly stream: Pack = pack();
  readonly #checksums: Record<string, string> = {};

  add(name: string, content: string | Buffer): void {
    this.stream.entry({ name, mode: 0o600 }, content);
    this.#checksums[name] = createHash('sha256').update(content).digest('hex');
  }

  async addFile(name: string, path: string): Promise<void> {
    const hashing = new Hashing();
    const { size } = await stat(path);
    await pipeline(createReadStream(path), hashing, this.stream.entry({ name, size, mode: 0o600 }));
    this.#checksums[name] = hashing.digest();
  }

  end(): void {
    this.stream.entry({ name: CHECKSUMS, mode: 0o600 }, JSON.stringify(this.#checksums, null, 2));
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
  return { format: FORMAT, createdAt: new Date().toISOString(), ...state, tables };
}

/** The tables that are kept, each after those that its foreign keys refer to. */
async function describeTables(client: ClientBase): Promise<TableManifest[]> {
  const { rows } = await client.query<Omit<TableManifest, 'rows'> & { needs: string[] }>(
    `select c.relnamespace::regnamespace::text as schema, c.relname::text as name,
       array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
       array(select k.confrelid::regclass::text from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
     from pg_class c join jsonb_each($1::jsonb) kept on c.relnamespace = kept.key::regnamespace
     where c.relkind = 'r' and (kept.value = 'null' or kept.value ? c.relname::text) order by 1, 2`,
    [JSON.stringify(KEPT_TABLES)],
  );
  const placed: TableManifest[] = [];
  while (placed.length < rows.length) {
    const isPlaced = (name: string) =>
      placed.some((table) => `${table.schema}.${table.name}` === name);
    const next = rows.find(
      ({ schema, name, needs }) => !isPlaced(`${schema}.${name}`) && needs.every(isPlaced),
    );
    if (next === undefined) throw new Error('Tables of a backup refer to each other.');
    const { schema, name, columns } = next;
    const counted = await client.query<{ rows: number }>(
      `select count(*)::float8 as rows from ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    );
    placed.push({ schema, name, columns, rows: counted.rows[0]?.rows ?? 0 });
  }
  return placed;
}

/** A table as COPY writes it, compressed. */
async function readTable(
  client: ClientBase,
  { schema, name, columns }: TableManifest,
): Promise<Buffer> {
  const list = columns.map(escapeIdentifier).join(', ');
  const copy = client.query(
    copyTo(`copy ${escapeIdentifier(schema)}.${escapeIdentifier(name)} (${list}) to stdout`),
  );
  return buffer(copy.pipe(createGzip()));
}

/** The pictures that people have uploaded: those of deliveries follow from these. */
async function uploadedPictures(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ sha256: string }>(
    `select distinct encode(sha256, 'hex') as sha256 from movies.picture where source is null order by 1`,
  );
  return rows.map(({ sha256 }) => `pictures/*/${sha256}`);
}

/** Archives and manifests of snapshots, deliveries and pictures; zstd copies are made again. */
const WHOLE_STORE = ['*/*/{manifest.json,*.gz}', '{deliveries,pictures}/[0-9a-f][0-9a-f]/*'];

async function addFiles(
  archive: Archive,
  folder: string,
  patterns: readonly string[],
): Promise<void> {
  const files = await Array.fromAsync(glob(patterns, { cwd: folder }));
  for (const file of files.sort()) {
    if (file.includes('.damaged/')) continue;
    const name = STORED_FILE.test(file) ? file : `snapshots/${file}`;
    await archive.addFile(name, join(folder, file));
  }
}
