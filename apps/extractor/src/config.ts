import { count, databaseUrl, heartbeatFile, logLevel, queueUrl } from '@marquee/process';
import { SnapshotConfig } from '@marquee/snapshots';
import { providersFile } from '@marquee/snapshots/providers';
import { TracingConfig } from '@marquee/tracing';
import { z } from 'zod';

const percent = (usual: number) =>
  z.coerce.number<string>().min(0).max(100).default(usual).describe('a percentage, 0 to 100');

/** The extractor's environment variables. */
export const ExtractorConfig = z.object({
  DATABASE_URL: databaseUrl(),
  QUEUE_URL: queueUrl(),
  ...SnapshotConfig.shape,
  /** Definitions of sources of one's own, and a folder of files for each source, named by its id. */
  SOURCES_DIR: z.string().describe('the folder of definitions of sources'),
  /** A library of Kodi or Jellyfin, which becomes deliveries of the source nfo. */
  LIBRARY_DIR: z.string().describe('a folder with .nfo files and pictures').optional(),
  /** Who delivers files by a bucket, an inbox or a schedule, with their credentials. */
  PROVIDERS_FILE: providersFile,
  LOG_LEVEL: logLevel(),
  /** The gates: the share of a delivery's rows that may be rejects, and of records that may go. */
  MAX_SOURCE_REJECTS_PERCENT: percent(10),
  MAX_RECORD_LOSS_PERCENT: percent(50),
  /** How often folders are scanned, in seconds. */
  SOURCES_CHECK_SECONDS: count(60),
  /**
   * The time without a sign of life after which a worker is presumed dead, and its jobs go to
   * another.
   */
  JOB_LOCK_SECONDS: count(30),
  ...TracingConfig.shape,
  HEARTBEAT_FILE: heartbeatFile(),
});
export type ExtractorConfig = z.infer<typeof ExtractorConfig>;
