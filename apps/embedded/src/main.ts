import { fileURLToPath } from 'node:url';
import { ConfigError, UserError } from '@marquee/process';
import {
  isDemoDir,
  loadSettings,
  readState,
  type StackPaths,
  unknownSettings,
} from '@marquee/stack';
import { createApiClient } from './commands/api.ts';
import { backUp, restoreBackup, verifyBackup } from './commands/backup.ts';
import { down, rejectDemoDir, restart, supervise, up } from './commands/background.ts';
import { openDatabase, roleForPeople, runningDatabase } from './commands/database.ts';
import { develop } from './commands/development.ts';
import { manageIndexes } from './commands/indexes.ts';
import { keepGivenSettings } from './commands/kept-settings.ts';
import { makeKey } from './commands/key.ts';
import { DEMO_LOGS_NOTE, suggestNextStep } from './commands/next-step.ts';
import { manageService } from './commands/service.ts';
import { withServiceFaults } from './commands/service-faults.ts';
import { update } from './commands/update.ts';
import { asksForHelp, overview, USAGES, usageOf, type CommandName } from './commands/usage.ts';
import { waitUntilReady } from './commands/wait-until-ready.ts';
import { apiUrl, type Config, readEmbeddedConfig, readStackPaths } from './config.ts';
import { demo } from './demo/demo.ts';
import { formatComposeLogs } from './docker/compose-logs.ts';
import { followLogs, printLogs } from './supervision/log-files.ts';
import { processTable } from './supervision/process-table.ts';

const script = fileURLToPath(import.meta.url);

/** How long a new version may build derived tables before it is ready. */
const READY_SECONDS = 3600;

/** A command's exit code; null if it keeps running by itself. */
type Outcome = Promise<number | null> | number | null;

type Command<Input> = (input: Input, args: readonly string[]) => Outcome;

/** A command that reads its input from the environment. */
type BoundCommand = (env: NodeJS.ProcessEnv, root: string, args: readonly string[]) => Outcome;

/** Commands that look at a stack or stop it, and so must work with a faulty configuration. */
const PATHS_COMMANDS = {
  down: async (stack) => {
    await down(stack);
    return 0;
  },
  ps: (stack) => {
    const state = readState(stack.paths);
    console.log(
      state ? processTable(state) : `The stack is not up. ${suggestNextStep(stack, 'ps')}`,
    );
    return 0;
  },
  logs: (stack, args) => {
    const { paths } = stack;
    const isRunning = readState(paths) !== null;
    if (isRunning && isDemoDir(paths)) {
      console.error(DEMO_LOGS_NOTE);
      return 0;
    }
    if (!isRunning) console.error(`The stack is not up. ${suggestNextStep(stack, 'logs')}`);
    const isRaw = args.includes('--raw');
    printLogs(paths, isRaw);
    if (!args.includes('-f')) return 0;
    followLogs(paths, isRaw);
    return null;
  },
  /** Makes the output of `docker compose logs` readable, from standard input. */
  'format-logs': async (_stack, args) => {
    await formatComposeLogs(process.stdin, args.includes('--follow'));
    return 0;
  },
  'db-url': (stack, args) => {
    console.log(runningDatabase(stack, 'db-url', roleForPeople(optionValue('--role', args))));
    return 0;
  },
  service: (stack, args) => {
    rejectDemoDir(stack);
    manageService(stack, args.includes('--remove'));
    return 0;
  },
  indexes: (stack, args) => manageIndexes(stack, args),
  psql: async (stack, args) => openDatabase(stack, roleForPeople(optionValue('--role', args))),
} satisfies Partial<Record<CommandName, Command<StackPaths>>>;

/** All others, so that each command has its help. */
type ConfigCommand = Exclude<CommandName, keyof typeof PATHS_COMMANDS>;

const CONFIG_COMMANDS: Readonly<Record<ConfigCommand, Command<Config>>> = {
  up: async (config) => {
    prepareStart(config);
    await up(config, script);
    return 0;
  },
  restart: async (config) => {
    prepareStart(config);
    await restart(config, script);
    return 0;
  },
  dev: async (config, args) => {
    prepareStart(config);
    return develop(config, args.includes('--workers'));
  },
  demo: async (config) => demo(config),
  key: async (config, args) => makeKey(config, args),
  backup: async (config, args) =>
    backUp(config, {
      file: optionValue('--file', args),
      snapshots: args.includes('--snapshots'),
    }),
  restore: async (config, args) => {
    rejectDemoDir(config);
    const options = {
      file: optionValue('--file', args),
      id: optionValue('--id', args),
      settings: optionValue('--settings-to', args),
    };
    return restoreBackup(config, options, args.includes('--force'));
  },
  'verify-backup': async (config, args) =>
    verifyBackup(config, { file: optionValue('--file', args), id: optionValue('--id', args) }),
  update: async (config, args) => {
    const publicUrl = optionValue('--seen-at', args);
    const url = publicUrl === undefined ? stackApiUrl(config) : apiUrl(config, config.apiPort);
    await update(createApiClient(url, config.env), {
      force: args.includes('--force=full') ? 'full' : args.includes('--force'),
      signal: new AbortController().signal,
      env: config.env,
      ...(publicUrl !== undefined && { publicUrl }),
    });
    return 0;
  },
  'wait-until-ready': async (config, args) => {
    const url = optionValue('--url', args) ?? stackApiUrl(config);
    return (await waitUntilReady(url, READY_SECONDS)) ? 0 : 1;
  },
  /** Started by `up`, in the background. */
  supervise: async (config) => supervise(config),
};

/**
 * The URL of the API of the stack on the configured data folder.
 *
 * @throws UserError if that stack is not up: another server may listen on its port
 */
function stackApiUrl(config: Config): string {
  const state = readState(config.paths);
  if (!state)
    throw new UserError(
      `The stack on ${config.paths.data} is not up. ${suggestNextStep(config, 'update')}`,
    );
  return state.apiUrl;
}

/**
 * The value of an option such as `--seen-at=http://127.0.0.1:3000`. With that one, the command runs
 * in a container: it requests the container's own API, and prints the URL that people use.
 */
function optionValue(option: string, args: readonly string[]): string | undefined {
  return args.find((arg) => arg.startsWith(`${option}=`))?.slice(option.length + 1);
}

/** Whether an object has a key, of all names that people may give. */
function isKeyOf<T extends object>(name: PropertyKey, object: T): name is keyof T {
  return Object.hasOwn(object, name);
}

/** The command with this name, bound to the part of the environment it reads. */
function findCommand(name: CommandName): BoundCommand {
  if (isKeyOf(name, PATHS_COMMANDS)) {
    const command: Command<StackPaths> = PATHS_COMMANDS[name];
    return (env, root, args) => command(readStackPaths(env, root), args);
  }
  const command = CONFIG_COMMANDS[name];
  return async (env, root, args) => command(await readStackConfig(env, root), args);
}

/** @throws ConfigError naming the faults of the stack and of all services */
async function readStackConfig(env: NodeJS.ProcessEnv, root: string): Promise<Config> {
  try {
    return readEmbeddedConfig(env, root);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw await withServiceFaults(error, root, env);
  }
}

/** What comes before a start by hand. @throws UserError if the data folder is a demo's */
function prepareStart(config: Config): void {
  rejectDemoDir(config);
  for (const line of unknownSettings(config.root, config.paths.data)) console.error(line);
  keepGivenSettings(config);
}

async function main([name = '', ...args]: readonly string[]): Promise<number | null> {
  if (!isKeyOf(name, USAGES)) {
    if (asksForHelp([name])) {
      console.log(overview());
      return 0;
    }
    console.error(`Unknown command "${name}". Commands: ${Object.keys(USAGES).join(', ')}.`);
    return 2;
  }
  if (asksForHelp(args)) {
    console.log(usageOf(name));
    return 0;
  }
  const command = findCommand(name);
  try {
    const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/u, '');
    return await command(loadSettings(root), root, args);
  } catch (error) {
    console.error(describeError(error));
    return 1;
  }
}

/** The message and hint of an error that is written for people; else the error with its stack. */
function describeError(error: unknown): unknown {
  if (error instanceof UserError) return error.text;
  if (error instanceof ConfigError) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' || path === undefined) return error;
  return `This user may not access ${path}. Another user, such as root, probably created it: run this as that user, or set DATA_DIR to another folder.`;
}

const code = await main(process.argv.slice(2));
if (code !== null) process.exit(code);
