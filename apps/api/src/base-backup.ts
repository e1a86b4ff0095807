import { parseArgs } from 'node:util';
import {
  databaseUrl,
  lowerPriority,
  readConfigOrExit,
  runCommand,
  UserError,
} from '@marquee/process';
import { formatBytes } from '@marquee/process/format-bytes';
import { SnapshotConfig } from '@marquee/snapshots';
import { z } from 'zod';
import { BackupConfig, openBackupStore } from './backup/config.ts';
import { expireBases, makeBase, prepareRecovery } from './backup/recovery.ts';

/**
 * Makes a base backup of the server, from which it can be recovered to any later time by its archive
 * of WAL. With `--into=FOLDER` it writes the data directory for such a recovery, and with
 * `--to=TIME` up to that time; else to the end of the archive.
 */
lowerPriority();
const { values: options } = parseArgs({
  options: { into: { type: 'string' }, to: { type: 'string' } },
});
const config = await readConfigOrExit(
  z.object({
    DATABASE_ADMIN_URL: databaseUrl().optional(),
    /** The folder into which the server's archive_command copies its WAL. */
    WAL_ARCHIVE_DIR: z.string().describe('the folder of archived WAL'),
    BACKUP_IDENTITY_FILE: z.string().optional().describe('a file with an identity of age'),
    ...SnapshotConfig.shape,
    ...BackupConfig.shape,
  }),
  // it has nothing to do with snapshots
  { SNAPSHOT_DIR: process.env['BACKUP_DIR'], ...process.env },
);
const { DATABASE_ADMIN_URL, WAL_ARCHIVE_DIR, BACKUP_IDENTITY_FILE, BACKUP_RECIPIENT } = config;

async function prepare(into: string): Promise<void> {
  const to = options.to === undefined ? null : new Date(options.to);
  if (to !== null && Number.isNaN(to.getTime()))
    throw new UserError(
      `--to is "${options.to ?? ''}"; expected a time, such as 2026-11-30T20:00:00Z.`,
    );
  const { createdAt } = await prepareRecovery({
    store: await openBackupStore(config),
    ...{ to, into, walArchive: WAL_ARCHIVE_DIR, identityFile: BACKUP_IDENTITY_FILE },
  });
  console.log(
    `${into} has the base backup of ${createdAt}. PostgreSQL recovers to ${to?.toISOString() ?? 'the end of the archive'} when it starts on it.`,
  );
}

async function make(adminUrl: string): Promise<void> {
  const store = await openBackupStore(config);
  const base = await makeBase(adminUrl, store, BACKUP_RECIPIENT);
  const removed = await expireBases(store, config.BACKUP_KEEP, WAL_ARCHIVE_DIR);
  console.log(
    `Base backup ${base.id}: ${store.locationOf(base.file)}, ${formatBytes(base.bytes)}. It needs WAL from ${base.startWal} on; ${removed} older files were removed.`,
  );
}

await runCommand(async () => {
  if (options.into !== undefined) await prepare(options.into);
  else if (DATABASE_ADMIN_URL !== undefined) await make(DATABASE_ADMIN_URL);
  else
    throw new UserError('Of which server? Name the file that has the URL of its superuser.', {
      hint: 'make base-backup DATABASE_URL_FILE=path, or DATABASE_ADMIN_URL_FILE',
    });
});
