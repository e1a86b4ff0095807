import { setUpDatabase } from '@marquee/catalogue';
import { readConfigOrExit, tlsHint } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import { prepareQueue } from '@marquee/runs';
import { SetUpConfig } from './set-up-config.ts';

/**
 * Creates the roles that the processes and people connect as, and brings the database to the schema
 * of this version. Runs before the other processes, as a superuser: the others need less.
 */
const config = await readConfigOrExit(SetUpConfig, process.env);
const passwords = Object.fromEntries(
  Object.entries({
    marquee_api: config.API_PASSWORD,
    marquee_loader: config.LOADER_PASSWORD,
    marquee_downloader: config.DOWNLOADER_PASSWORD,
    marquee_extractor: config.EXTRACTOR_PASSWORD,
    marquee_aggregator: config.AGGREGATOR_PASSWORD,
    marquee_reader: config.READER_PASSWORD,
  }).flatMap(([role, value]) => (value === undefined ? [] : [[role, value]])),
);
const isQueueElsewhere = config.QUEUE_URL?.startsWith('redis') === true;
try {
  await setUpDatabase(config.DATABASE_ADMIN_URL, passwords, async (ownerUrl) => {
    if (!isQueueElsewhere) await prepareQueue(ownerUrl);
  });
} catch (error) {
  const hint = tlsHint(error);
  if (hint === null) throw error;
  console.error(`${errorMessage(error)}\n${hint}`);
  process.exitCode = 1;
}
