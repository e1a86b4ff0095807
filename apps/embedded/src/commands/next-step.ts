import { demoPaths, isDemoDir, makeCommand, readState, type StackPaths } from '@marquee/stack';

/** The answer to `make logs` while the demo runs. */
export const DEMO_LOGS_NOTE = 'The demo is running and logs to its own terminal.';

/**
 * Suggests what to do about a stack that is not running: start it; or, if the demo of its data
 * folder is running, run the same target there.
 *
 * @param target the make target that was called
 */
export function suggestNextStep(stack: StackPaths, target: string): string {
  const start = `Start it: ${isDemoDir(stack.paths) ? demoCommand(stack) : makeCommand(stack.env, 'up')}`;
  const demo = demoPaths(stack);
  if (!readState(demo.paths)) return start;
  return target === 'logs'
    ? `${DEMO_LOGS_NOTE}\n${start}`
    : `The demo is running: ${makeCommand(demo.env, target)}\n${start}`;
}

/** The command that starts the demo on its own data folder. */
export function demoCommand({ env }: StackPaths): string {
  return makeCommand({ ...env, CHOSEN: 'auto' }, 'demo');
}
