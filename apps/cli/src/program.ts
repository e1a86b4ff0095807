import { ATTRIBUTION } from '@marquee/contract';
import { Command } from 'commander';
import { doesIn } from './command-work.ts';
import { addCompletion } from './completion.ts';
import type { Surroundings } from './context.ts';
import { addCatalogueCommands } from './program-catalogue.ts';
import { addUpkeepCommands } from './program-upkeep.ts';
import { VERSION } from './version.ts';

const EXIT_CODES = `
Exit codes:
  0    done
  1    failed
  2    wrong usage: arguments, options, or values that the API does not take
  3    not found, or nothing found
  4    the server cannot be reached
  5    refused: another run goes, today's update is done, or the key does not suffice
  130  ended by Ctrl-C

Environment:
  MARQUEE_URL, MARQUEE_KEY  as --url and --key
  NO_COLOR                  no colours

Shell completion:
  source <(marquee complete bash)    also zsh, fish, powershell

IMDb's data: ${ATTRIBUTION}
Made-up data, as in the demo, is said to be made up wherever it is shown.`;

/** The whole command line. @param onExit is told the exit code of a command that did its work */
export function createProgram(surroundings: Surroundings, onExit: (code: number) => void): Command {
  const program = new Command('marquee')
    .description('Your own current copy of IMDb’s datasets, from the terminal')
    .version(VERSION)
    .option('--url <url>', 'where the API is (default: this machine’s stack)')
    .option('--key <key>', 'a key of the API')
    .option('--json', 'answer with JSON, for programs')
    .option('-y, --yes', 'answer questions with yes')
    .option('--no-input', 'ask nothing')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  const does = doesIn(surroundings, onExit);
  addCatalogueCommands(program, does);
  addUpkeepCommands(program, does);
  addCompletion(program);
  return program;
}
