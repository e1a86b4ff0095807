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
import { adminUrl } from '../cluster/roles.ts';
import { stopOrphan, stopOnExit, readPostmaster, STOP_TIMEOUT_MS } from './postmaster.ts';
import { processMemory, readMachine, tuneSettings, type Settings } from './settings.ts';

export interface PostgresOptions {
  /** Contains the data, its password and a lock; created at the first start. */
  readonly dataFolder: string;
  /** The port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** The environment variable that sets the port, for the message that it is taken. */
  readonly portVariable?: string;
  /** Settings that override the tuned ones, by PostgreSQL's names. */
  readonly settings?: Settings;
  /**
   * Receives each line of PostgreSQL's log, such as `LOG: database system is ready to accept
   * connections`.
   */
  readonly log?: (line: string) => void;
}

/** A running PostgreSQL. */
export interface Postgres {
  /** Of the superuser, with its password: never log it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when PostgreSQL has ended for any reason, with how it ended. */
  readonly ended: Promise<string>;
  /**
   * Stops it in fast mode, and after a minute, or with `immediate`, in immediate mode: nothing is
   * lost, but the next start takes longer.
   */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
}

/**
 * Starts PostgreSQL from the platform's npm package on 127.0.0.1, with the user and database
 * `marquee`, and waits until it answers.
 *
 * It stops with this process, even if that is killed. A server that was left running nevertheless is
 * stopped first. Only one process at a time can use the folder.
 *
 * @throws PostgresError with what to do: port taken, folder in use, no binaries for the platform …
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { log = ignore } = options;
  const account = accountFor(options.dataFolder);
  const binaries = findBinaries(account);
  const folder = openDataFolder(options.dataFolder, account);
  if (lstatSync(options.dataFolder).isSymbolicLink())
    log(`LOG:  the data is in ${folder}, the target of ${options.dataFolder}`);
  const lock = takeLock(join(folder, 'lock'));
  if (!lock) {
    throw new PostgresError(
      `Another process runs the PostgreSQL of ${options.dataFolder}. Stop that process first, or set DATA_DIR to another folder.`,
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

/**
 * Becomes a program whose processes have limited private memory each. Arguments: KiB, and the command.
 * Shared memory does not count.
 */
const LIMITED = 'ulimit -d "$1" 2>/dev/null; shift; exec "$@"';

async function launch(
  options: PostgresOptions,
  cluster: Cluster,
  account: Account | null,
  binaries: Binaries,
): Promise<Postgres> {
  const { portVariable = 'the port', log = ignore } = options;
  const port = options.port === 0 ? await freePort() : options.port;
  if (!(await isFree(port))) throw new PostgresError(portTaken('PostgreSQL', port, portVariable));
  const machine = readMachine();
  const settings = {
    ...tuneSettings(machine),
    ...options.settings,
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      LIMITED,
      'sh',
      String(Math.round(processMemory(machine) / 1024)),
      binaries.postgres,
      '-D',
      cluster.directory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...spawnAs(account),
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
      // its own session: Ctrl-C in the terminal must not stop it before its clients
      detached: true,
    },
  );
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    log(line);
  });
  const ended = waitForExit(child, account);
  const url = adminUrl(cluster.password, port);
  try {
    if (!(await waitUntilReady(child, cluster.directory)))
      throw new Error(`it ended with ${await ended}`);
    await ensureDatabase({ host: '127.0.0.1', port, user: USER, password: cluster.password });
  } catch (cause) {
    await stop(child, ended, 'immediate');
    throw new PostgresError(
      `PostgreSQL did not start on the data in ${cluster.directory}: ${(cause as Error).message}.${explainFailure(binaries, lastLines.join('\n'))}`,
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
 * Waits until PostgreSQL reports that it is ready, however long its recovery takes.
 *
 * @returns false if it ended instead
 */
async function waitUntilReady(child: ChildProcess, directory: string): Promise<boolean> {
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const { pid, ready } = readPostmaster(directory);
    if (ready && pid === child.pid) return true;
    await sleep(10);
  }
  return false;
}

/** Connects, and creates the database unless it exists. */
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
  const timeout = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timeout);
}

function ignore(): void {
  // the default, without a listener
}
