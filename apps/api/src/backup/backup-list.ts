import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UserError } from '@marquee/process';
import { chooseExpired, type PathStore } from '@marquee/snapshots';
import { z } from 'zod';
import { Rows } from './format.ts';

/** A backup in the store, as `backups/marquee-<id>.json` describes it. Without that file there is none. */
export const StoredBackup = z.object({
  /** The time of its start in UTC, such as `20261130T080000Z`. */
  id: z.string().regex(/^\d{8}T\d{6}Z$/u),
  createdAt: z.string(),
  version: z.string(),
  format: z.int(),
  migrations: z.array(z.string()).readonly(),
  /** Its path in the store. */
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  isEncrypted: z.boolean(),
  rows: Rows,
});
export type StoredBackup = z.infer<typeof StoredBackup>;

/** The time in UTC as part of a file's name. */
export function backupId(time: Date): string {
  return time.toISOString().replaceAll(/[-:]/gu, '').replace(/\.\d+/u, '');
}

/** The path of a backup's file, or of its description. */
export function backupPath(id: string, ending: 'tar' | 'tar.age' | 'json'): string {
  return `backups/marquee-${id}.${ending}`;
}

/** Beside these are base backups. */
const DESCRIPTION = /^backups\/marquee-\w+\.json$/u;

/** The backups of a store, the newest first. */
export async function listBackups(store: PathStore): Promise<StoredBackup[]> {
  const paths = (await store.list()).filter((path) => DESCRIPTION.test(path));
  const backups: StoredBackup[] = [];
  for (const path of paths.sort().reverse())
    backups.push(StoredBackup.parse(JSON.parse(await text(await store.open(path)))));
  return backups;
}

/** A backup by its id, or the newest one. @throws UserError if there is none */
export async function findBackup(store: PathStore, id: string | undefined): Promise<StoredBackup> {
  const backups = await listBackups(store);
  const found = id === undefined ? backups[0] : backups.find((backup) => backup.id === id);
  if (found !== undefined) return found;
  throw new UserError(
    `There is no backup${id === undefined ? '' : ` ${id}`} at ${store.locationOf('backups')}.`,
    {
      hint:
        backups.length === 0
          ? 'Is BACKUP_DIR or BACKUP_S3_URL that of the stack that made it?'
          : `There are: ${backups.map((backup) => backup.id).join(', ')}.`,
      code: 'no-backup',
    },
  );
}

/** Adds the file of a backup, and then its description, which makes it one. */
export async function addBackup(
  store: PathStore,
  backup: StoredBackup,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  await store.add(backup.file, file, signal);
  const description = join(await store.workFolder(), `${backup.id}.json`);
  await writeFile(description, `${JSON.stringify(backup, null, 2)}\n`, { mode: 0o600 });
  await store.add(backupPath(backup.id, 'json'), description, signal);
}

/** Removes files that no description names: their backup died. */
export async function removeUnfinished(store: PathStore): Promise<void> {
  const named = new Set((await listBackups(store)).map(({ file }) => file));
  for (const path of await store.list())
    if (path.startsWith('backups/marquee-') && !path.endsWith('.json') && !named.has(path))
      await store.remove(path);
  await rm(await store.workFolder(), { recursive: true, force: true });
}

/** Removes expired backups. @returns their ids */
export async function expireBackups(
  store: PathStore,
  keep: number,
  keepMonthly: number,
): Promise<string[]> {
  const backups = await listBackups(store);
  const dated = backups.map((backup) => ({
    ...backup,
    dataset: 'backup',
    fetchedAt: backup.createdAt,
  }));
  const expired = chooseExpired(dated, { keep, keepMonthly, published: new Set() });
  for (const { id, file } of expired) {
    // first: what has no description is no backup
    await store.remove(backupPath(id, 'json'));
    await store.remove(file);
  }
  return expired.map(({ id }) => id);
}
