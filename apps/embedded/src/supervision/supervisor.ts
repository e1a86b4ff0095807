import { startPostgres, type Postgres } from '@marquee/postgres';
import { takeLock, type Lock, type Logger } from '@marquee/process';
import { findApiPort } from './api-port.ts';
import { Child, type ChildOptions, type ChildSpec } from './child.ts';
import { apiUrl, type Config, type DataPaths } from '../config.ts';
import { makeDataFolder } from './data-folder.ts';
import { makeCommand } from '../make-command.ts';
import { UserError } from '../user-error.ts';
import { readState, StateFile, type ProcessState, type ProcessStatus } from '../state.ts';

/**
 * A PostgreSQL that ends by itself sooner than this after its start, and does so several times in a
 * row, is not started again.
 */
const CRASH_WINDOW_MS = 30_000;
const MAX_CRASHES = 3;

/** What a child is told: where the others are. */
export interface Addresses {
  readonly databaseUrl: string;
  readonly apiPort: number;
  readonly apiUrl: string;
}

export interface SupervisorOptions {
  readonly config: Config;
  /** In the order of data: they are stopped the other way round. */
  readonly children: (addresses: Addresses) => readonly ChildSpec[];
  readonly log: Logger;
  readonly postgresLog: (line: string) => void;
  readonly output: (name: string) => ChildOptions['output'];
  readonly onCrash: ChildOptions['onCrash'];
  readonly postgresSettings?: Readonly<Record<string, string>>;
  readonly backoffMs?: number;
  /** How people stop this stack. */
  readonly stopHint?: string;
}

/** What to say where a stack is up on a data folder. */
export function alreadyRunning(paths: DataPaths, toStop: string): UserError {
  const { pid } = readState(paths) ?? {};
  return new UserError(
    `The stack on ${paths.data} is up already${pid ? ` (pid ${pid})` : ''}. To stop it: ${toStop}; or set DATA_DIR to another folder.`,
  );
}

/**
 * Runs PostgreSQL and the stack's processes on one data folder, which is its own as long as it
 * lives.
 */
export class Supervisor {
  /** Resolves, with what happened, when the stack cannot go on. */
  readonly failure: Promise<string>;
  readonly #fail: (what: string) => void;
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

  /** Everything that runs, ourselves first. */
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
   * Starts everything and waits until all are up. Where that fails or is stopped, all is ended
   * again.
   *
   * @returns where to find what runs
   * @throws UserError, PostgresError with what to do
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

  /** Ends all in good order: the processes, last one first, then PostgreSQL. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    await this.#stopping;
  }

  /** Ends all at once. No data is lost: the next start puts it right. */
  async kill(): Promise<void> {
    this.#stopping ??= Promise.resolve();
    await Promise.all(this.#children.map((child) => child.kill()));
    const database = await this.#database?.catch(() => null);
    await database?.stop('immediate');
    this.#close();
  }

  /** Starts a child anew, or all of them: their code has changed. */
  restart(isMeant: (name: string) => boolean): void {
    for (const child of this.#children) if (isMeant(child.status.name)) child.restart();
  }

  async #startAll(): Promise<Addresses> {
    const { config, children, log, output, onCrash, backoffMs } = this.#options;
    const apiPort = await findApiPort(config);
    const { url: databaseUrl } = await this.#startDatabase(config.postgresPort);
    this.#addresses = { databaseUrl, apiPort, apiUrl: apiUrl(config.apiHost, apiPort) };
    const rest = {
      log,
      onCrash,
      onChange: () => this.#writeState(),
      ...(backoffMs !== undefined && { backoffMs }),
    };
    if (this.#stopping) throw new UserError('Stopped before all was up.');
    this.#children = children(this.#addresses).map(
      (spec) => new Child(spec, { output: output(spec.name), ...rest }),
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
   * PostgreSQL mends itself when one of its own processes crashes; only the loss of the first of
   * them ends it.
   */
  async #restartDatabaseOnExit(database: Postgres, began: number): Promise<void> {
    const how = await database.ended;
    this.#setDatabaseStatus('stopped', null);
    if (this.#stopping) return;
    const what = `PostgreSQL (pid ${database.pid}) ended by itself, with ${how}`;
    this.#crashes = performance.now() - began < CRASH_WINDOW_MS ? this.#crashes + 1 : 0;
    if (this.#crashes === MAX_CRASHES) {
      this.#fail(`${what}, shortly after its start, for the ${MAX_CRASHES}rd time in a row.`);
      return;
    }
    this.#options.log.error(`${what}; starting it again`);
    try {
      await this.#startDatabase(database.port);
    } catch (error) {
      this.#fail(`${what}, and does not start again: ${(error as Error).message}`);
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
        apiUrl: this.#addresses?.apiUrl ?? apiUrl(config.apiHost, config.apiPort),
        databaseUrl: this.#addresses?.databaseUrl ?? null,
        processes: this.processes,
      });
    } catch (error) {
      // a full disk or a folder that was removed must not keep us from stopping in order
      log.warn({ err: error }, `cannot write down what runs in ${config.paths.state}`);
    }
  }
}
