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
  SCHEMA,
  SETTINGS,
  type TableManifest,
} from './format.ts';

export interface RestoreOptions {
  /** Whether to replace what the database has; else an error if it has keys or webhooks. */
  readonly replace: boolean;
  /** The folder of the snapshot store; null if snapshots are not to be restored. */
  readonly snapshotFolder: string | null;
}

export interface Restored {
  readonly manifest: Manifest;
  /** The number of snapshots that were not there. */
  readonly snapshots: number;
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
  const { snapshotFolder } = options;
  const part = snapshotFolder === null ? null : join(snapshotFolder, '.restore');
  await client.query('begin');
  try {
    const manifest = await readEntries(client, input, options, part);
    await client.query(
      `select setval('ingest.change_id', greatest($1::bigint, (select last_value from ingest.change_id)))`,
      [manifest.lastChangeId],
    );
    await client.query(
      `insert into access.audit (key_name, method, path, asked, status)
       values ('restore', 'POST', '/restore', jsonb_build_object('createdAt', $1::text), 201)`,
      [manifest.createdAt],
    );
    await client.query('commit');
    const snapshots =
      part === null || snapshotFolder === null ? 0 : await moveSnapshots(part, snapshotFolder);
    return { manifest, snapshots };
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

function copyInto(client: ClientBase, { name, columns }: TableManifest): Writable {
  const list = columns.map(escapeIdentifier).join(', ');
  return client.query(copyFrom(`copy ${SCHEMA}.${escapeIdentifier(name)} (${list}) from stdin`));
}

/** The destination of an entry that holds no table. */
async function sinkOf(name: string, part: string | null): Promise<Writable> {
  if (SNAPSHOT_FILE.test(name)) return part === null ? nowhere() : fileIn(part, name);
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
  const found = await client.query<{ keys: number; webhooks: number }>(
    `select (select count(*) from access.key)::int as keys, (select count(*) from access.webhook)::int as webhooks`,
  );
  const { keys = 0, webhooks = 0 } = found.rows[0] ?? {};
  if (!replace && keys + webhooks > 0)
    throw new UserError(`The database has ${keys} keys and ${webhooks} webhooks.`, {
      hint: 'FORCE=1 replaces them, the audit log too, by those of the backup.',
      code: 'not-empty',
    });
  for (const { name } of manifest.tables.toReversed())
    await client.query(`delete from ${SCHEMA}.${escapeIdentifier(name)}`);
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

/** Moves complete snapshots to the store; one that is there stays. @returns how many were moved */
async function moveSnapshots(part: string, folder: string): Promise<number> {
  const from = join(part, 'snapshots');
  let moved = 0;
  for (const dataset of await namesIn(from)) {
    await mkdir(join(folder, dataset), { recursive: true });
    const present = new Set(await namesIn(join(folder, dataset)));
    for (const id of await namesIn(join(from, dataset))) {
      if (present.has(id)) continue;
      await rename(join(from, dataset, id), join(folder, dataset, id));
      moved++;
    }
  }
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
