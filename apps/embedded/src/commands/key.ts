import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { roleUrl } from '@marquee/postgres';
import { demoPaths, readState } from '@marquee/stack';
import type { Config } from '../config.ts';
import { createStack } from '../supervision/stack.ts';
import { runningDatabase } from './database.ts';

/**
 * Makes an API key. If the stack is not up, only its database is started meanwhile: the API
 * may refuse to start because it has no key.
 *
 * @param args for make-key
 * @returns the exit code of make-key
 */
export async function makeKey(config: Config, args: readonly string[]): Promise<number> {
  // if only the demo is running, it is probably meant, and the error says how to name it
  if (readState(config.paths) ?? readState(demoPaths(config).paths))
    return runMakeKey(config, runningDatabase(config, 'key', 'api'), args);
  const database = createStack(
    { ...config, apiPort: 0, postgresPort: 0, logLevel: 'warn' },
    'foreground',
    { children: () => [] },
  );
  const { adminUrl } = await database.start();
  try {
    return runMakeKey(config, roleUrl(adminUrl, 'api'), args);
  } finally {
    await database.stop();
  }
}

function runMakeKey({ root, env }: Config, databaseUrl: string, args: readonly string[]): number {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'apps/api/dist/make-key.js'), ...args],
    { stdio: 'inherit', env: { ...env, DATABASE_URL: databaseUrl } },
  );
  return status ?? 1;
}
