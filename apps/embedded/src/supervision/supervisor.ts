import { type Postgres, roleUrl, startPostgres } from '@marquee/postgres';
import { type Lock, type Logger, takeLock, UserError } from '@marquee/process';
import {
  type DataPaths,
  makeCommand,
  type ProcessState,
  type ProcessStatus,
  readState,
  StateFile,
} from '@marquee/stack';
import { apiUrl, type Config } from '../config.ts';
import { findApiPort } from './api-port.ts';
import { Child, type ChildOptions, type ChildSpec } from './child.ts';
import { makeDataFolder } from './data-folder.ts';

/**
 * PostgreSQL is not restarted if it ended by itself sooner than this after its start, several times
 * in a row.
 */
const CRASH_WINDOW_MS = 30_000;
const MAX_CRASHES = 3;

/** The addresses that child processes are given. */
export interface Addresses {
  /** The reader's URL, with its password: it may be shown to the people of this machine. */
  readonly databaseUrl: string;
  /** The superuser's URL, with its password. No child process connects with it. */
  readonly adminUrl: string;
  readonly apiPort: number;
  readonly apiUrl: string;
}

export interface SupervisorOptions {
  readonly config: Config;
  /** In the order in which data passes through them; they are stopped in reverse. */
  readonly children: (addresses: Addresses) => readonly ChildSpec[] | Promise<readonly ChildSpec[]>;
  readonly log: Logger;
  readonly postgresLog: (line: string) => void;
  /** Creates roles and tables, before the children start. @param adminUrl the superuser's */
  readonly setUpDatabase?: (adminUrl: string) => Promise<void>;
  readonly output: (name: string) => ChildOptions['output'];
  readonly onCrash: ChildOptions['onCrash'];
  readonly postgresSettings?: Readonly<Record<string, string>>;
  readonly backoffMs?: number;
  /** How to stop this stack, for the message to those who start a second one. */
  readonly stopHint?: string;
}

/** The error that a stack on a data folder is already up. */
export function alreadyRunning(paths: DataPaths, stopHint: string): UserError {
  const { pid } = readState(paths) ?? {};
  return new UserError(
    `The stack on ${paths.data} is up already${pid ? ` (pid ${pid})` : ''}. To stop it: ${stopHint}; or set DATA_DIR to another folder.`,
  );
}

/**
 * Runs PostgreSQL and the stack's processes on one data folder, which it locks as long as it lives.
 */
export class Supervisor {
  /** Resolves with the reason when the stack cannot continue. */
  readonly failure: Promise<string>;
  readonly #fail: (reason: string) => void;
  readonly #startedAt = new Date();
  readonly #options: SupervisorOptions;
  #lock: Lock | null = null;
  #state: StateFile | null = null;
  #database: Promise<Postgres> | null = null;
  #crashes = 0;
  #databaseStatus: ProcessStatus = {
    name: 'postgres',
    pid: null,
    state: 'stopped',
    since: new Date().toISOString(),
  };
  #addresses: Addresses | null = null;
  #children: readonly Child[] = [];
  #stopping: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failure = promise;
    this.#fail = resolve;
  }

  /** All processes of the stack, this one first. */
  get processes(): readonly ProcessStatus[] {
    const own = {
      name: 'supervisor',
      pid: process.pid,
      state: this.#stopping ? 'stopping' : 'running',
      since: this.#startedAt.toISOString(),
    } as const;
    return [own, this.#databaseStatus, ...this.#children.map(({ status }) => status)];
  }

  /**
   * Starts everything and waits until all processes are up. If that fails or is stopped, everything
   * is stopped again.
   *
   * @returns the addresses of the stack
   * @throws UserError, and its subclass PostgresError, with what to do
   */
  async start(): Promise<Addresses> {
    const { config } = this.#options;
    makeDataFolder(config.paths);
    this.#lock = takeLock(config.paths.lock);
    if (!this.#lock)
      throw alreadyRunning(config.paths, this.#options.stopHint ?? makeCommand(config.env, 'down'));
    try {
      this.#state = new StateFile(config.paths);
      return await this.#startAll();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops everything in an orderly way: the processes in reverse order, then PostgreSQL. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    await this.#stopping;
  }

  /** Kills everything at once. No data is lost: PostgreSQL recovers at the next start. */
  async kill(): Promise<void> {
    this.#stopping ??= Promise.resolve();
    await Promise.all(this.#children.map((child) => child.kill()));
    const database = await this.#database?.catch(() => null);
    await database?.stop('immediate');
    this.#close();
  }

  /** Restarts the children whose names match, after a change of their code. */
  restart(matches: (name: string) => boolean): void {
    for (const child of this.#children) if (matches(child.status.name)) child.restart();
  }

  async #startAll(): Promise<Addresses> {
    const { config, children, setUpDatabase, log, output, onCrash, backoffMs } = this.#options;
    const apiPort = await findApiPort(config);
    const { url: adminUrl } = await this.#startDatabase(config.postgresPort);
    const addresses = {
      databaseUrl: roleUrl(adminUrl, 'reader'),
      adminUrl,
      apiPort,
      apiUrl: apiUrl(config, apiPort),
    };
    const [specs] = await Promise.all([
      children(addresses),
      this.#stopping === null ? setUpDatabase?.(adminUrl) : undefined,
    ]);
    this.#addresses = addresses;
    const options = {
      log,
      onCrash,
      onChange: () => this.#writeState(),
      ...(backoffMs !== undefined && { backoffMs }),
    };
    if (this.#stopping) throw new UserError('Stopped before everything was up.');
    this.#children = specs.map(
      (spec) => new Child(spec, { output: output(spec.name), ...options }),
    );
    await Promise.all(this.#children.map((child) => child.start()));
    return this.#addresses;
  }

  async #startDatabase(port: number): Promise<Postgres> {
    const { config, postgresLog, postgresSettings } = this.#options;
    this.#setDatabaseStatus('starting', null);
    const options = {
      dataFolder: config.paths.postgres,
      port,
      portVariable: 'POSTGRES_PORT',
      log: postgresLog,
    };
    this.#database = startPostgres(
      postgresSettings ? { ...options, settings: postgresSettings } : options,
    );
    const database = await this.#database;
    this.#setDatabaseStatus('running', database.pid);
    void this.#restartDatabaseOnExit(database, performance.now());
    return database;
  }

  /**
   * Restarts PostgreSQL if it ends by itself. It recovers by itself when a backend crashes, and ends
   * only with its postmaster.
   */
  async #restartDatabaseOnExit(database: Postgres, startedAt: number): Promise<void> {
    const how = await database.ended;
    this.#setDatabaseStatus('stopped', null);
    if (this.#stopping) return;
    const event = `PostgreSQL (pid ${database.pid}) ended by itself, with ${how}`;
    this.#crashes = performance.now() - startedAt < CRASH_WINDOW_MS ? this.#crashes + 1 : 0;
    if (this.#crashes === MAX_CRASHES) {
      this.#fail(`${event}, shortly after its start, for the ${MAX_CRASHES}rd time in a row.`);
      return;
    }
    this.#options.log.error(`${event}; starting it again`);
    try {
      await this.#startDatabase(database.port);
    } catch (error) {
      this.#fail(`${event}, and does not start again: ${(error as Error).message}`);
    }
  }

  async #stopAll(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
    const database = await this.#database?.catch(() => null);
    if (database) {
      this.#setDatabaseStatus('stopping', database.pid);
      await database.stop();
    }
    this.#close();
  }

  #close(): void {
    this.#state?.close();
    this.#state = null;
    this.#lock?.release();
    this.#lock = null;
  }

  #setDatabaseStatus(state: ProcessState, pid: number | null): void {
    this.#databaseStatus = { name: 'postgres', pid, state, since: new Date().toISOString() };
    this.#writeState();
  }

  #writeState(): void {
    const { config, log } = this.#options;
    try {
      this.#state?.write({
        pid: process.pid,
        apiUrl: this.#addresses?.apiUrl ?? apiUrl(config, config.apiPort),
        databaseUrl: this.#addresses?.databaseUrl ?? null,
        processes: this.processes,
      });
    } catch (error) {
      // a full disk or a removed folder must not prevent an orderly stop
      log.warn({ err: error }, `cannot write the stack's state to ${config.paths.state}`);
    }
  }
}
