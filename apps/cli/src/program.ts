import { ATTRIBUTION } from '@marquee/contract';
import { Command } from 'commander';
import { addCatalogueCommands } from './commands/catalogue-commands.ts';
import { addCompletion } from './commands/completion.ts';
import { addMaintenanceCommands } from './commands/maintenance-commands.ts';
import { commandRunner } from './commands/run-command.ts';
import type { CliEnvironment } from './context/context.ts';
import { VERSION } from './context/version.ts';

const EXIT_CODES = `
Exit codes:
  0    done
  1    failed
  2    wrong usage: arguments, options, or values that the API rejects
  3    not found, or nothing found
  4    the server cannot be reached
  5    refused: another run is in progress, today's update is done, or the key does not suffice
  130  interrupted by Ctrl-C

Environment:
  MARQUEE_URL, MARQUEE_KEY  the defaults of --url and --key
  NO_COLOR                  disables colours

Shell completion:
  source <(marquee complete bash)    also zsh, fish, powershell

IMDb's data: ${ATTRIBUTION}
Made-up data, as in the demo, is said to be made up wherever it is shown.`;

/** The whole command line. @param onExit receives the exit code of a command that has ended */
export function createProgram(
  environment: CliEnvironment,
  onExit: (code: number) => void,
): Command {
  const program = new Command('marquee')
    .description('Your own current copy of IMDb’s datasets, from the terminal')
    .version(VERSION)
    .option('--url <url>', 'the URL of the API (default: this machine’s stack)')
    .option('--key <key>', 'an API key')
    .option('--json', 'print JSON, for programs')
    .option('-y, --yes', 'answer questions with yes')
    .option('--no-input', 'ask no questions')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  const runCommand = commandRunner(environment, onExit);
  addCatalogueCommands(program, runCommand);
  addMaintenanceCommands(program, runCommand);
  addCompletion(program);
  return program;
}
