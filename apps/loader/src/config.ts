import { count, url } from '@marquee/process';
import { z } from 'zod';

const percent = (usual: number) => z.coerce.number<string>().min(0).max(100).default(usual).describe('a percentage, 0 to 100');

/** The loader's environment. */
export const LoaderConfig = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  QUEUE_URL: url('postgres', 'postgresql', 'redis', 'rediss'),
  SNAPSHOT_DIR: z.string().describe('the folder of the snapshot store'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('debug, info, warn or error'),
  /** Datasets loaded at once. */
  LOAD_CONCURRENCY: count(2, { max: 7 }),
  /** The gates: how much of a dataset may be rejected, and how much smaller than the published one it may be. */
  MAX_REJECTS_PERCENT: percent(0.1),
  MAX_ROW_LOSS_PERCENT: percent(2),
  /** Beyond so many changed rows, a dataset is loaded in full. */
  REFRESH_MAX_CHANGE_PERCENT: percent(30),
  /** How long the changes of a refresh are kept. */
  CHANGE_DAYS: count(30),
  /** How long publishing tries to get its lock before it gives up. */
  PUBLISH_WAIT_SECONDS: count(600),
  /** Written every few seconds while the process is well. */
  HEARTBEAT_FILE: z.string().describe('a path').optional(),
});
export type LoaderConfig = z.infer<typeof LoaderConfig>;
