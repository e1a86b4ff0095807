import { count, heartbeatFile, logLevel, queueUrl, url } from '@marquee/process';
import { SnapshotConfig } from '@marquee/snapshots';
import { z } from 'zod';
import { DEFAULT_MAX_GROWTH } from './fetch/fetch-dataset.ts';
import { DEFAULT_TIMEOUTS } from './request/remote-file.ts';

/** The downloader's environment. */
export const DownloaderConfig = z.object({
  QUEUE_URL: queueUrl(),
  ...SnapshotConfig.shape,
  DATASETS_URL: url('http', 'https').default('https://datasets.imdbws.com/'),
  LOG_LEVEL: logLevel(),
  /** Datasets downloaded at once. */
  DOWNLOAD_CONCURRENCY: count(3, { max: 7 }),
  /** A server that sends more slowly is taken for one that has stopped. */
  DOWNLOAD_LEAST_BYTES_PER_SECOND: count(DEFAULT_TIMEOUTS.minBytesPerSecond, { min: 0 }),
  /**
   * How long an update that the schedule has started waits for a server that is away or overloaded.
   * Who asks for a run is told sooner.
   */
  DOWNLOAD_OUTAGE_SECONDS: count(1800, { min: 0, max: 86_400 }),
  /** How many times as large as the last snapshot a file may be; 0 for any size. */
  DOWNLOAD_MAX_GROWTH: count(DEFAULT_MAX_GROWTH, { min: 0 }),
  /**
   * After how long without a sign of life a worker is taken for dead, and its jobs are given to
   * another.
   */
  JOB_LOCK_SECONDS: count(30),
  HEARTBEAT_FILE: heartbeatFile(),
});
export type DownloaderConfig = z.infer<typeof DownloaderConfig>;
