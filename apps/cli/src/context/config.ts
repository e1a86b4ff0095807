import { databaseUrl, port, readConfig, secret, url } from '@marquee/process';
import { z } from 'zod';
import { withScheme } from './api-url.ts';

/** The environment variables of the command line. */
export const CliConfig = z.object({
  /** The API's URL. Without it, the stack of this machine is used. */
  MARQUEE_URL: z
    .string()
    .transform(withScheme)
    .pipe(url('http', 'https'))
    .describe('a URL, such as http://localhost:3000')
    .optional(),
  MARQUEE_KEY: secret(z.string().optional()),
  /** For an API that asks its clients for a certificate. */
  TLS_CLIENT_CERT_FILE: z.string().optional().describe('a path'),
  TLS_CLIENT_KEY_FILE: z.string().optional().describe('a path'),
  // the rest configures the stack in the repository's `.env`: it tells how to find this machine's
  API_ADMIN_KEY: secret(z.string().optional()),
  API_PORT: port(3000),
  DATA_DIR: z.string().default('data').describe('a folder'),
  DATABASE_URL: databaseUrl().optional(),
  POSTGRES_PORT: port(5439),
  POSTGRES_READER_PASSWORD: secret(z.string().optional()),
  CI: z.string().optional(),
});
export type CliConfig = z.infer<typeof CliConfig>;

/** @throws ConfigError naming each variable that is wrong */
export function readCliConfig(env: Readonly<Record<string, string | undefined>>): CliConfig {
  return readConfig(CliConfig, env);
}
