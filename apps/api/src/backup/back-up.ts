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
  MANIFEST,
  SCHEMA,
  SETTINGS,
  type Manifest,
  type TableManifest,
} from './format.ts';

export interface BackUpOptions {
  /** The text of the .env file. */
  readonly settings?: string | undefined;
  /** The folder of the snapshot store, if snapshots are to be backed up. */
  readonly snapshotFolder?: string | undefined;
}

/**
 * Writes a backup: the tables of schema `access` as of one moment, and what the options name.
 *
 * @returns what it holds
 */
export async function backUp(
  client: ClientBase,
  output: Writable,
  { settings, snapshotFolder }: BackUpOptions,
): Promise<Manifest> {
  const archive = new Archive();
  const written = pipeline(archive.stream, output);
  const fill = async (): Promise<Manifest> => {
    await client.query('begin isolation level repeatable read read only');
    const manifest = await describe(client);
    archive.add(MANIFEST, JSON.stringify(manifest, null, 2));
    for (const table of manifest.tables)
      archive.add(entryOf(table), await readTable(client, table));
    await client.query('commit');
    if (settings !== undefined) archive.add(SETTINGS, settings);
    if (snapshotFolder !== undefined) await addSnapshots(archive, snapshotFolder);
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
  const { rows } = await client.query<{ migrations: string[]; lastChangeId: string }>(
    `select array(select name::text from ingest.migration order by timestamp) as migrations,
       (select last_value::text from ingest.change_id) as "lastChangeId"`,
  );
  const tables = await describeTables(client);
  const [state = { migrations: [], lastChangeId: '0' }] = rows;
  return { format: FORMAT, createdAt: new Date().toISOString(), ...state, tables };
}

/** The tables of the schema, each after those that its foreign keys refer to. */
async function describeTables(client: ClientBase): Promise<TableManifest[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; needs: string[] }>(
    `select c.relname::text as name,
       array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
       array(select k.confrelid::regclass::text from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
     from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' order by 1`,
    [SCHEMA],
  );
  const placed: TableManifest[] = [];
  while (placed.length < rows.length) {
    const isPlaced = (name: string) => placed.some((table) => table.name === name);
    const next = rows.find(
      ({ name, needs }) =>
        !isPlaced(name) && needs.every((need) => isPlaced(need.replace(`${SCHEMA}.`, ''))),
    );
    if (next === undefined) throw new Error(`Tables of schema ${SCHEMA} refer to each other.`);
    const { name, columns } = next;
    const counted = await client.query<{ rows: number }>(
      `select count(*)::float8 as rows from ${SCHEMA}.${escapeIdentifier(name)}`,
    );
    placed.push({ name, columns, rows: counted.rows[0]?.rows ?? 0 });
  }
  return placed;
}

/** A table as COPY writes it, compressed. */
async function readTable(client: ClientBase, { name, columns }: TableManifest): Promise<Buffer> {
  const list = columns.map(escapeIdentifier).join(', ');
  const copy = client.query(copyTo(`copy ${SCHEMA}.${escapeIdentifier(name)} (${list}) to stdout`));
  return buffer(copy.pipe(createGzip()));
}

/** The archives and manifests; copies in another compression are made again. */
async function addSnapshots(archive: Archive, folder: string): Promise<void> {
  const files = await Array.fromAsync(glob('*/*/{manifest.json,*.gz}', { cwd: folder }));
  for (const file of files.sort())
    if (!file.includes('.damaged/')) await archive.addFile(`snapshots/${file}`, join(folder, file));
}
