import type { Command } from 'commander';
import type { CliEnvironment, Context, GlobalOptions } from '../context/context.ts';

/** The body of a command. It may return an exit code; the default is 0. */
type CommandBody = (context: Context) => Promise<number> | Promise<void>;

/** Runs the body of a command with its context. */
export type RunCommand = (command: Command, body: CommandBody) => Promise<void>;

/** Runs commands in an environment. @param onExit receives the exit code */
export function commandRunner(
  environment: CliEnvironment,
  onExit: (code: number) => void,
): RunCommand {
  return async (command, body) => {
    // help and completion need no context, nor the time that it takes to load
    const { makeContext } = await import('../context/context.ts');
    const code = await body(makeContext(environment, command.optsWithGlobals<GlobalOptions>()));
    onExit(code ?? 0);
  };
}
