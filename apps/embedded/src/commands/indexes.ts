import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { StackPaths } from '@marquee/stack';
import { runningDatabase } from './database.ts';

/**
 * Builds the recommended indexes on the running database, or drops them.
 *
 * @param args for the loader's manage-indexes
 * @returns its exit code
 */
export function manageIndexes(stack: StackPaths, args: readonly string[]): number {
  const { status } = spawnSync(
    process.execPath,
    [join(stack.root, 'apps/loader/dist/manage-indexes.js'), ...args],
    {
      stdio: 'inherit',
      env: { ...stack.env, DATABASE_URL: runningDatabase(stack, 'indexes', 'loader') },
    },
  );
  return status ?? 1;
}
