import { setUpDatabase } from '@marquee/catalogue';
import { primaryUrl } from '@marquee/postgres/primary';
import { databaseUrl, queueUrl, readConfigOrExit } from '@marquee/process';
import { prepareQueue } from '@marquee/runs';
import { z } from 'zod';

const password = () => z.string().optional().describe('a password');

/**
 * Creates the roles that the processes and people connect as, and brings the database to the schema
 * of this version. Runs before the other processes, as a superuser: the others need less.
 */
const config = await readConfigOrExit(
  z.object({
    DATABASE_ADMIN_URL: databaseUrl(),
    /** Decides whether the queue is in this database: with a URL of Redis it is not. */
    QUEUE_URL: queueUrl().optional(),
    API_PASSWORD: password(),
    LOADER_PASSWORD: password(),
    DOWNLOADER_PASSWORD: password(),
    EXTRACTOR_PASSWORD: password(),
    AGGREGATOR_PASSWORD: password(),
    READER_PASSWORD: password(),
    REPLICATOR_PASSWORD: password(),
  }),
  process.env,
);
const passwords = Object.fromEntries(
  Object.entries({
    marquee_api: config.API_PASSWORD,
    marquee_loader: config.LOADER_PASSWORD,
    marquee_downloader: config.DOWNLOADER_PASSWORD,
    marquee_extractor: config.EXTRACTOR_PASSWORD,
    marquee_aggregator: config.AGGREGATOR_PASSWORD,
    marquee_reader: config.READER_PASSWORD,
    marquee_replicator: config.REPLICATOR_PASSWORD,
  }).flatMap(([role, value]) => (value === undefined ? [] : [[role, value]])),
);
const isQueueElsewhere = config.QUEUE_URL?.startsWith('redis') === true;
const adminUrl = await primaryUrl(config.DATABASE_ADMIN_URL);
await setUpDatabase(adminUrl, passwords, async (ownerUrl) => {
  if (!isQueueElsewhere) await prepareQueue(ownerUrl);
});
