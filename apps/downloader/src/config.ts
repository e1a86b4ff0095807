import { count, heartbeatFile, logLevel, queueUrl, url } from '@marquee/process';
import { SnapshotConfig } from '@marquee/snapshots';
import { providersFile } from '@marquee/snapshots/providers';
import { TracingConfig } from '@marquee/tracing';
import { z } from 'zod';
import { DEFAULT_MAX_GROWTH } from './inspection/growth-limit.ts';
import { DEFAULT_TIMEOUTS } from './request/remote-file.ts';

/** The environment variables of the downloader. */
export const DownloaderConfig = z.object({
  QUEUE_URL: queueUrl(),
  ...SnapshotConfig.shape,
  DATASETS_URL: url('http', 'https').default('https://datasets.imdbws.com/'),
  /** Whose announced files are fetched from their buckets, instead of from DATASETS_URL. */
  PROVIDERS_FILE: providersFile,
  LOG_LEVEL: logLevel(),
  /** Datasets downloaded in parallel. */
  DOWNLOAD_CONCURRENCY: count(3, { max: 7 }),
  /** A response body that is slower counts as stalled. */
  DOWNLOAD_LEAST_BYTES_PER_SECOND: count(DEFAULT_TIMEOUTS.minBytesPerSecond, { min: 0 }),
  /**
   * How long a scheduled update waits for a server that is unavailable or overloaded. A run that a
   * person has started fails sooner.
   */
  DOWNLOAD_OUTAGE_SECONDS: count(1800, { min: 0, max: 86_400 }),
  /**
   * A snapshot in the store that is younger is taken as it is, without a request: another region that
   * shares the store has downloaded it. 0 always asks.
   */
  DOWNLOAD_FRESH_SECONDS: count(0, { min: 0, max: 86_400 }),
  /** The size limit of a file, as a multiple of the largest kept snapshot from the same URL; 0 for none. */
  DOWNLOAD_MAX_GROWTH: count(DEFAULT_MAX_GROWTH, { min: 0 }),
  /** After this time without a lock renewal, a worker counts as dead and its jobs go to another. */
  JOB_LOCK_SECONDS: count(30),
  ...TracingConfig.shape,
  HEARTBEAT_FILE: heartbeatFile(),
});
export type DownloaderConfig = z.infer<typeof DownloaderConfig>;
