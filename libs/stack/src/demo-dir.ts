import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataPaths, type DataPaths, type StackPaths } from './paths.ts';

/** The folder of the demo's sample, by its number of titles. */
export function demoSample({ data }: DataPaths, titles: number): string {
  return join(data, `made-up-${titles}`);
}

/**
 * Whether a data folder is a demo's: it contains the demo's sample, complete or not. The sample is
 * made before the database.
 */
export function isDemoDir({ data }: DataPaths): boolean {
  return (
    existsSync(data) && readdirSync(data).some((name) => /^made-up-\d+(?:\.new)?$/u.test(name))
  );
}

/** The data folder of the demo that belongs to a data folder: its subfolder `demo`. */
export function demoSubdir({ data }: DataPaths): DataPaths {
  return dataPaths(join(data, 'demo'));
}

/**
 * The paths of a stack's demo. The demo has a data folder of its own, `demo` within the stack's. A
 * folder that is a demo's already stays as it is.
 */
export function demoPaths({ root, env, paths }: StackPaths): StackPaths {
  const given = env['DATA_DIR'] ?? 'data';
  const data = isDemoDir(paths) ? given : join(given, 'demo');
  return {
    root,
    env: { ...env, DATA_DIR: data, CHOSEN: 'embedded' },
    paths: dataPaths(resolve(root, data)),
  };
}
