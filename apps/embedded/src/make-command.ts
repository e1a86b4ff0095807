import { quoted } from '@marquee/process';
import type { Environment, StackPaths } from './config.ts';
import { demoPaths, isDemoDir } from './demo-dir.ts';
import { readState } from './state.ts';

/** What to say to those who ask for the logs of a demo that runs. */
export const DEMO_LOGS_NOTE = 'The demo runs, and logs to its own terminal.';

/**
 * A make command as it acts on the stack that this environment names, such as `DATA_DIR=data/sample
 * make down`.
 *
 * @param env with DATA_DIR where it is not the usual one, and with CHOSEN, by which the Makefile
 *   says which MODE was asked for
 */
export function makeCommand(env: Environment, target: string): string {
  const chosen = env['CHOSEN'] ?? 'auto';
  const named = { DATA_DIR: env['DATA_DIR'] ?? 'data', MODE: chosen };
  const usual = { DATA_DIR: 'data', MODE: 'auto' };
  const given = (['DATA_DIR', 'MODE'] as const).flatMap((name) =>
    named[name] === usual[name] ? [] : [`${name}=${quoted(named[name])}`],
  );
  return [...given, 'make', target].join(' ');
}

/**
 * What to do where the stack is not up: start it; or, where the demo of the same data folder runs,
 * do the same there.
 *
 * @param target what was asked for
 */
export function suggestNextStep(place: StackPaths, target: string): string {
  const start = `Start it: ${isDemoDir(place.paths) ? demoCommand(place) : makeCommand(place.env, 'up')}`;
  const demo = demoPaths(place);
  if (!readState(demo.paths)) return start;
  return target === 'logs'
    ? `${DEMO_LOGS_NOTE}\n${start}`
    : `The demo runs: ${makeCommand(demo.env, target)}\n${start}`;
}

/** The command that starts the demo on a data folder that is its own. */
export function demoCommand({ env }: StackPaths): string {
  return makeCommand({ ...env, CHOSEN: 'auto' }, 'demo');
}
