import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { BAD_CONFIG, type Logger, type ProcessReport } from '@marquee/process';
import { makeCommand } from '../make-command.ts';
import { UserError } from '../user-error.ts';
import type { ProcessState, ProcessStatus } from '../state.ts';

/** One that ends sooner than this after its start has crashed quickly. */
const CRASH_WINDOW_MS = 30_000;
/** Quick crashes in a row after which it is left alone, where it was never up. */
const MAX_CRASHES = 4;
/** The longest pause before it is started again. */
const MAX_BACKOFF_MS = 30_000;
/** A child has 20 s to stop in good order (see runProcess); then it is killed. */
const STOP_TIMEOUT_MS = 25_000;

/** How to start a child, and how to tell that it is up. */
export interface ChildSpec {
  readonly name: string;
  /** Node's arguments: the script first, or options for Node before it. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** It is up once it sends `ready` over its IPC channel; or as soon as it is started. */
  readonly readyWhen: 'ready' | 'started';
  /** And once this answers 200. */
  readonly healthUrl?: string;
}

export interface ChildOptions {
  /** Where its output goes: to ours, nowhere, or to an open file. */
  readonly output: 'inherit' | 'ignore' | number;
  readonly log: Logger;
  /**
   * After a crash: start it again with growing pauses, for ever once it was up; or wait to be asked
   * (its code is being worked on).
   */
  readonly onCrash: 'restart' | 'wait';
  readonly onChange: () => void;
  /** The first pause; each one is double the one before, up to half a minute. */
  readonly backoffMs?: number;
}

/**
 * A Node process that is kept running.
 *
 * It is in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone, which
 * then ends all in order; and it has an IPC channel, whose end tells it that the supervisor is
 * gone, however that went.
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
   * Starts it and keeps it running. Resolves when it is up for the first time.
   *
   * @throws UserError where it is given up or stopped before that, with the fault where its
   *   configuration has one
   */
  async start(): Promise<void> {
    this.#running ??= this.#keepRunning();
    await this.#ready.promise;
  }

  /** Starts it anew, also where it waits after a crash. */
  restart(): void {
    this.#restarting = true;
    this.#terminate();
  }

  /** Ends it in good order. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#terminate();
    await this.#running;
  }

  /** Ends it at once. Resolves when it is gone. */
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
      setTimeout(() => process.kill('SIGKILL'), STOP_TIMEOUT_MS).unref();
    }
    this.#wake();
  }

  async #keepRunning(): Promise<void> {
    let crashes = 0;
    while (!this.#stopping) {
      this.#restarting = false;
      const began = performance.now();
      const how = await this.#runOnce();
      if (this.#isExitRequested()) continue;
      crashes = performance.now() - began < CRASH_WINDOW_MS ? crashes + 1 : 1;
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

  /** Whether it ended because it was asked to. A method, since the answer changes while we wait. */
  #isExitRequested(): boolean {
    return this.#stopping || this.#restarting;
  }

  /**
   * Why it would not help to start it again; null where it may: one that was up works, and lacks
   * what will come again, such as the database.
   */
  #reasonToGiveUp(how: string, crashes: number): string | null {
    const { name } = this.#spec;
    const restarts = this.#options.onCrash === 'restart';
    if (how === `code ${BAD_CONFIG}` && (restarts || !this.#wasReady))
      return `${name}: ${this.#fault ?? 'The configuration has a fault; its log says which.'}`;
    if (!restarts || this.#wasReady || crashes < MAX_CRASHES) return null;
    return `${name} ended ${MAX_CRASHES} times shortly after its start (with ${how}) and is not started again; its log says why.`;
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
      log.warn(`${this.#spec.name} ended with ${how}; it is started again when its code changes`);
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

  /** Runs it until it ends, and answers how it ended. */
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
        // what it told us last may still be on its way
        if (child.connected) child.on('disconnect', () => resolve(how));
        else resolve(how);
      });
    });
    child.on('message', (message) => {
      const report = message as ProcessReport;
      if (report === 'ready') void this.#becomeReady(child);
      // of several stacks an app does not know which is its own
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

/** How long to wait after so many quick crashes in a row, in ms. */
export function backoff(crashes: number, firstMs: number): number {
  return Math.min(firstMs * 2 ** (crashes - 1), MAX_BACKOFF_MS);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
