import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@marquee/process';
import { chooseExpired, type PathStore } from '@marquee/snapshots';
import { z } from 'zod';
import { DescribedFile, listDescribed, removeDescribed } from './described-files.ts';
import { Rows } from './format.ts';

const ID = /^\d{8}T\d{6}Z$/u;

/** A backup in the store. */
export const StoredBackup = DescribedFile.extend({
  /** The time of its start in UTC, such as `20261130T080000Z`. */
  id: z.string().regex(ID),
  createdAt: z.string(),
  version: z.string(),
  format: z.int(),
  migrations: z.array(z.string()).readonly(),
  isEncrypted: z.boolean(),
  rows: Rows,
});
export type StoredBackup = z.infer<typeof StoredBackup>;

/** The time in UTC as part of a file's name. */
export function backupId(time: Date): string {
  return time.toISOString().replaceAll(/[-:]/gu, '').replace(/\.\d+/u, '');
}

/** Beside these are base backups. */
const DESCRIPTION = /^backups\/marquee-\w+\.json$/u;

/** The path of a backup. */
export function backupPath(id: string, isEncrypted: boolean): string {
  return `backups/marquee-${id}.tar${isEncrypted ? '.age' : ''}`;
}

/** The backups of a store, the newest first. */
export async function listBackups(store: PathStore): Promise<StoredBackup[]> {
  return listDescribed(store, DESCRIPTION, StoredBackup);
}

/** A backup by its id, or the newest one. @throws UserError if the store lacks it */
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

/** Removes files that no description names, and those that were being written: their backup died. */
export async function removeUnfinished(store: PathStore): Promise<void> {
  const named = new Set((await listBackups(store)).map(({ file }) => file));
  for (const path of await store.list())
    if (path.startsWith('backups/marquee-') && !path.endsWith('.json') && !named.has(path))
      await store.remove(path);
  const folder = await store.workFolder();
  for (const name of await readdir(folder))
    // a base backup may be written there at the same time
    if (ID.test(name)) await rm(join(folder, name));
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
  for (const backup of expired) await removeDescribed(store, backup);
  return expired.map(({ id }) => id);
}
