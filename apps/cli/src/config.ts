import { port, readConfig, url } from '@marquee/process';
import { z } from 'zod';

const CliConfig = z.object({
  /** Where the API is; left out, the stack of this machine is looked for. */
  MARQUEE_URL: url('http', 'https').optional(),
  MARQUEE_KEY: z.string().optional(),
  /**
   * The rest stands in the repository's `.env`, for the stack: it is how this machine's own is
   * found.
   */
  API_ADMIN_KEY: z.string().optional(),
  API_PORT: port(3000),
  DATA_DIR: z.string().default('data').describe('a folder'),
  DATABASE_URL: url('postgres', 'postgresql').optional(),
  POSTGRES_PORT: port(5439),
  POSTGRES_PASSWORD: z.string().optional(),
  CI: z.string().optional(),
});
export type CliConfig = z.infer<typeof CliConfig>;

/** @throws ConfigError naming each variable that is wrong */
export function readCliConfig(env: Readonly<Record<string, string | undefined>>): CliConfig {
  return readConfig(CliConfig, env);
}
