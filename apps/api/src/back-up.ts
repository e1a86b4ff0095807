import { text } from 'node:stream/consumers';
import { UrlClient } from '@marquee/postgres/url-client';
import { readConfigOrExit } from '@marquee/process';
import { z } from 'zod';
import { backUp } from './backup/back-up.ts';
import { ApiConfig } from './config.ts';

/**
 * Writes a backup to standard output, and what it holds to standard error. With `--settings`, the
 * text on standard input becomes its settings.env.
 */
const { DATABASE_URL, BACKUP_STORE, BACKUP_WHOLE } = await readConfigOrExit(
  ApiConfig.pick({ DATABASE_URL: true }).extend({
    /** The folder of the snapshot store, whose uploaded pictures are part of it. */
    BACKUP_STORE: z.string().optional().describe('a folder'),
    /** Whether its snapshots, deliveries and other pictures are too. */
    BACKUP_WHOLE: z.enum(['true', 'false']).default('false').describe('true or false'),
  }),
  process.env,
);
const settings = process.argv.includes('--settings') ? await text(process.stdin) : undefined;
const client = new UrlClient({
  connectionString: DATABASE_URL,
  application_name: 'marquee backup',
  options: '-c search_path=pg_catalog',
});
await client.connect();
try {
  const { tables } = await backUp(client, process.stdout, {
    settings,
    storeFolder: BACKUP_STORE,
    whole: BACKUP_WHOLE === 'true',
  });
  console.error(tables.map(({ name, rows }) => `${name} ${rows}`).join(', '));
} finally {
  await client.end();
}
