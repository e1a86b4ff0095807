import type { StackPaths } from '@marquee/stack';
import { runningDatabase } from './database.ts';
import { runProgram } from './run-program.ts';

/**
 * Builds the recommended indexes on the running database, or drops them.
 *
 * @param args for the loader's manage-indexes
 * @returns its exit code
 */
export function manageIndexes(stack: StackPaths, args: readonly string[]): number {
  return runProgram(stack.root, 'apps/loader/dist/manage-indexes.js', {
    args,
    env: { ...stack.env, DATABASE_URL: runningDatabase(stack, 'indexes', 'loader') },
  });
}
