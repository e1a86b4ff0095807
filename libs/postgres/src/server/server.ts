import { spawn, type ChildProcess } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isFree, portTaken, takeLock } from '@marquee/process';
import { Client } from 'pg';
import { accountFor, spawnAs, type Account } from '../binaries/account.ts';
import { findBinaries, type Binaries } from '../binaries/binaries.ts';
import {
  explainFailure,
  DATABASE,
  ENVIRONMENT,
  openCluster,
  USER,
  type Cluster,
} from '../cluster/cluster.ts';
import { PostgresError } from '../postgres-error.ts';
import { openDataFolder } from '../cluster/data-folder.ts';
import { stopOrphan, stopOnExit, readPostmaster, STOP_TIMEOUT_MS } from './postmaster.ts';
import { readMachine, tuneSettings, type Settings } from './settings.ts';

export interface PostgresOptions {
  /** Holds the data, its password and a lock; made at the first start. */
  readonly dataFolder: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** The environment variable that sets the port, for the message where it is taken. */
  readonly portVariable?: string;
  /** Over the tuned ones; by PostgreSQL's names. */
  readonly settings?: Settings;
  /**
   * Takes each line that PostgreSQL writes, such as `LOG: database system is ready to accept
   * connections`.
   */
  readonly log?: (line: string) => void;
}

/** A PostgreSQL that runs. */
export interface Postgres {
  /** Holds the password: not to be logged. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when PostgreSQL has ended, asked to or not, with how it ended. */
  readonly ended: Promise<string>;
  /**
   * Stops it in good order; after a minute, or as `immediate`, at once: nothing is lost, but the
   * next start takes longer.
   */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
}

/**
 * Starts PostgreSQL from the platform's npm package on 127.0.0.1, with the user and database
 * `marquee`, and waits until it answers.
 *
 * It ends with this process, also when that is killed; one that was left behind all the same is
 * stopped first. The folder belongs to one living process at a time.
 *
 * @throws PostgresError saying what to do: port taken, folder in use, no binaries for the platform
 *   …
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { log = ignore } = options;
  const account = accountFor(options.dataFolder);
  const binaries = findBinaries(account);
  const folder = openDataFolder(options.dataFolder, account);
  if (lstatSync(options.dataFolder).isSymbolicLink())
    log(`LOG:  the data lies in ${folder}, where ${options.dataFolder} points`);
  const lock = takeLock(join(folder, 'lock'));
  if (!lock) {
    throw new PostgresError(
      `The PostgreSQL of ${options.dataFolder} is being run by another process that is alive. Stop that one first, or set DATA_DIR to another folder.`,
    );
  }
  try {
    await stopOrphan(join(folder, 'cluster'), log);
    const cluster = await openCluster(
      folder,
      account,
      binaries,
      options.settings?.['fsync'] !== 'off',
    );
    const server = await launch(options, cluster, account, binaries);
    void server.ended.then(() => lock.release());
    return server;
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function launch(
  options: PostgresOptions,
  cluster: Cluster,
  account: Account | null,
  binaries: Binaries,
): Promise<Postgres> {
  const { portVariable = 'the port', log = ignore } = options;
  const port = options.port === 0 ? await freePort() : options.port;
  if (!(await isFree(port))) throw new PostgresError(portTaken('PostgreSQL', port, portVariable));
  const settings = {
    ...tuneSettings(readMachine()),
    ...options.settings,
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const child = spawn(
    binaries.postgres,
    [
      '-D',
      cluster.directory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...spawnAs(account),
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
      // a session of its own: Ctrl-C in the terminal must not stop it before those who use it
      detached: true,
    },
  );
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > 20) said.shift();
    log(line);
  });
  const ended = waitForExit(child, account);
  const url = `postgres://${USER}:${cluster.password}@127.0.0.1:${port}/${DATABASE}`;
  try {
    if (!(await waitUntilReady(child, cluster.directory)))
      throw new Error(`it ended with ${await ended}`);
    await ensureDatabase({ host: '127.0.0.1', port, user: USER, password: cluster.password });
  } catch (cause) {
    await stop(child, ended, 'immediate');
    throw new PostgresError(
      `PostgreSQL did not start on the data in ${cluster.directory}: ${(cause as Error).message}.${explainFailure(binaries, said.join('\n'))}`,
      { cause },
    );
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    ended,
    stop: async (how = 'fast') => stop(child, ended, how),
  };
}

function waitForExit(server: ChildProcess, account: Account | null): Promise<string> {
  const unwatch = server.pid === undefined ? ignore : stopOnExit(server.pid, account);
  return new Promise<string>((resolve) => {
    server.on('error', (error) => resolve(error.message));
    server.on('close', (code, signal) => {
      unwatch();
      resolve(signal ?? `code ${code ?? '?'}`);
    });
  });
}

/**
 * Waits until PostgreSQL calls itself ready, however long its recovery takes; false where it ends
 * instead.
 */
async function waitUntilReady(child: ChildProcess, directory: string): Promise<boolean> {
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const { pid, ready } = readPostmaster(directory);
    if (ready && pid === child.pid) return true;
    await sleep(10);
  }
  return false;
}

/** Really connects, and makes the database where it is not there yet. */
async function ensureDatabase(access: {
  host: string;
  port: number;
  user: string;
  password: string;
}): Promise<void> {
  const client = new Client({ ...access, database: 'postgres', ssl: false });
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1::name', [
      DATABASE,
    ]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function stop(
  child: ChildProcess,
  ended: Promise<string>,
  how: 'fast' | 'immediate',
): Promise<void> {
  child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
  const late = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(late);
}

function ignore(): void {
  // for those who do not listen
}
