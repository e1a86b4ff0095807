import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { BAD_CONFIG, type Logger, type ProcessReport, UserError } from '@marquee/process';
import { probe } from '@marquee/process/probe';
import { makeCommand, type ProcessState, type ProcessStatus } from '@marquee/stack';

/** A process that ends sooner than this after its start counts as a quick crash. */
const CRASH_WINDOW_MS = 30_000;
/** The supervisor gives up on a process after this many quick crashes in a row, if it never was up. */
const MAX_CRASHES = 4;
/** The longest pause before a restart. */
const MAX_BACKOFF_MS = 30_000;
/** A process gets 20 s for an orderly stop after draining (see runProcess); after this it is killed. */
const STOP_TIMEOUT_MS = 25_000;

/** How to start a child process, and when it counts as up. */
export interface ChildSpec {
  readonly name: string;
  /** Node's arguments: the script first, or options for Node before it. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** It is up once it sends `ready` over its IPC channel, or as soon as it is started. */
  readonly readyWhen: 'ready' | 'started';
  /** If set, it is up only once this URL also answers 200. */
  readonly healthUrl?: string;
}

export interface ChildOptions {
  /** Where its output goes: to ours, nowhere, or to an open file descriptor. */
  readonly output: 'inherit' | 'ignore' | number;
  readonly log: Logger;
  /**
   * After a crash: restart it with growing pauses, without limit once it was up; or wait for
   * `restart()`, during development.
   */
  readonly onCrash: 'restart' | 'wait';
  readonly onChange: () => void;
  /** The first pause, in ms; each pause doubles the one before, up to half a minute. */
  readonly backoffMs?: number;
}

/**
 * A Node process that is kept running.
 *
 * It has its own session: Ctrl-C in the terminal then reaches only the supervisor, which stops all
 * processes in order. It has an IPC channel: when that closes, the supervisor has ended, however
 * that happened, and the process ends too.
 */
export class Child {
  #process: ChildProcess | null = null;
  #state: ProcessState = 'stopped';
  #since = new Date();
  #stopping = false;
  #restarting = false;
  #wasReady = false;
  #fault: string | null = null;
  #wake: () => void = () => undefined;
  #running: Promise<void> | null = null;
  readonly #ready = Promise.withResolvers<undefined>();
  readonly #spec: ChildSpec;
  readonly #options: ChildOptions;

  constructor(spec: ChildSpec, options: ChildOptions) {
    this.#spec = spec;
    this.#options = options;
  }

  get status(): ProcessStatus {
    return {
      name: this.#spec.name,
      pid: this.#process?.pid ?? null,
      state: this.#state,
      since: this.#since.toISOString(),
    };
  }

  /**
   * Starts the process and keeps it running. Resolves when it is up for the first time.
   *
   * @throws UserError if it is given up or stopped before that; with the fault in its configuration
   *   if it has one
   */
  async start(): Promise<void> {
    this.#running ??= this.#keepRunning();
    await this.#ready.promise;
  }

  /** Restarts the process, also while it waits after a crash. */
  restart(): void {
    this.#restarting = true;
    this.#terminate();
  }

  /** Stops the process in an orderly way. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#terminate();
    await this.#running;
  }

  /** Kills the process. Resolves when it has ended. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#process?.kill('SIGKILL');
    this.#wake();
    await this.#running;
  }

  #terminate(): void {
    const process = this.#process;
    if (process) {
      this.#setState('stopping');
      process.kill('SIGTERM');
      const drainMs = Number(this.#spec.env['DRAIN_SECONDS'] ?? 0) * 1000;
      setTimeout(() => process.kill('SIGKILL'), drainMs + STOP_TIMEOUT_MS).unref();
    }
    this.#wake();
  }

  async #keepRunning(): Promise<void> {
    let crashes = 0;
    while (!this.#stopping) {
      this.#restarting = false;
      const startedAt = performance.now();
      const how = await this.#runOnce();
      if (this.#isExitRequested()) continue;
      crashes = performance.now() - startedAt < CRASH_WINDOW_MS ? crashes + 1 : 1;
      const fault = this.#reasonToGiveUp(how, crashes);
      if (fault !== null) {
        this.#giveUp(fault);
        return;
      }
      await this.#waitBeforeRestart(how, crashes);
    }
    this.#setState('stopped');
    this.#ready.reject(new UserError(`${this.#spec.name} was stopped before it was up.`));
  }

  /** Whether its end was requested. A method, because the answer changes between awaits. */
  #isExitRequested(): boolean {
    return this.#stopping || this.#restarting;
  }

  /**
   * Why a restart would not help; null if it may. A process that was up works in principle: it
   * lacks something that will return, such as the database.
   */
  #reasonToGiveUp(how: string, crashes: number): string | null {
    const { name } = this.#spec;
    const restarts = this.#options.onCrash === 'restart';
    if (how === `code ${BAD_CONFIG}` && (restarts || !this.#wasReady))
      return `${name}: ${this.#fault ?? 'The configuration has a fault; see its log.'}`;
    if (!restarts || this.#wasReady || crashes < MAX_CRASHES) return null;
    return `${name} ended ${MAX_CRASHES} times shortly after its start (with ${how}) and will not be started again; see its log.`;
  }

  #giveUp(fault: string): void {
    this.#options.log.error(fault);
    this.#setState('failed');
    this.#ready.reject(new UserError(fault));
  }

  async #waitBeforeRestart(how: string, crashes: number): Promise<void> {
    const { onCrash, log, backoffMs = 500 } = this.#options;
    const { promise: woken, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => resolve(undefined);
    this.#setState('waiting');
    if (onCrash === 'wait') {
      log.warn(`${this.#spec.name} ended with ${how}; waiting for a change of its code`);
      await woken;
      return;
    }
    const pause = backoff(crashes, backoffMs);
    log.warn(`${this.#spec.name} ended with ${how}; starting it again in ${pause / 1000} s`);
    const over = new AbortController();
    await Promise.race([
      sleep(pause, undefined, { signal: over.signal }).catch(() => undefined),
      woken,
    ]);
    over.abort();
  }

  /** Runs the process until it ends. @returns how it ended */
  async #runOnce(): Promise<string> {
    const { args, cwd, env, readyWhen } = this.#spec;
    const { output } = this.#options;
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      stdio: ['ignore', output, output, 'ipc'],
      detached: true,
    });
    this.#process = child;
    this.#fault = null;
    this.#setState('starting');
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => {
        const how = signal ?? `code ${code ?? '?'}`;
        // its last message may still be in the channel
        if (child.connected) child.on('disconnect', () => resolve(how));
        else resolve(how);
      });
    });
    child.on('message', (message) => {
      const report = message as ProcessReport;
      if (report === 'ready') void this.#becomeReady(child);
      // the app does not know which of several stacks it belongs to
      else this.#fault = report.fault.replace('make key', makeCommand(env, 'key'));
    });
    if (readyWhen === 'started') void this.#becomeReady(child);
    const how = await ended;
    this.#process = null;
    return how;
  }

  async #becomeReady(child: ChildProcess): Promise<void> {
    const { healthUrl } = this.#spec;
    while (healthUrl && this.#process === child && !(await isHealthy(healthUrl))) await sleep(100);
    if (this.#process !== child || this.#state !== 'starting') return;
    this.#setState('running');
    this.#wasReady = true;
    this.#ready.resolve(undefined);
  }

  #setState(state: ProcessState): void {
    this.#state = state;
    this.#since = new Date();
    this.#options.onChange();
  }
}

/** The pause after a number of quick crashes in a row, in ms. */
export function backoff(crashes: number, firstMs: number): number {
  return Math.min(firstMs * 2 ** (crashes - 1), MAX_BACKOFF_MS);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await probe(url, 5_000)).status === 200;
  } catch {
    return false;
  }
}
