import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { errorMessage } from '@marquee/process/error-message';
import { UserError } from '@marquee/process';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { FileStores } from './back-up.ts';
import { copyTarget, tableName, type Manifest, type TableManifest } from './format.ts';
import { newer, nowhere, readBackup, type BackedUpFile, type ReadContents } from './read-backup.ts';
import { emptyState, emptyTables, followKept, followState } from './restored-state.ts';

export interface RestoreOptions {
  /** Whether to replace what the database has; else an error if it has keys, webhooks or deliveries. */
  readonly replace: boolean;
  /** Where its files go; null if none are to be restored. */
  readonly stores: FileStores | null;
}

export interface Restored extends ReadContents {
  /** The number of snapshots that were not there. */
  readonly snapshots: number;
  /** The number of deliveries and pictures that were not there. */
  readonly files: number;
}

/** Backups from this format on have the whole state. */
const WHOLE_STATE = 3;

/**
 * Restores a backup into a database: all of it, or nothing if it is damaged, incomplete or of a newer
 * version.
 *
 * @param client as a role that owns the database
 * @throws UserError with what is wrong, and what to do
 */
export async function restore(
  client: ClientBase,
  input: Readable,
  { replace, stores }: RestoreOptions,
): Promise<Restored> {
  const folder = stores?.snapshots ?? null;
  const part = folder === null ? null : join(folder, '.restore');
  let files = 0;
  await client.query('begin');
  try {
    const contents = await readBackup(input, {
      onManifest: async (manifest) => acceptManifest(client, manifest, replace),
      onTable: async (table, compressed) => copyInto(client, table, compressed),
      onFile: async (file, content) => {
        files += await restoreFile(file, content, stores, part);
      },
    });
    await finish(client, contents.manifest);
    await client.query('commit');
    const isOnDisk = part !== null && folder !== null;
    const snapshots = isOnDisk ? await moveNew(join(part, 'snapshots'), folder) : 0;
    return { ...contents, snapshots, files };
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    if (part !== null) await rm(part, { recursive: true, force: true });
  }
}

/** Checks the versions, and empties the tables. */
async function acceptManifest(
  client: ClientBase,
  manifest: Manifest,
  replace: boolean,
): Promise<void> {
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
        hint: `FORCE=1 replaces them, with all else since ${manifest.createdAt}: audit log, decisions, runs and history.`,
        code: 'not-empty',
      },
    );
  await (manifest.format < WHOLE_STATE
    ? emptyTables(client, manifest)
    : emptyState(client, manifest));
}

async function copyInto(
  client: ClientBase,
  table: TableManifest,
  compressed: Readable,
): Promise<number> {
  const copy = client.query(copyFrom(`copy ${copyTarget(table)} from stdin`));
  try {
    await pipeline(compressed, createGunzip(), copy);
  } catch (error) {
    throw new Error(`${tableName(table)}: ${errorMessage(error)}`, { cause: error });
  }
  return copy.rowCount;
}

/** Makes what the backup does not have follow what was restored. */
async function finish(client: ClientBase, manifest: Manifest): Promise<void> {
  if (manifest.format < WHOLE_STATE) await followKept(client, manifest);
  else await followState(client, manifest);
  await client.query(
    `insert into access.audit (key_name, method, path, asked, status)
     values ('restore', 'POST', '/restore', jsonb_build_object('createdAt', $1::text), 201)`,
    [manifest.createdAt],
  );
}

/** @returns how many deliveries and pictures were restored: 1 or 0 */
async function restoreFile(
  file: BackedUpFile,
  content: Readable,
  stores: FileStores | null,
  part: string | null,
): Promise<number> {
  if (file.folder === 'snapshots') {
    if (part === null) await pipeline(content, nowhere());
    else {
      const path = join(part, 'snapshots', file.path);
      await mkdir(dirname(path), { recursive: true });
      await pipeline(content, createWriteStream(path));
    }
    return 0;
  }
  // a file that is there is equal: its name is the SHA-256 of its content
  if (stores === null || (await stores[file.folder].sizeOf(file.sha256)) !== null) {
    await pipeline(content, nowhere());
    return 0;
  }
  const { sha256 } = await stores[file.folder].put(content);
  if (sha256 === file.sha256) return 1;
  await stores[file.folder].remove(sha256);
  throw new Error(`the file ${file.sha256} has another content`);
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

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
