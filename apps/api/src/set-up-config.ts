import { databaseUrl, queueUrl, secret } from '@marquee/process';
import { z } from 'zod';

const password = () => secret(z.string().optional().describe('a password'));

/** The environment variables of the program that sets up a database. */
export const SetUpConfig = z.object({
  DATABASE_ADMIN_URL: databaseUrl(),
  /** Decides whether the queue is in this database: with a URL of Redis it is not. */
  QUEUE_URL: queueUrl().optional(),
  API_PASSWORD: password(),
  LOADER_PASSWORD: password(),
  DOWNLOADER_PASSWORD: password(),
  EXTRACTOR_PASSWORD: password(),
  AGGREGATOR_PASSWORD: password(),
  READER_PASSWORD: password(),
  /** Without it no replica connects. */
  REPLICATOR_PASSWORD: password(),
  /** Of the second logins, which the processes change to while a password is changed. */
  API_2_PASSWORD: password(),
  LOADER_2_PASSWORD: password(),
  DOWNLOADER_2_PASSWORD: password(),
  EXTRACTOR_2_PASSWORD: password(),
  AGGREGATOR_2_PASSWORD: password(),
  READER_2_PASSWORD: password(),
});
