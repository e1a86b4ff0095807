import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import type { Logger } from './log.ts';

/**
 * The exit code of a process whose configuration has a fault (EX_CONFIG of sysexits.h): to start it
 * again would not help.
 */
export const BAD_CONFIG = 78;

/**
 * How long a process may take to end in good order before it ends anyhow, counted from when it was
 * asked to.
 */
const GRACE_MS = 20_000;

/**
 * How much of that is for a start that is under way: it may be waiting for a database or a lock
 * that does not come.
 */
const START_GRACE_MS = 5000;

/** How often a process shows that it is well. */
const HEARTBEAT_MS = 5000;

/**
 * What a process tells the supervisor that started it, over its IPC channel: that it is up, or what
 * is wrong with its configuration.
 */
export type ProcessReport = 'ready' | { readonly fault: string };

/**
 * Reads a process's configuration as {@link readConfig} does. Where it has faults, says so to
 * people on standard error and to the supervisor, and ends the process with {@link BAD_CONFIG}.
 */
export async function readConfigOrExit<T extends z.ZodObject>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): Promise<z.infer<T>> {
  try {
    return readConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return refuseToRun(error);
  }
}

async function refuseToRun({ message }: ConfigError): Promise<never> {
  console.error(message);
  await report({ fault: message });
  process.exit(BAD_CONFIG);
}

/**
 * Runs a process until it is asked to end: by SIGTERM, by SIGINT, or by the end of the supervisor
 * that started it (its IPC channel closes, also when the supervisor was killed). Then stops it in
 * good order and exits: 0 when that went well, 1 when it did not or start failed.
 *
 * A start that throws a {@link ConfigError} ends it with {@link BAD_CONFIG}: some faults of a
 * configuration show only when it meets the world.
 *
 * Asked to end while it starts, it waits a little for the start to end, so that it can be stopped
 * in order, and exits with 0 where it does not.
 *
 * @param start brings everything up and returns what takes it down again
 * @param heartbeatFile written every 5 s while the process is up and its event loop turns, for a
 *   health check to look at
 * @param startGraceMs how long it waits for the start to end, once it is asked to end
 */
export async function runProcess(
  log: Logger,
  start: () => Promise<() => Promise<void>>,
  heartbeatFile?: string,
  startGraceMs = START_GRACE_MS,
): Promise<void> {
  const asked = askedToEnd(log);
  process.on('unhandledRejection', (error) =>
    fail(log, 'a rejected promise that nothing awaits', error),
  );
  process.on('uncaughtException', (error) => fail(log, 'an uncaught exception', error));
  let doing = 'starting';
  try {
    const started = start();
    if (await Promise.race([started.then(() => true), asked.then(() => false)])) {
      if (heartbeatFile !== undefined) await beat(heartbeatFile);
      await report('ready');
    }
    await asked;
    const stop = await Promise.race([started, sleep(startGraceMs, null)]);
    if (stop === null) {
      log.warn(
        `ended while it was starting: the start did not end within ${startGraceMs / 1000} s`,
      );
      process.exit(0);
    }
    doing = 'stopping';
    await stop();
    log.info('stopped');
  } catch (error) {
    if (error instanceof ConfigError) await refuseToRun(error);
    fail(log, doing, error);
  }
  process.exit(0);
}

/** Resolves when the process is asked to end, which sets a limit to how long it goes on. */
async function askedToEnd(log: Logger): Promise<void> {
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ask(signal));
  process.on('disconnect', () => ask('the end of its supervisor'));
  log.info(`stopping on ${await asked}`);
  setTimeout(
    () => fail(log, 'stopping', new Error(`not stopped after ${GRACE_MS / 1000} s`)),
    GRACE_MS,
  ).unref();
}

/** Resolves when the supervisor has been told, or there is none. */
async function report(what: ProcessReport): Promise<void> {
  const { promise: told, resolve } = Promise.withResolvers<undefined>();
  // a channel that closes meanwhile is told of by 'disconnect'
  if (process.connected) process.send?.(what, () => resolve(undefined));
  else resolve(undefined);
  await told;
}

async function beat(file: string): Promise<void> {
  const touch = async () => writeFile(file, '');
  await touch();
  // a heartbeat that cannot be written shows by its absence
  setInterval(() => void touch().catch(() => undefined), HEARTBEAT_MS).unref();
}

function fail(log: Logger, doing: string, error: unknown): never {
  log.fatal({ err: error }, `ended by a fault in ${doing}`);
  process.exit(1);
}
