import { quoted } from '@marquee/process';
import type { Environment, Place } from './config.ts';
import { demoOf, isDemos } from './demo-folder.ts';
import { readState } from './state.ts';

/** What to say to those who ask for the logs of a demo that runs. */
export const DEMO_LOGS = 'The demo runs, and logs to its own terminal.';

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
export function whatElse(place: Place, target: string): string {
  const start = `Start it: ${isDemos(place.paths) ? demoCommand(place) : makeCommand(place.env, 'up')}`;
  const demo = demoOf(place);
  if (!readState(demo.paths)) return start;
  return target === 'logs'
    ? `${DEMO_LOGS}\n${start}`
    : `The demo runs: ${makeCommand(demo.env, target)}\n${start}`;
}

/** The command that starts the demo on a data folder that is its own. */
export function demoCommand({ env }: Place): string {
  return makeCommand({ ...env, CHOSEN: 'auto' }, 'demo');
}
