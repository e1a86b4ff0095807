import { join } from 'node:path';
import { pathsIn, type Environment, type Place } from './config.ts';
import { readState } from './state.ts';

/**
 * A make command as it acts on the stack that this environment names, such as `DATA_DIR=data/sample make down`.
 *
 * @param env with DATA_DIR where it is not the usual one, and with CHOSEN, by which the Makefile says which MODE was asked for
 */
export function makeCommand(env: Environment, target: string): string {
  const chosen = env['CHOSEN'] ?? 'auto';
  const named = { DATA_DIR: env['DATA_DIR'] ?? 'data', MODE: chosen };
  const usual = { DATA_DIR: 'data', MODE: 'auto' };
  const given = (['DATA_DIR', 'MODE'] as const).flatMap((name) => (named[name] === usual[name] ? [] : [`${name}=${quoted(named[name])}`]));
  return [...given, 'make', target].join(' ');
}

/** What to do where the stack is not up: start it; or, where the demo of the same data folder runs, do the same there. @param target what was asked for */
export function whatElse({ env, paths }: Place, target: string): string {
  const start = `Start it: ${makeCommand(env, 'up')}`;
  if (!readState(pathsIn(join(paths.data, 'demo')))) return start;
  if (target === 'logs') return `The demo runs, and logs to its own terminal.\n${start}`;
  const demo = makeCommand({ DATA_DIR: join(env['DATA_DIR'] ?? 'data', 'demo'), CHOSEN: 'embedded' }, target);
  return `The demo runs: ${demo}\n${start}`;
}

/** As the shell reads it. */
function quoted(value: string): string {
  return /^[\w./:@-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
