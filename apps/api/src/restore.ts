import { databaseUrl, readConfigOrExit, UserError } from '@marquee/process';
import { Client } from 'pg';
import { z } from 'zod';
import { restore } from './backup/restore.ts';

/** Restores the backup on standard input. With `--force` it replaces keys and webhooks. */
const { DATABASE_ADMIN_URL, BACKUP_STORE } = await readConfigOrExit(
  z.object({
    DATABASE_ADMIN_URL: databaseUrl(),
    /** The folder of the snapshot store, if its files are to be restored. */
    BACKUP_STORE: z.string().optional().describe('a folder'),
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
  const { manifest, snapshots, files } = await restore(client, process.stdin, {
    replace: process.argv.includes('--force'),
    storeFolder: BACKUP_STORE ?? null,
  });
  const tables = manifest.tables.map(({ name, rows }) => `${name} ${rows}`).join(', ');
  console.log(
    `Restored the backup of ${manifest.createdAt}: ${tables}; snapshots ${snapshots}, deliveries and pictures ${files}.`,
  );
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error([error.message, error.hint].filter(Boolean).join('\n'));
  process.exitCode = 1;
} finally {
  await client.end();
}
