import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { errorMessage } from '@marquee/process/error-message';
import { UserError } from '@marquee/process';
import { escapeIdentifier, type ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { extract } from 'tar-stream';
import {
  CHECKSUMS,
  Checksums,
  entryOf,
  FORMAT,
  Hashing,
  MANIFEST,
  Manifest,
  SETTINGS,
  STORED_FILE,
  type TableManifest,
} from './format.ts';

export interface RestoreOptions {
  /** Whether to replace what the database has; else an error if it has keys or webhooks. */
  readonly replace: boolean;
  /** The folder of the snapshot store; null if no files are to be restored. */
  readonly storeFolder: string | null;
}

export interface Restored {
  readonly manifest: Manifest;
  /** The number of snapshots that were not there. */
  readonly snapshots: number;
  /** The number of deliveries and pictures that were not there. */
  readonly files: number;
}

/** A snapshot's file, without anything that leads out of the folder. */
const SNAPSHOT_FILE = /^snapshots\/[\w.]+\/[\w.-]+\/[\w.-]+$/u;

/**
 * Restores a backup: all of it, or nothing if it is damaged, incomplete or of a newer version.
 *
 * @param client as a role that owns the database
 * @throws UserError with what is wrong, and what to do
 */
export async function restore(
  client: ClientBase,
  input: Readable,
  options: RestoreOptions,
): Promise<Restored> {
  const { storeFolder } = options;
  const part = storeFolder === null ? null : join(storeFolder, '.restore');
  await client.query('begin');
  try {
    const manifest = await readEntries(client, input, options, part);
    await client.query(
      `select setval('ingest.change_id', greatest($1::bigint, (select last_value from ingest.change_id)))`,
      [manifest.lastChangeId],
    );
    if (hasSources(manifest)) await followKept(client, manifest);
    await client.query(
      `insert into access.audit (key_name, method, path, asked, status)
       values ('restore', 'POST', '/restore', jsonb_build_object('createdAt', $1::text), 201)`,
      [manifest.createdAt],
    );
    await client.query('commit');
    if (part === null || storeFolder === null) return { manifest, snapshots: 0, files: 0 };
    return {
      manifest,
      snapshots: await moveNew(join(part, 'snapshots'), storeFolder),
      files: await moveFiles(part, storeFolder),
    };
  } catch (error) {
    await client.query('rollback');
    if (error instanceof UserError) throw error;
    throw damaged(errorMessage(error), error);
  } finally {
    if (part !== null) await rm(part, { recursive: true, force: true });
  }
}

async function readEntries(
  client: ClientBase,
  input: Readable,
  options: RestoreOptions,
  part: string | null,
): Promise<Manifest> {
  const checksums: Record<string, string> = {};
  let manifest: Manifest | null = null;
  let isComplete = false;
  const archive = extract();
  const feeding = pipeline(input, archive);
  // the loop below rejects with the same error
  feeding.catch(() => undefined);
  for await (const entry of archive) {
    const { name } = entry.header;
    if (name === CHECKSUMS) {
      compareChecksums(Checksums.parse(await json(entry)), checksums);
      isComplete = true;
      continue;
    }
    if (name === MANIFEST) {
      const bytes = await buffer(entry);
      manifest = await acceptManifest(client, JSON.parse(bytes.toString()), options);
      checksums[name] = createHash('sha256').update(bytes).digest('hex');
      continue;
    }
    if (manifest === null) throw damaged(`${MANIFEST} is not its first entry`);
    const hashing = new Hashing();
    const table = manifest.tables.find((candidate) => entryOf(candidate) === name);
    await (table === undefined
      ? pipeline(entry, hashing, await sinkOf(name, part))
      : pipeline(entry, hashing, createGunzip(), copyInto(client, table)));
    checksums[name] = hashing.digest();
  }
  await feeding;
  if (manifest === null || !isComplete) throw damaged('its end is missing');
  return manifest;
}

function copyInto(client: ClientBase, table: TableManifest): Writable {
  const list = table.columns.map(escapeIdentifier).join(', ');
  return client.query(copyFrom(`copy ${nameOf(table)} (${list}) from stdin`));
}

function nameOf({ schema, name }: TableManifest): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}

function hasSources({ tables }: Manifest): boolean {
  return tables.some(({ schema }) => schema === 'sources');
}

/**
 * Marks what follows from the restored tables as undone: the extractor makes all records again, and
 * with them the aggregator all matches and movies.
 */
async function followKept(client: ClientBase, { lastMovieChangeId }: Manifest): Promise<void> {
  await client.query('update sources.source set taken = null, error = null');
  await client.query(
    `insert into movies.pending (movie, cause)
     select distinct movie, '{"kind": "restore"}'::jsonb from movies.lock`,
  );
  // readers of the feed that are behind are told so
  await client.query(
    `select setval('movies.change_id_seq', greatest($1::bigint, (select last_value from movies.change_id_seq)))`,
    [lastMovieChangeId === '0' ? '1' : lastMovieChangeId],
  );
  await client.query('insert into movies.progress (changes_gone) values ($1::bigint)', [
    lastMovieChangeId,
  ]);
  for (const table of ['sources.delivery', 'sources.decision', 'movies.picture'])
    await client.query(
      `select setval(pg_get_serial_sequence($1::text, 'id'), max(id)) from ${table} having max(id) is not null`,
      [table],
    );
  await client.query(
    `select setval('sources.delivery_id_seq', max(id)) from sources.announcement
     having max(id) > (select coalesce(max(id), 0) from sources.delivery)`,
  );
}

/** Empties the tables, and those that follow from them. */
async function emptyTables(client: ClientBase, manifest: Manifest): Promise<void> {
  for (const table of manifest.tables.toReversed().filter(({ schema }) => schema === 'access'))
    await client.query(`delete from ${nameOf(table)}`);
  if (!hasSources(manifest)) return;
  const { rows } = await client.query<{ names: string }>(
    `select string_agg(c.oid::regclass::text, ', ') as names from pg_class c
     where c.relnamespace in ('sources'::regnamespace, 'movies'::regnamespace) and c.relkind = 'r'`,
  );
  await client.query(`truncate ${rows[0]?.names ?? ''}`);
}

/** The destination of an entry that holds no table. */
async function sinkOf(name: string, part: string | null): Promise<Writable> {
  if (SNAPSHOT_FILE.test(name) || STORED_FILE.test(name))
    return part === null ? nowhere() : fileIn(part, name);
  // make restore reads it from the archive
  if (name === SETTINGS) return nowhere();
  throw damaged(`it has an unknown entry, ${name}`);
}

async function fileIn(folder: string, name: string): Promise<Writable> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  return createWriteStream(path);
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, callback) => callback() });
}

/** Checks the versions, and empties the tables. */
async function acceptManifest(
  client: ClientBase,
  content: unknown,
  { replace }: RestoreOptions,
): Promise<Manifest> {
  const { format } = Manifest.pick({ format: true }).parse(content);
  if (format > FORMAT)
    throw newer(`The backup has the format ${format}; this version restores up to ${FORMAT}.`);
  const manifest = Manifest.parse(content);
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) as name where name not in (select m.name from ingest.migration m)`,
    [manifest.migrations],
  );
  if (rows.length > 0)
    throw newer(`The backup is of a newer version: ${rows.map(({ name }) => name).join(', ')}.`);
  const found = await client.query<{ keys: number; webhooks: number; deliveries: number }>(
    `select (select count(*) from access.key)::int as keys, (select count(*) from access.webhook)::int as webhooks,
       (select count(*) from sources.delivery)::int as deliveries`,
  );
  const { keys = 0, webhooks = 0, deliveries = 0 } = found.rows[0] ?? {};
  if (!replace && keys + webhooks + deliveries > 0)
    throw new UserError(
      `The database has ${keys} keys, ${webhooks} webhooks and ${deliveries} deliveries of sources.`,
      {
        hint: 'FORCE=1 replaces them, the audit log too, by those of the backup.',
        code: 'not-empty',
      },
    );
  await emptyTables(client, manifest);
  return manifest;
}

function compareChecksums(
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)]))
    if (expected[name] !== found[name])
      throw damaged(`the checksum of ${name} is not that of its content`);
}

/**
 * Moves complete folders of a folder to those of the store; one that is there stays.
 *
 * @returns how many were moved
 */
async function moveNew(from: string, to: string): Promise<number> {
  let moved = 0;
  for (const group of await namesIn(from)) {
    await mkdir(join(to, group), { recursive: true });
    const present = new Set(await namesIn(join(to, group)));
    for (const name of await namesIn(join(from, group))) {
      if (present.has(name)) continue;
      await rename(join(from, group, name), join(to, group, name));
      moved++;
    }
  }
  return moved;
}

/** Moves deliveries and pictures to the store. @returns how many were not there */
async function moveFiles(part: string, store: string): Promise<number> {
  let moved = 0;
  for (const folder of ['deliveries', 'pictures'])
    moved += await moveNew(join(part, folder), join(store, folder));
  return moved;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function newer(message: string): UserError {
  return new UserError(message, {
    hint: 'Nothing was changed. Update marquee first: make upgrade',
    code: 'newer',
  });
}

function damaged(why: string, cause?: unknown): UserError {
  return new UserError(`The backup cannot be restored: ${why}.`, {
    hint: 'Nothing was changed. Use another backup.',
    code: 'damaged',
    cause,
  });
}
