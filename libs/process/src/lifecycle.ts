import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import type { Logger } from './log.ts';

/**
 * The exit code for an invalid configuration (EX_CONFIG of sysexits.h): a restart would not help.
 */
export const BAD_CONFIG = 78;

/** How long a graceful shutdown may take from the signal on, besides draining, before the process exits anyway. */
const GRACE_MS = 20_000;

/**
 * The part of it for a start that is still running: it may be waiting for a database or a lock that
 * never comes.
 */
const START_GRACE_MS = 5000;

/** A signal that follows the first one sooner than this is a duplicate: a parent may pass on what the terminal has sent to all. */
const DUPLICATE_MS = 500;

/** How often the heartbeat file is touched. */
const HEARTBEAT_MS = 5000;

/**
 * The message of a process to its supervisor over the IPC channel: that it is up, or what is wrong
 * with its configuration.
 */
export type ProcessReport = 'ready' | { readonly fault: string };

/** The argument with which a process only checks its configuration. */
export const CHECK_CONFIG = '--check-config';

/**
 * Reads the configuration as {@link readConfig} does. If it is invalid, prints the errors to
 * standard error, reports them to the supervisor, and exits with {@link BAD_CONFIG}.
 *
 * With {@link CHECK_CONFIG} it prints the faults to standard output, as a JSON array, and exits with
 * 0: the supervisor reports them together with those of other processes.
 */
export async function readConfigOrExit<T extends z.ZodObject>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): Promise<z.infer<T>> {
  const isCheck = process.argv.includes(CHECK_CONFIG);
  try {
    const config = readConfig(schema, env);
    return isCheck ? printFaults([]) : config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return isCheck ? printFaults(error.faults) : refuseToRun(error);
  }
}

function printFaults(faults: readonly string[]): never {
  console.log(JSON.stringify(faults));
  process.exit(0);
}

async function refuseToRun({ message }: ConfigError): Promise<never> {
  console.error(message);
  await report({ fault: message });
  process.exit(BAD_CONFIG);
}

interface ProcessOptions {
  /** Touched every 5 s while the process is up and its event loop runs, for a health check. */
  readonly heartbeatFile?: string | undefined;
  /** How long to wait for the start after a stop request. */
  readonly startGraceMs?: number;
  /** How long its stop goes on as before, until it ends anything: see DRAIN_SECONDS. */
  readonly drainSeconds?: number;
}

/**
 * Runs a process until it is asked to stop: by SIGTERM, by SIGINT, or by the exit of its supervisor
 * (the IPC channel closes, also when the supervisor was killed). Then shuts down gracefully and
 * exits: with 0 on success, with 1 when the shutdown or the start failed.
 *
 * A start that throws a {@link ConfigError} exits with {@link BAD_CONFIG}: some errors of a
 * configuration only show when it is used.
 *
 * A second signal ends a process without a supervisor at once, with 1.
 *
 * If it is asked to stop during the start, it waits for the start to finish, so that it can shut
 * down what was started. If that takes longer than `startGraceMs`, it exits with 0.
 *
 * @param start starts everything, and returns the function that stops it
 */
export async function runProcess(
  log: Logger,
  start: () => Promise<() => Promise<void>>,
  { heartbeatFile, startGraceMs = START_GRACE_MS, drainSeconds = 0 }: ProcessOptions = {},
): Promise<void> {
  const stopRequest = stopRequested(log, GRACE_MS + drainSeconds * 1000);
  process.on('unhandledRejection', (error) => fail(log, 'an unhandled rejection', error));
  process.on('uncaughtException', (error) => fail(log, 'an uncaught exception', error));
  let phase = 'starting';
  try {
    const started = start();
    if (await Promise.race([started.then(() => true), stopRequest.then(() => false)])) {
      if (heartbeatFile !== undefined) await beat(heartbeatFile);
      await report('ready');
    }
    await stopRequest;
    const stop = await Promise.race([started, sleep(startGraceMs, null)]);
    if (stop === null) {
      log.warn(`stopped during the start, which did not finish within ${startGraceMs / 1000} s`);
      process.exit(0);
    }
    phase = 'stopping';
    await stop();
    log.info('stopped');
  } catch (error) {
    if (error instanceof ConfigError) await refuseToRun(error);
    fail(log, phase, error);
  }
  process.exit(0);
}

/** Resolves when the process is asked to stop, and limits the time until it exits from then on. */
async function stopRequested(log: Logger, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string>();
  // a supervisor kills what is to end at once, and its own signals may come beside those for all
  const isSupervised = process.connected;
  let firstAt: number | null = null;
  const onSignal = (signal: string) => {
    firstAt ??= performance.now();
    resolve(signal);
    if (isSupervised || performance.now() - firstAt < DUPLICATE_MS) return;
    log.warn(`ended at once, on a second signal: ${signal}`);
    process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => onSignal(signal));
  process.on('disconnect', () => resolve('the exit of its supervisor'));
  log.info(`stopping on ${await promise}`);
  setTimeout(
    () => fail(log, 'stopping', new Error(`not stopped after ${graceMs / 1000} s`)),
    graceMs,
  ).unref();
}

/** Sends a message to the supervisor, if there is one. Resolves when it was sent. */
async function report(message: ProcessReport): Promise<void> {
  const { promise: sent, resolve } = Promise.withResolvers<undefined>();
  // if the channel closes meanwhile, 'disconnect' fires
  if (process.connected) process.send?.(message, () => resolve(undefined));
  else resolve(undefined);
  await sent;
}

async function beat(file: string): Promise<void> {
  const touch = async () => writeFile(file, '');
  await touch();
  // if it cannot be written, the health check notices the old file
  setInterval(() => void touch().catch(() => undefined), HEARTBEAT_MS).unref();
}

function fail(log: Logger, phase: string, error: unknown): never {
  log.fatal({ err: error }, `exited on an error: ${phase}`);
  process.exit(1);
}
