import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readStackPaths, type DataPaths, type StackPaths } from './config.ts';

/** Where the demo's sample of so many titles lies. */
export function demoSample({ data }: DataPaths, titles: number): string {
  return join(data, `made-up-${titles}`);
}

/**
 * Whether a data folder is a demo's: its sample lies there, whole or begun, from before its
 * database is made.
 */
export function isDemoDir({ data }: DataPaths): boolean {
  return (
    existsSync(data) && readdirSync(data).some((name) => /^made-up-\d+(?:\.new)?$/u.test(name))
  );
}

/**
 * The demo of a data folder: apart from real data, in a folder of its own in there, unless that one
 * is a demo's already.
 */
export function demoPaths({ root, env, paths }: StackPaths): StackPaths {
  const data = env['DATA_DIR'] ?? 'data';
  return readStackPaths(
    { ...env, DATA_DIR: isDemoDir(paths) ? data : join(data, 'demo'), CHOSEN: 'embedded' },
    root,
  );
}
