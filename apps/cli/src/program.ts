import { Command } from 'commander';
import { addCompletion } from './commands/completion.ts';
import { commandRunner, type RunCommand } from './commands/run-command.ts';
import type { CliEnvironment } from './context/context.ts';
import { VERSION } from './version.ts';

const HELP_END = `
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
  DATA_DIR                  the folder of the stack to use, if several run
  NO_COLOR                  disables colours

Shell completion:
  source <(marquee complete bash)    also zsh, fish, powershell

IMDb's data: Information courtesy of IMDb (https://www.imdb.com). Used with permission.
Made-up data, as in the demo, is said to be made up wherever it is shown.`;

/** Adds the arguments, options and action of a command. */
type Define = (command: Command, run: RunCommand) => void;

/**
 * Each command with its arguments, its description, and what defines the rest of it. That is loaded
 * only for the command in use: loading all takes longer than most commands.
 */
const COMMANDS: readonly (readonly [string, string, () => Promise<Define>])[] = [
  [
    'search [words...]',
    'find titles and people by words, also with spelling mistakes, or by filters',
    async () => (await import('./commands/search.ts')).defineSearch,
  ],
  [
    'title <id>',
    'show a title: rating, people, seasons, alternative titles',
    async () => (await import('./commands/title.ts')).defineTitle,
  ],
  [
    'episodes <series>',
    'list the episodes of a series, with their ratings',
    async () => (await import('./commands/episodes.ts')).defineEpisodes,
  ],
  [
    'similar <title>',
    'list titles that share people and genres with a title',
    async () => (await import('./commands/similar.ts')).defineSimilar,
  ],
  [
    'name <id>',
    'show a person and the filmography',
    async () => (await import('./commands/name.ts')).defineName,
  ],
  [
    'costars <name>',
    'list the people who have worked on the same titles as a person',
    async () => (await import('./commands/costars.ts')).defineCostars,
  ],
  [
    'top',
    'show the best rated titles, or those with the most votes',
    async () => (await import('./commands/top.ts')).defineTop,
  ],
  [
    'movies',
    'show movies merged from several sources, why they are so, and lock their fields',
    async () => (await import('./commands/movies.ts')).defineMovies,
  ],
  [
    'rules',
    'show and set the rules by which movies are merged',
    async () => (await import('./commands/rules.ts')).defineRules,
  ],
  [
    'profit',
    'add up budgets and revenues by company, genre, country and year',
    async () => (await import('./commands/profit.ts')).defineProfit,
  ],
  [
    'stats',
    'show statistics of the data in use',
    async () => (await import('./commands/stats.ts')).defineStats,
  ],
  [
    'changes',
    'show the changes of rows by updates',
    async () => (await import('./commands/changes.ts')).defineChanges,
  ],
  [
    'events',
    'show ends of runs, publishes and changes of movies, also as they happen',
    async () => (await import('./commands/events.ts')).defineEvents,
  ],
  [
    'open [page] [words...]',
    'open a page of the site in the browser',
    async () => (await import('./commands/open.ts')).defineOpen,
  ],
  [
    'sql [statement]',
    'open a prompt for SQL on the database, or run a statement',
    async () => (await import('./commands/sql.ts')).defineSql,
  ],
  [
    'mcp',
    'serve the tools of the Model Context Protocol on standard input and output',
    async () => (await import('./commands/mcp.ts')).defineMcp,
  ],
  [
    'update',
    'download IMDb’s files, load and publish them',
    async () => (await import('./commands/update.ts')).defineUpdate,
  ],
  [
    'runs',
    'list, watch and cancel runs',
    async () => (await import('./commands/runs.ts')).defineRuns,
  ],
  [
    'rejects [run]',
    'show the rejected lines of a run, and why (default: the newest run with rejects)',
    async () => (await import('./commands/rejects.ts')).defineRejects,
  ],
  [
    'snapshots',
    'list the downloaded versions of datasets, and load one again',
    async () => (await import('./commands/snapshots.ts')).defineSnapshots,
  ],
  [
    'exports',
    'list exports, make one, and download its files: Parquet, DuckDB, SQLite',
    async () => (await import('./commands/exports.ts')).defineExports,
  ],
  [
    'sources',
    'list sources of movies, add one, deliver and check files',
    async () => (await import('./commands/sources.ts')).defineSources,
  ],
  [
    'deliveries',
    'list what has come to all sources, and retry what has failed',
    async () => (await import('./commands/all-deliveries.ts')).defineAllDeliveries,
  ],
  [
    'matches',
    'review records whose movie is not certain, and undo decisions',
    async () => (await import('./commands/matches.ts')).defineMatches,
  ],
  [
    'match <file>',
    'find the movies that the rows of a CSV file mean, and add their ids',
    async () => (await import('./commands/match.ts')).defineMatch,
  ],
  [
    'pictures',
    'list, add and remove pictures of a movie or person',
    async () => (await import('./commands/pictures.ts')).definePictures,
  ],
  [
    'keys',
    'create, list and revoke API keys; this needs an admin’s key',
    async () => (await import('./commands/keys.ts')).defineKeys,
  ],
  [
    'doctor',
    'check API, database, queue, disk, snapshots, versions and configuration',
    async () => (await import('./commands/doctor.ts')).defineDoctor,
  ],
];

/** Whether arguments ask for JSON. It is known before they are parsed, for errors of the parser. */
export function isJsonAsked(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes('--json');
}

/**
 * The command line, with the commands that the arguments name in full, and the others by name.
 *
 * @param onExit receives the exit code of a command that has ended
 */
export async function createProgram(
  environment: CliEnvironment,
  onExit: (code: number) => void,
  args: readonly string[],
): Promise<Command> {
  const program = new Command('marquee')
    .description('Your own current copy of IMDb’s datasets, from the terminal')
    .version(VERSION, '-v, --version')
    .option('--url <url>', 'the URL of the API (default: this machine’s stack)')
    .option('--key <key>', 'an API key')
    .option('--json', 'print JSON, for programs')
    .option('-y, --yes', 'answer questions with yes')
    .option('--no-input', 'ask no questions')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText('after', HELP_END);
  // as JSON, an error of the parser is reported like all others
  if (isJsonAsked(args)) program.configureOutput({ writeErr: () => undefined });
  const runCommand = commandRunner(environment, onExit);
  const isCompletion = args.includes('complete');
  for (const [usage, description, load] of COMMANDS) {
    const command = program.command(usage).description(description);
    if (isCompletion || args.includes(command.name())) (await load())(command, runCommand);
  }
  addCompletion(program, environment, args);
  return program;
}
