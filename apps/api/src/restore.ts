import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { databaseUrl, readConfigOrExit, runCommand } from '@marquee/process';
import { openSnapshotStore, SnapshotConfig } from '@marquee/snapshots';
import { z } from 'zod';
import { findBackup } from './backup/backup-list.ts';
import { BackupConfig, openBackupStore, openFileStores } from './backup/config.ts';
import { decrypting } from './backup/encryption.ts';
import { tableName } from './backup/format.ts';
import { requestLoad } from './backup/request-load.ts';
import { restore } from './backup/restore.ts';
import { openDescribed } from './backup/described-files.ts';
import { verifyBackup } from './backup/verify.ts';
import { withClient } from './backup/with-client.ts';

/**
 * Restores the backup on standard input, or with `--store` the newest of the backup store, or that with
 * `--id`. With `--force` it replaces what is there. With `--verify` it restores into a database that is
 * dropped afterwards. With `--settings-to=FILE` it writes the settings that the backup has to that file,
 * or beside one that is there.
 */
const { values: options } = parseArgs({
  options: {
    store: { type: 'boolean', default: false },
    id: { type: 'string' },
    force: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    'settings-to': { type: 'string' },
  },
});
const config = await readConfigOrExit(
  z.object({
    DATABASE_ADMIN_URL: databaseUrl(),
    /** The private key of an encrypted backup. */
    BACKUP_IDENTITY_FILE: z.string().optional().describe('a file with an identity of age'),
    ...SnapshotConfig.shape,
    ...BackupConfig.shape,
  }),
  process.env,
);

async function openBackup(): Promise<Readable> {
  if (!options.store) return process.stdin;
  const store = await openBackupStore(config);
  const backup = await findBackup(store, options.id);
  console.log(`Backup ${backup.id}: ${store.locationOf(backup.file)}`);
  return openDescribed(store, backup);
}

async function verify(content: Readable): Promise<void> {
  const { manifest, rows } = await verifyBackup(config.DATABASE_ADMIN_URL, content);
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  console.log(
    `The backup of ${manifest.createdAt} is complete: ${total} rows of ${manifest.tables.length} tables were restored into a database of their own.`,
  );
}

/** They have passwords: nobody else reads them. */
async function writeSettings(settings: string, target: string): Promise<void> {
  const file = existsSync(target) ? `${target}.restored` : target;
  await rm(file, { force: true });
  await writeFile(file, settings, { mode: 0o600 });
  console.log(`Settings of the backup: ${file}`);
}

async function replaceState(content: Readable): Promise<void> {
  const stores = await openFileStores(config, console.error);
  await withClient(config.DATABASE_ADMIN_URL, async (client) => {
    const { manifest, rows, snapshots, files, settings } = await restore(client, content, {
      replace: options.force,
      stores,
    });
    const tables = manifest.tables
      .map(({ schema, name }) => ({ name, rows: rows[tableName({ schema, name })] ?? 0 }))
      .filter((table) => table.rows > 0 && !table.name.startsWith('change_'))
      .map((table) => `${table.name} ${table.rows}`);
    console.log(
      `Restored the backup of ${manifest.createdAt}: ${tables.join(', ')}; snapshots ${snapshots}, deliveries and pictures ${files}.`,
    );
    console.log(`What was written after ${manifest.createdAt} is lost.`);
    const target = options['settings-to'];
    if (settings !== null && target !== undefined) await writeSettings(settings, target);
    const store = await openSnapshotStore(config, console.error);
    const loaded = await requestLoad(client, await store.list());
    console.log(
      loaded.length > 0
        ? `The loader will load the newest snapshots: ${loaded.join(', ')}.`
        : 'The store has no snapshots: make update downloads and loads the datasets.',
    );
  });
}

await runCommand(async () => {
  const content = await decrypting(await openBackup(), config.BACKUP_IDENTITY_FILE);
  await (options.verify ? verify(content) : replaceState(content));
});
