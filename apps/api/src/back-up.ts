import { text } from 'node:stream/consumers';
import { readConfigOrExit } from '@marquee/process';
import { Client } from 'pg';
import { z } from 'zod';
import { backUp } from './backup/back-up.ts';
import { ApiConfig } from './config.ts';

/**
 * Writes a backup to standard output, and what it holds to standard error. With `--settings`, the
 * text on standard input becomes its settings.env.
 */
const { DATABASE_URL, BACKUP_SNAPSHOTS } = await readConfigOrExit(
  ApiConfig.pick({ DATABASE_URL: true }).extend({
    /** The folder of the snapshot store, if snapshots are to be backed up. */
    BACKUP_SNAPSHOTS: z.string().optional().describe('a folder'),
  }),
  process.env,
);
const settings = process.argv.includes('--settings') ? await text(process.stdin) : undefined;
const client = new Client({
  connectionString: DATABASE_URL,
  application_name: 'marquee backup',
  options: '-c search_path=pg_catalog',
});
await client.connect();
try {
  const { tables } = await backUp(client, process.stdout, {
    settings,
    snapshotFolder: BACKUP_SNAPSHOTS,
  });
  console.error(tables.map(({ name, rows }) => `${name} ${rows}`).join(', '));
} finally {
  await client.end();
}
