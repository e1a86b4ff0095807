import type { Command } from 'commander';
import { makeContext, type Context, type GlobalOptions, type Surroundings } from './context.ts';

/** Does a command's work; what it answers is the exit code, 0 when nothing. */
type Work = (context: Context) => Promise<number> | Promise<void>;

/** Gives a command its work. */
export type Does = (command: Command, work: Work) => Promise<void>;

/** Work that is done in these surroundings. @param onExit is told its exit code */
export function doesIn(surroundings: Surroundings, onExit: (code: number) => void): Does {
  return async (command, work) => {
    const code = await work(makeContext(surroundings, command.optsWithGlobals<GlobalOptions>()));
    onExit(code ?? 0);
  };
}
