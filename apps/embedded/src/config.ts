import { join, resolve } from 'node:path';
import { ConfigError, count, logLevel, port, readConfig, url } from '@marquee/process';
import { z } from 'zod';

/**
 * The environment of the embedded stack; what its processes read themselves is passed on to them.
 */
export const EmbeddedConfig = z.object({
  API_HOST: z.string().default('127.0.0.1').describe('an address of this machine'),
  API_PORT: port(3000),
  POSTGRES_PORT: port(5439),
  DATA_DIR: z.string().default('data').describe('a folder'),
  DATASETS_URL: url('http', 'https').default('https://datasets.imdbws.com/'),
  LOG_LEVEL: logLevel(),
  /** Titles in the sample of the demo. */
  DEMO_TITLES: count(50_000, { min: 1_000 }),
});

/** An environment, as a process is given it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where things lie: all that is needed to look at a stack or to stop it, however wrong the rest of
 * its configuration is.
 */
export interface StackPaths {
  /** The repository, such as `/home/ada/marquee`. */
  readonly root: string;
  readonly env: Environment;
  readonly paths: DataPaths;
}

/** The whole configuration. */
export interface Config extends StackPaths {
  readonly apiHost: string;
  /** 0 takes a free one. */
  readonly apiPort: number;
  readonly postgresPort: number;
  readonly datasetsUrl: string;
  readonly logLevel: string;
  readonly demoTitles: number;
}

export interface DataPaths {
  /** `data` */
  readonly data: string;
  /** `data/postgres` */
  readonly postgres: string;
  /** `data/snapshots` */
  readonly snapshots: string;
  /** `data/log`, with a file for each process */
  readonly log: string;
  /** `data/supervisor.json`: what runs, for the commands that ask */
  readonly state: string;
  /** `data/supervisor.json.lock`: held by the supervisor while what is in that file is its own */
  readonly stateLock: string;
  /** `data/supervisor.lock`: held by the supervisor while it lives */
  readonly lock: string;
}

/** Reads of the environment only where things lie. */
export function readStackPaths(env: Environment, root: string): StackPaths {
  const { DATA_DIR: data } = readConfig(EmbeddedConfig.pick({ DATA_DIR: true }), env);
  return { root, env, paths: dataPaths(resolve(root, data)) };
}

/** @throws ConfigError naming each variable that is wrong */
export function readEmbeddedConfig(env: Environment, root: string): Config {
  const values = readConfig(EmbeddedConfig, env);
  if (values.API_PORT === values.POSTGRES_PORT && values.API_PORT !== 0) {
    throw new ConfigError(
      `The configuration has a fault; see .env.example:\n  API_PORT and POSTGRES_PORT are both ${values.API_PORT}: expected two different ports`,
    );
  }
  return {
    ...readStackPaths(env, root),
    apiHost: values.API_HOST,
    apiPort: values.API_PORT,
    postgresPort: values.POSTGRES_PORT,
    datasetsUrl: values.DATASETS_URL,
    logLevel: values.LOG_LEVEL,
    demoTitles: values.DEMO_TITLES,
  };
}

/** Where things lie in a data folder. */
export function dataPaths(data: string): DataPaths {
  return {
    data,
    postgres: join(data, 'postgres'),
    snapshots: join(data, 'snapshots'),
    log: join(data, 'log'),
    state: join(data, 'supervisor.json'),
    stateLock: join(data, 'supervisor.json.lock'),
    lock: join(data, 'supervisor.lock'),
  };
}

/** Where the API is reached from this machine. */
export function apiUrl(host: string, port: number): string {
  const reachable = ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
