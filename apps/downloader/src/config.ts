import { count, url } from '@marquee/process';
import { z } from 'zod';

/** The downloader's environment. */
export const DownloaderConfig = z.object({
  QUEUE_URL: url('postgres', 'postgresql', 'redis', 'rediss'),
  SNAPSHOT_DIR: z.string().describe('the folder of the snapshot store'),
  DATASETS_URL: url('http', 'https').default('https://datasets.imdbws.com/'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('debug, info, warn or error'),
  /** Datasets downloaded at once. */
  DOWNLOAD_CONCURRENCY: count(3, { max: 7 }),
  /** Written every few seconds while the process is well. */
  HEARTBEAT_FILE: z.string().describe('a path').optional(),
});
export type DownloaderConfig = z.infer<typeof DownloaderConfig>;
