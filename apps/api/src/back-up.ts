import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { databaseUrl, lowerPriority, readConfigOrExit, runCommand } from '@marquee/process';
import { formatBytes } from '@marquee/process/format-bytes';
import { SnapshotConfig } from '@marquee/snapshots';
import { z } from 'zod';
import { backUp } from './backup/back-up.ts';
import { BackupConfig, openBackupStore, openFileStores } from './backup/config.ts';
import type { Rows } from './backup/format.ts';
import { makeBackup } from './backup/make-backup.ts';
import { withClient } from './backup/with-client.ts';

/**
 * Writes a backup to standard output, or with `--store` to the backup store. With `--settings`, the
 * text on standard input becomes its settings.env; with `--all`, it has snapshots too.
 */
lowerPriority();
const { values: options } = parseArgs({
  options: {
    store: { type: 'boolean', default: false },
    settings: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    scheduled: { type: 'boolean', default: false },
  },
});
const config = await readConfigOrExit(
  z.object({
    DATABASE_URL: databaseUrl(),
    ...SnapshotConfig.shape,
    ...BackupConfig.shape,
  }),
  process.env,
);
const parts = {
  settings: options.settings ? await text(process.stdin) : undefined,
  stores: await openFileStores(config, console.error),
  files: options.all ? ('all' as const) : config.BACKUP_FILES,
  recipient: config.BACKUP_RECIPIENT,
};
await runCommand(async () => {
  await withClient(config.DATABASE_URL, async (client) => {
    if (!options.store) {
      const { rows } = await backUp(client, process.stdout, parts);
      console.error(listed(rows));
      return;
    }
    const store = await openBackupStore(config);
    const backup = await makeBackup(client, {
      ...parts,
      store,
      requestedBy: options.scheduled ? 'schedule' : 'command',
      keep: config.BACKUP_KEEP,
      keepMonthly: config.BACKUP_KEEP_MONTHLY,
    });
    console.log(
      `Backup ${backup.id}: ${store.locationOf(backup.file)}, ${formatBytes(backup.bytes)}${backup.isEncrypted ? ', encrypted' : ''}.`,
    );
    console.log(listed(backup.rows));
  });
});

/** Tables and their rows; partitions of the log of changes as one. */
function listed(rows: Rows): string {
  const counts = new Map<string, number>();
  for (const [table, count] of Object.entries(rows)) {
    const name = table.replace(/^ingest\.change_[0-9a-f]{32}$/u, 'ingest.change');
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
