import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { UserError } from '@marquee/process';
import type { PathStore } from '@marquee/snapshots';
import { Client } from 'pg';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { baseBackup } from './base-backup.ts';
import { backupId } from './backup-list.ts';
import { decrypting, encrypting } from './encryption.ts';
import { Hashing } from './format.ts';
import { checked } from './verify.ts';

/** A base backup in the store, as `backups/base/<id>.json` describes it. */
const StoredBase = z.object({
  id: z.string(),
  createdAt: z.string(),
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** The first file of WAL that it needs. */
  startWal: z.string(),
});
export type StoredBase = z.infer<typeof StoredBase>;

const FOLDER = 'backups/base/';
/** Names of files of WAL, and of what the server archives with them. */
const WAL_FILE = /^[0-9A-F]{24}(?:\.|$)/u;

/** The base backups of a store, the newest first. */
export async function listBases(store: PathStore): Promise<StoredBase[]> {
  const paths = (await store.list()).filter(
    (path) => path.startsWith(FOLDER) && path.endsWith('.json'),
  );
  const bases: StoredBase[] = [];
  for (const path of paths.sort().reverse())
    bases.push(StoredBase.parse(JSON.parse(await text(await store.open(path)))));
  return bases;
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
  const folder = await store.workFolder();
  const path = join(folder, `base-${id}`);
  const client = new Client({
    connectionString: url,
    application_name: 'marquee base backup',
    ...{ replication: 'database' },
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const hashing = new Hashing();
    const tar = new PassThrough();
    const encrypted = await encrypting(tar.pipe(createGzip({ level: 4 })), recipient);
    const written = pipeline(
      encrypted,
      hashing,
      createWriteStream(path, { mode: 0o600, flush: true }),
    );
    const taken = baseBackup(client, tar).finally(() => tar.end());
    const [{ startWal }] = await Promise.all([taken, written]);
    const base = {
      id,
      createdAt: new Date().toISOString(),
      file: `${FOLDER}${id}.tar.gz${recipient === undefined ? '' : '.age'}`,
      bytes: hashing.bytes,
      sha256: hashing.digest(),
      startWal,
    };
    await store.add(base.file, path);
    await writeFile(path, `${JSON.stringify(base, null, 2)}\n`, { mode: 0o600 });
    await store.add(`${FOLDER}${id}.json`, path);
    return base;
  } finally {
    await client.end();
    await rm(path, { force: true });
  }
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
  for (const { id, file } of bases.slice(Math.max(1, keep))) {
    await store.remove(`${FOLDER}${id}.json`);
    await store.remove(file);
  }
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
  const stored = checked(await store.open(base.file), base.sha256, base.bytes);
  await unpack(await decrypting(stored, identityFile), into);
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
    const path = join(into, name);
    if (!path.startsWith(into)) throw new Error(`${name} leads out of the folder.`);
    if (type === 'directory') await mkdir(path, { recursive: true, mode: 0o700 });
    else if (type === 'file') {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await pipeline(entry, createWriteStream(path, { mode }));
      continue;
    }
    entry.resume();
  }
  await feeding;
}
