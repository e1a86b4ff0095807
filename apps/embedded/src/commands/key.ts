import { roleUrl } from '@marquee/postgres';
import type { Config } from '../config.ts';
import { ownSettings } from '../supervision/app-settings.ts';
import { runProgram } from './run-program.ts';
import { withDatabase } from './with-database.ts';

/**
 * Makes an API key. The stack need not be up: the API may refuse to start because it has no key.
 *
 * @param args for make-key
 * @returns the exit code of make-key
 */
export async function makeKey(config: Config, args: readonly string[]): Promise<number> {
  return withDatabase(config, 'key', (adminUrl) =>
    runProgram(config.root, 'apps/api/dist/make-key.js', {
      args,
      env: ownSettings({ ...config.env, DATABASE_URL: roleUrl(adminUrl, 'api') }, ['DATABASE_URL']),
    }),
  );
}
