import { fileURLToPath } from 'node:url';
import { PostgresError } from '@marquee/postgres';
import { ConfigError } from '@marquee/process';
import { ApiClient } from './api-client.ts';
import { down, rejectDemoDir, restart, supervise, up } from './commands/background.ts';
import {
  apiUrl,
  readEmbeddedConfig,
  readStackPaths,
  type Config,
  type StackPaths,
} from './config.ts';
import { openPsql, runningDatabase } from './commands/database.ts';
import { demo } from './demo/demo.ts';
import { isDemoDir } from './demo-dir.ts';
import { develop } from './commands/development.ts';
import { makeKey } from './commands/key.ts';
import { followLogs, printLogs } from './supervision/log-files.ts';
import { DEMO_LOGS_NOTE, suggestNextStep } from './make-command.ts';
import { processTable } from './supervision/process-table.ts';
import { UserError } from './user-error.ts';
import { readState } from './state.ts';
import { update } from './commands/update.ts';

const script = fileURLToPath(import.meta.url);

/** A command answers with an exit code, or with null where it goes on by itself. */
type Command<Needed> = (needed: Needed, args: readonly string[]) => Outcome;
type Outcome = Promise<number | null> | number | null;

/** A command that takes what it needs from the environment. */
type BoundCommand = (env: NodeJS.ProcessEnv, root: string, args: readonly string[]) => Outcome;

/**
 * Those that look at a stack or stop it, which a fault in the configuration must not keep from it.
 */
const PATHS_COMMANDS: Readonly<Record<string, Command<StackPaths>>> = {
  down: async (place) => {
    await down(place);
    return 0;
  },
  ps: (place) => {
    const state = readState(place.paths);
    console.log(
      state ? processTable(state) : `The stack is not up. ${suggestNextStep(place, 'ps')}`,
    );
    return 0;
  },
  logs: (place, args) => {
    const { paths } = place;
    const isUp = readState(paths) !== null;
    if (isUp && isDemoDir(paths)) {
      console.error(DEMO_LOGS_NOTE);
      return 0;
    }
    if (!isUp) console.error(`The stack is not up. ${suggestNextStep(place, 'logs')}`);
    printLogs(paths);
    if (!args.includes('-f')) return 0;
    followLogs(paths);
    return null;
  },
  'db-url': (place) => {
    console.log(runningDatabase(place, 'db-url'));
    return 0;
  },
  psql: (place) => openPsql(place),
};

const CONFIG_COMMANDS: Readonly<Record<string, Command<Config>>> = {
  up: async (config) => {
    rejectDemoDir(config);
    await up(config, script);
    return 0;
  },
  restart: async (config) => {
    rejectDemoDir(config);
    await restart(config, script);
    return 0;
  },
  dev: async (config, args) => {
    rejectDemoDir(config);
    return develop(config, args.includes('--workers'));
  },
  demo: async (config) => demo(config),
  key: async (config, args) => makeKey(config, args),
  update: async (config, args) => {
    const publicUrl = valueOf('--seen-at', args);
    const api = new ApiClient(
      publicUrl === undefined ? stackApiUrl(config) : apiUrl(config.apiHost, config.apiPort),
      config.env['API_ADMIN_KEY'],
    );
    const force = args.includes('--force=full') ? 'full' : args.includes('--force');
    await update(api, {
      force,
      signal: new AbortController().signal,
      env: config.env,
      ...(publicUrl !== undefined && { publicUrl }),
    });
    return 0;
  },
  /** What `up` starts in the background. */
  supervise: async (config) => supervise(config),
};

/**
 * The API of the stack that is up on the data folder.
 *
 * @throws UserError where none is: whoever else answers on its port is not to be asked
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
 * The value of an option such as `--seen-at=http://127.0.0.1:3000`. By that one, a container's own
 * API is asked, which people see there.
 */
function valueOf(option: string, args: readonly string[]): string | undefined {
  return args.find((arg) => arg.startsWith(`${option}=`))?.slice(option.length + 1);
}

/** Reads `.env` into the environment; what is set there already wins. */
function loadEnvironment(root: string): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile(`${root}/.env`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return process.env;
}

/** The command of a name, with what it needs of the environment; null where there is none. */
function commandOf(name: string): BoundCommand | null {
  const atAPlace = Object.hasOwn(PATHS_COMMANDS, name) ? PATHS_COMMANDS[name] : undefined;
  if (atAPlace) return (env, root, args) => atAPlace(readStackPaths(env, root), args);
  const configured = Object.hasOwn(CONFIG_COMMANDS, name) ? CONFIG_COMMANDS[name] : undefined;
  if (configured) return (env, root, args) => configured(readEmbeddedConfig(env, root), args);
  return null;
}

async function main([name = '', ...args]: readonly string[]): Promise<number | null> {
  const command = commandOf(name);
  if (!command) {
    console.error(
      `There is no command "${name}"; there are ${Object.keys({ ...CONFIG_COMMANDS, ...PATHS_COMMANDS }).join(', ')}.`,
    );
    return 2;
  }
  try {
    const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/u, '');
    return await command(loadEnvironment(root), root, args);
  } catch (error) {
    console.error(describeError(error));
    return 1;
  }
}

/** An error's message where it was written for people; else all of it. */
function describeError(error: unknown): unknown {
  if (error instanceof UserError || error instanceof ConfigError || error instanceof PostgresError)
    return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' || path === undefined) return error;
  return `${path} cannot be used by this user. It was probably made by another, such as root: run this as that one, or set DATA_DIR to another folder.`;
}

const code = await main(process.argv.slice(2));
if (code !== null) process.exit(code);
