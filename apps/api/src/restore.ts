import { readConfigOrExit, url, UserError } from '@marquee/process';
import { Client } from 'pg';
import { z } from 'zod';
import { restore } from './backup/restore.ts';

/** Restores the backup on standard input. With `--force` it replaces keys and webhooks. */
const { DATABASE_ADMIN_URL, BACKUP_SNAPSHOTS } = await readConfigOrExit(
  z.object({
    DATABASE_ADMIN_URL: url('postgres', 'postgresql'),
    /** The folder of the snapshot store, if snapshots are to be restored. */
    BACKUP_SNAPSHOTS: z.string().optional().describe('a folder'),
  }),
  process.env,
);
const client = new Client({
  connectionString: DATABASE_ADMIN_URL,
  application_name: 'marquee restore',
  options: '-c search_path=pg_catalog',
});
await client.connect();
try {
  const { manifest, snapshots } = await restore(client, process.stdin, {
    replace: process.argv.includes('--force'),
    snapshotFolder: BACKUP_SNAPSHOTS ?? null,
  });
  const tables = manifest.tables.map(({ name, rows }) => `${name} ${rows}`).join(', ');
  console.log(`Restored the backup of ${manifest.createdAt}: ${tables}; snapshots ${snapshots}.`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error([error.message, error.hint].filter(Boolean).join('\n'));
  process.exitCode = 1;
} finally {
  await client.end();
}
