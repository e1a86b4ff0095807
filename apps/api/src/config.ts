import { port, url } from '@marquee/process';
import { z } from 'zod';

/** The API's environment. */
export const ApiConfig = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
  QUEUE_URL: url('postgres', 'postgresql', 'redis', 'rediss'),
  API_HOST: z.string().default('127.0.0.1').describe('an address to listen on'),
  API_PORT: port(3000),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('debug, info, warn or error'),
});
export type ApiConfig = z.infer<typeof ApiConfig>;
