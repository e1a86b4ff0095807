import { count, logLevel, port, queueUrl, url } from '@marquee/process';
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

/** The API's environment. */
export const ApiConfig = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  QUEUE_URL: queueUrl(),
  API_HOST: z.string().default('127.0.0.1').describe('an address to listen on'),
  API_PORT: port(3000),
  LOG_LEVEL: logLevel(),
  /** When updates start by themselves; never when it is not set. */
  UPDATE_SCHEDULE: z.string().refine(isCron).optional().describe('a cron expression, such as 30 6 * * *'),
  UPDATE_TIME_ZONE: z.string().refine(isTimeZone).default('UTC').describe('a time zone, such as Europe/Berlin'),
  UPDATE_JITTER_SECONDS: count(600, { min: 0, max: 86_400 }),
});

function isCron(text: string): boolean {
  try {
    CronExpressionParser.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

export type ApiConfig = z.infer<typeof ApiConfig>;
