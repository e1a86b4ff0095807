import { fileURLToPath } from 'node:url';
import { PostgresFault } from '@marquee/postgres';
import { ConfigError } from '@marquee/process';
import { ApiClient } from './api-client.ts';
import { down, supervise, up } from './background.ts';
import { apiUrl, readEmbeddedConfig, type Config } from './config.ts';
import { openPsql, runningDatabase } from './database-shell.ts';
import { demo } from './demo.ts';
import { develop } from './development.ts';
import { followLogs, printLogs } from './log-files.ts';
import { processTable } from './process-table.ts';
import { Refusal } from './refusal.ts';
import { readState } from './state.ts';
import { update } from './update.ts';

const script = fileURLToPath(import.meta.url);

/** The commands; each answers with an exit code, or with null where it goes on by itself. */
const COMMANDS: Readonly<Record<string, (config: Config, args: readonly string[]) => Promise<number | null> | number | null>> = {
  up: async (config) => {
    await up(config, script);
    return 0;
  },
  down: async (config) => {
    await down(config);
    return 0;
  },
  restart: async (config) => {
    await down(config);
    await up(config, script);
    return 0;
  },
  ps: (config) => {
    const state = readState(config.paths);
    console.log(state ? processTable(state) : 'The stack is not up. Start it: make up');
    return 0;
  },
  logs: (config, args) => {
    printLogs(config.paths);
    if (!args.includes('-f')) return 0;
    followLogs(config.paths);
    return null;
  },
  dev: async (config, args) => develop(config, args.includes('--workers')),
  demo: async (config) => demo(config),
  'db-url': (config) => {
    console.log(runningDatabase(config));
    return 0;
  },
  psql: (config) => openPsql(config),
  update: async (config, args) => {
    const api = new ApiClient(readState(config.paths)?.apiUrl ?? apiUrl(config.apiHost, config.apiPort));
    await update(api, { force: args.includes('--force'), signal: new AbortController().signal });
    return 0;
  },
  /** What `up` starts in the background. */
  supervise: async (config) => supervise(config),
};

/** Reads `.env` into the environment; what is set there already wins. */
function loadEnvironment(root: string): Config {
  try {
    process.loadEnvFile(`${root}/.env`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return readEmbeddedConfig(process.env, root);
}

async function main([name = '', ...args]: readonly string[]): Promise<number | null> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    console.error(`There is no command "${name}"; there are ${Object.keys(COMMANDS).join(', ')}.`);
    return 2;
  }
  try {
    const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/u, '');
    return await command(loadEnvironment(root), args);
  } catch (error) {
    console.error(forPeople(error));
    return 1;
  }
}

/** An error's message where it was written for people; else all of it. */
function forPeople(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof ConfigError || error instanceof PostgresFault) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' || path === undefined) return error;
  return `${path} cannot be used by this user. It was probably made by another, such as root: run this as that one, or set DATA_DIR to another folder.`;
}

const code = await main(process.argv.slice(2));
if (code !== null) process.exit(code);
