import { EXPORT_FORMATS, withParquet } from '@marquee/contract';
import { count, databaseUrl, heartbeatFile, logLevel, queueUrl } from '@marquee/process';
import { SnapshotConfig } from '@marquee/snapshots';
import { TracingConfig } from '@marquee/tracing';
import { z } from 'zod';

const percent = (usual: number) =>
  z.coerce.number<string>().min(0).max(100).default(usual).describe('a percentage, 0 to 100');

/** The loader's environment variables. */
export const LoaderConfig = z.object({
  DATABASE_URL: databaseUrl(),
  QUEUE_URL: queueUrl(),
  ...SnapshotConfig.shape,
  LOG_LEVEL: logLevel(),
  /** Datasets loaded in parallel. */
  LOAD_CONCURRENCY: count(2, { max: 7 }),
  /**
   * The time without a sign of life after which a worker is presumed dead, and its jobs go to
   * another.
   */
  JOB_LOCK_SECONDS: count(30),
  /**
   * The gates: the share of a dataset's lines that may be rejected, and of its published rows that
   * may be missing.
   */
  MAX_REJECTS_PERCENT: percent(0.1),
  MAX_ROW_LOSS_PERCENT: percent(2),
  /** With more changed rows than this, a dataset is loaded in full. */
  REFRESH_MAX_CHANGE_PERCENT: percent(30),
  /** How long the changes of a refresh are kept. */
  CHANGE_DAYS: count(30),
  /**
   * How many of each dataset's newest snapshots are kept, and for how many months the first of
   * each.
   */
  SNAPSHOT_KEEP: count(3),
  SNAPSHOT_KEEP_MONTHLY: count(0, { min: 0 }),
  /** The formats of the export that follows each publish; without any, none does. */
  EXPORT_FORMATS: z
    .string()
    .transform((text) => text.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(EXPORT_FORMATS)))
    .transform(withParquet)
    .optional()
    .describe(`some of ${EXPORT_FORMATS.join(', ')}, separated by commas`),
  /** How long a publish tries to lock its tables before it gives up. */
  PUBLISH_WAIT_SECONDS: count(600),
  ...TracingConfig.shape,
  HEARTBEAT_FILE: heartbeatFile(),
});
export type LoaderConfig = z.infer<typeof LoaderConfig>;
