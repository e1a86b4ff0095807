import { count, heartbeatFile, logLevel, queueUrl, url } from '@marquee/process';
import { SnapshotConfig } from '@marquee/snapshots';
import { z } from 'zod';

const percent = (usual: number) =>
  z.coerce.number<string>().min(0).max(100).default(usual).describe('a percentage, 0 to 100');

/** The loader's environment. */
export const LoaderConfig = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  QUEUE_URL: queueUrl(),
  ...SnapshotConfig.shape,
  LOG_LEVEL: logLevel(),
  /** Datasets loaded at once. */
  LOAD_CONCURRENCY: count(2, { max: 7 }),
  /**
   * After how long without a sign of life a worker is taken for dead, and its jobs are given to
   * another.
   */
  JOB_LOCK_SECONDS: count(30),
  /**
   * The gates: how much of a dataset may be rejected, and how much smaller than the published one
   * it may be.
   */
  MAX_REJECTS_PERCENT: percent(0.1),
  MAX_ROW_LOSS_PERCENT: percent(2),
  /** Beyond so many changed rows, a dataset is loaded in full. */
  REFRESH_MAX_CHANGE_PERCENT: percent(30),
  /** How long the changes of a refresh are kept. */
  CHANGE_DAYS: count(30),
  /**
   * Of each dataset's snapshots, how many of the newest are kept, and of how many months the first
   * one.
   */
  SNAPSHOT_KEEP: count(3),
  SNAPSHOT_KEEP_MONTHLY: count(0, { min: 0 }),
  /** How long publishing tries to get its lock before it gives up. */
  PUBLISH_WAIT_SECONDS: count(600),
  HEARTBEAT_FILE: heartbeatFile(),
});
export type LoaderConfig = z.infer<typeof LoaderConfig>;
