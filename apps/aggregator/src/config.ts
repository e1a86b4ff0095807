import { count, databaseUrl, heartbeatFile, logLevel, queueUrl } from '@marquee/process';
import { TracingConfig } from '@marquee/tracing';
import { z } from 'zod';

/** The aggregator's environment variables. */
export const AggregatorConfig = z.object({
  DATABASE_URL: databaseUrl(),
  QUEUE_URL: queueUrl(),
  LOG_LEVEL: logLevel(),
  /** How long the changes of movies are kept. */
  CHANGE_DAYS: count(30),
  /**
   * The time without a sign of life after which a worker is presumed dead, and its jobs go to
   * another.
   */
  JOB_LOCK_SECONDS: count(30),
  ...TracingConfig.shape,
  HEARTBEAT_FILE: heartbeatFile(),
});
export type AggregatorConfig = z.infer<typeof AggregatorConfig>;
