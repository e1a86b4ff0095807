import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { UrlClient } from '@marquee/postgres/url-client';
import { UserError } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import type { PathStore } from '@marquee/snapshots';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { baseBackup } from './base-backup.ts';
import { backupId } from './backup-list.ts';
import {
  addDescribed,
  DescribedFile,
  listDescribed,
  openDescribed,
  removeDescribed,
} from './described-files.ts';
import { decrypting, encrypting } from './encryption.ts';

/** A base backup in the store. */
const StoredBase = DescribedFile.extend({
  id: z.string(),
  createdAt: z.string(),
  /** The first file of WAL that it needs. */
  startWal: z.string(),
});
export type StoredBase = z.infer<typeof StoredBase>;

const FOLDER = 'backups/base/';
const DESCRIPTION = new RegExp(`^${FOLDER}.*\\.json$`, 'u');
/** Names of files of WAL, and of what the server archives with them. */
const WAL_FILE = /^[0-9A-F]{24}(?:\.|$)/u;

/** The base backups of a store, the newest first. */
export async function listBases(store: PathStore): Promise<StoredBase[]> {
  return listDescribed(store, DESCRIPTION, StoredBase);
}

/**
 * Makes a base backup of a server in a store, compressed, and encrypted for a recipient.
 *
 * @param url of a role with REPLICATION, such as the superuser
 */
export async function makeBase(
  url: string,
  store: PathStore,
  recipient: string | undefined,
): Promise<StoredBase> {
  const id = backupId(new Date());
  const client = new UrlClient({
    connectionString: url,
    application_name: 'marquee base backup',
    ...{ replication: 'database' },
  });
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw noSender(error);
  });
  try {
    return await addDescribed(store, `base-${id}`, async (output) => {
      const tar = new PassThrough();
      const encrypted = await encrypting(tar.pipe(createGzip({ level: 4 })), recipient);
      const written = pipeline(encrypted, output);
      const taken = baseBackup(client, tar).finally(() => tar.end());
      const [{ startWal }] = await Promise.all([taken, written]);
      const file = `${FOLDER}${id}.tar.gz${recipient === undefined ? '' : '.age'}`;
      return { id, createdAt: new Date().toISOString(), file, startWal };
    });
  } finally {
    await client.end();
  }
}

/** Why a connection for replication is refused, if no WAL sender is free; else the error itself. */
function noSender(error: unknown): unknown {
  if ((error as { code?: unknown }).code !== SQLSTATE.tooManyConnections) return error;
  return new UserError(`The server takes no base backup: ${errorMessage(error)}.`, {
    hint: 'Set wal_level = replica, and max_wal_senders to more than are in use, and restart it.',
    code: 'wal-level',
    cause: error,
  });
}

/**
 * Removes base backups but the newest ones, and the archived WAL that none of these needs.
 *
 * @returns how many files of WAL were removed
 */
export async function expireBases(
  store: PathStore,
  keep: number,
  walArchive: string,
): Promise<number> {
  const bases = await listBases(store);
  for (const base of bases.slice(Math.max(1, keep))) await removeDescribed(store, base);
  const oldest = bases.slice(0, Math.max(1, keep)).at(-1)?.startWal ?? '';
  // names sort by time within a timeline; the first eight digits are the timeline
  const expired = (await readdir(walArchive)).filter(
    (name) => WAL_FILE.test(name) && name.slice(8, 24) < oldest.slice(8),
  );
  for (const name of expired) await rm(join(walArchive, name));
  return expired.length;
}

export interface Recovery {
  readonly store: PathStore;
  /** The time to recover to; null for the end of the archive. */
  readonly to: Date | null;
  /** The new data directory of PostgreSQL. */
  readonly into: string;
  /** The folder of archived WAL, as PostgreSQL sees it. */
  readonly walArchive: string;
  readonly identityFile: string | undefined;
}

/**
 * Writes the data directory from which PostgreSQL recovers to a time when it starts: the newest base
 * backup before that time, and where the WAL is.
 *
 * @throws UserError if there is no base backup that is old enough, or the directory is not empty
 */
export async function prepareRecovery({
  store,
  to,
  into,
  walArchive,
  identityFile,
}: Recovery): Promise<StoredBase> {
  const bases = await listBases(store);
  const base = bases.find(({ createdAt }) => to === null || new Date(createdAt) <= to);
  if (base === undefined)
    throw new UserError(`No base backup is older than ${to?.toISOString() ?? 'now'}.`, {
      hint: `There are: ${bases.map(({ createdAt }) => createdAt).join(', ') || 'none'}.`,
      code: 'no-backup',
    });
  await mkdir(into, { recursive: true, mode: 0o700 });
  if ((await readdir(into)).length > 0)
    throw new UserError(`${into} is not empty.`, {
      hint: 'Move what is there away: a recovery begins with a new folder.',
      code: 'not-empty',
    });
  await unpack(await decrypting(await openDescribed(store, base), identityFile), into);
  await writeFile(join(into, 'recovery.signal'), '', { mode: 0o600 });
  await writeFile(join(into, 'postgresql.auto.conf'), recoverySettings(walArchive, to), {
    flag: 'a',
    mode: 0o600,
  });
  return base;
}

function recoverySettings(walArchive: string, to: Date | null): string {
  return [
    `restore_command = 'cp "${walArchive}/%f" "%p"'`,
    ...(to === null
      ? []
      : [`recovery_target_time = '${to.toISOString().replace('T', ' ').replace('Z', '+00')}'`]),
    `recovery_target_action = 'promote'`,
    '',
  ].join('\n');
}

async function unpack(content: Readable, into: string): Promise<void> {
  const archive = extract();
  const feeding = pipeline(content, createGunzip(), archive);
  feeding.catch(() => undefined);
  for await (const entry of archive) {
    const { name, type, mode } = entry.header;
    const path = resolve(into, `./${name}`);
    if (!`${path}/`.startsWith(`${resolve(into)}/`))
      throw new UserError(
        `The base backup has the file ${JSON.stringify(name)}, which leads out of ${into}.`,
        { hint: 'It was changed in the store. Use another one.', code: 'damaged' },
      );
    if (type === 'directory') await mkdir(path, { recursive: true, mode: 0o700 });
    else if (type === 'file') {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(entry, createWriteStream(path, { mode: (mode & 0o777) | 0o600 }));
      continue;
    }
    entry.resume();
  }
  await feeding;
}
