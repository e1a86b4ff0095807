import { join, relative } from 'node:path';
import { quoted } from '@marquee/process';
import type { Environment } from './paths.ts';

/**
 * The make command that acts on a stack, such as `DATA_DIR=data/sample make down`. Variables with
 * their default value are left out.
 *
 * @param env names the stack: its DATA_DIR, and in CHOSEN the MODE that make was called with
 * @param target with its variables, such as `key ROLE=admin`
 */
export function makeCommand(env: Environment, target: string): string {
  const values = { DATA_DIR: env['DATA_DIR'] ?? 'data', MODE: env['CHOSEN'] ?? 'auto' };
  const defaults = { DATA_DIR: 'data', MODE: 'auto' };
  const variables = (['DATA_DIR', 'MODE'] as const).flatMap((name) =>
    values[name] === defaults[name] ? [] : [`${name}=${quoted(values[name])}`],
  );
  return [...variables, 'make', target].join(' ');
}

/**
 * The environment that names the embedded stack on a data folder, for {@link makeCommand}.
 *
 * @param root the repository; a folder within it is named relative to it
 */
export function makeEnvironment(root: string, data: string): Environment {
  if (data === join(root, 'data')) return {};
  const path = relative(root, data);
  return { DATA_DIR: path.startsWith('..') ? data : path, CHOSEN: 'embedded' };
}
