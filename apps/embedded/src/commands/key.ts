import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { runningDatabase } from './database.ts';
import { demoPaths } from '../demo-dir.ts';
import { createStack } from '../supervision/stack.ts';
import { readState } from '../state.ts';

/**
 * Makes a key for the API. Where the stack is not up its database is, for as long as that takes:
 * the API may not start for want of a key.
 *
 * @param args of make-key
 * @returns its exit code
 */
export async function makeKey(config: Config, args: readonly string[]): Promise<number> {
  // with nothing but the demo up, it is probably meant, and the refusal says how to name it
  if (readState(config.paths) ?? readState(demoPaths(config).paths))
    return runMakeKey(config, runningDatabase(config, 'key'), args);
  const database = createStack(
    { ...config, apiPort: 0, postgresPort: 0, logLevel: 'warn' },
    'foreground',
    { children: () => [] },
  );
  const { databaseUrl } = await database.start();
  try {
    return runMakeKey(config, databaseUrl, args);
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
