import { writeFile } from 'node:fs/promises';
import type { Logger } from './log.ts';

/** How long a process may take to end in good order before it ends anyhow. */
const GRACE_MS = 20_000;

/** How often a process shows that it is well. */
const HEARTBEAT_MS = 5000;

/**
 * Runs a process until it is asked to end: by SIGTERM, by SIGINT, or by the end of the supervisor that started it (its IPC channel closes, also
 * when the supervisor was killed). Then stops it in good order and exits: 0 when that went well, 1 when it did not or start failed.
 *
 * @param start brings everything up and returns what takes it down again
 * @param heartbeatFile written every 5 s while the process is up and its event loop turns, for a health check to look at
 */
export async function runProcess(log: Logger, start: () => Promise<() => Promise<void>>, heartbeatFile?: string): Promise<void> {
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ask(signal));
  process.on('disconnect', () => ask('the end of its supervisor'));
  process.on('unhandledRejection', (error) => fail(log, 'a rejected promise that nothing awaits', error));
  process.on('uncaughtException', (error) => fail(log, 'an uncaught exception', error));
  try {
    const stop = await start();
    if (heartbeatFile !== undefined) await beat(heartbeatFile);
    process.send?.('ready');
    const reason = await asked;
    log.info(`stopping on ${reason}`);
    setTimeout(() => fail(log, 'stopping', new Error(`not stopped after ${GRACE_MS / 1000} s`)), GRACE_MS).unref();
    await stop();
    log.info('stopped');
  } catch (error) {
    fail(log, 'starting', error);
  }
  process.exit(0);
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
