import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnAs, type Account } from '../binaries/account.ts';
import { PostgresError } from '../postgres-error.ts';

/**
 * How long a fast shutdown may take, which writes everything to disk. After this, PostgreSQL is told
 * to stop immediately.
 */
export const STOP_TIMEOUT_MS = 60_000;

const POLL_MS = 20;

/**
 * Stops a PostgreSQL that an earlier process left running, or removes its stale pid file. Only the
 * holder of the folder's lock may call it.
 *
 * @throws PostgresError if that server does not stop
 */
export async function stopOrphan(directory: string, log: (line: string) => void): Promise<void> {
  const { pid } = readPostmaster(directory);
  // if the pid is gone, PostgreSQL removes the file itself, after a check for backends that remain
  if (pid === null || !isAlive(pid)) return;
  if (!isServerOf(pid, directory)) {
    // another program has the pid now: PostgreSQL would take it for a server and refuse to start
    rmSync(join(directory, 'postmaster.pid'), { force: true });
    return;
  }
  log(`LOG:  stopping the PostgreSQL (pid ${pid}) that an earlier process left running`);
  for (const [signal, timeoutMs] of [
    ['SIGINT', STOP_TIMEOUT_MS],
    ['SIGQUIT', 10_000],
  ] as const) {
    signalTo(pid, signal);
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      if (!isServerOf(pid, directory)) return;
      await sleep(POLL_MS);
    }
  }
  throw new PostgresError(
    `The PostgreSQL (pid ${pid}) that an earlier process left running on ${directory} does not stop. Kill it by hand: kill -9 ${pid}`,
  );
}

/** The pid and status in PostgreSQL's pid file; pid null if there is no such file. */
export function readPostmaster(directory: string): { pid: number | null; ready: boolean } {
  try {
    const lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]) || null, ready: lines[7]?.trim() === 'ready' };
  } catch {
    return { pid: null, ready: false };
  }
}

/**
 * Stops a PostgreSQL in fast mode when this process ends, even if it is killed.
 *
 * A shell reads from a pipe that only this process holds open, and that the kernel closes with it.
 * This works on Linux and on macOS, which has no parent-death signal.
 *
 * @returns a function that ends the watch, for when PostgreSQL has ended
 */
export function stopOnExit(pid: number, account: Account | null): () => void {
  const watch = spawn('/bin/sh', ['-c', 'read -r line; kill -INT "$1"', 'sh', String(pid)], {
    ...spawnAs(account),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watch.on('error', () => undefined);
  watch.unref();
  if (watch.stdin instanceof Socket) watch.stdin.unref();
  return () => {
    watch.kill('SIGKILL');
  };
}

/** Sends a signal to a process that may have ended. @returns whether the process exists */
function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: it exists and belongs to another user
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isAlive(pid: number): boolean {
  return signalTo(pid, 0);
}

function isServerOf(pid: number, directory: string): boolean {
  return commandOf(pid).includes(`-D ${directory} `);
}

/**
 * A process's command line, joined by spaces; empty if it has none, as a zombie.
 */
function commandOf(pid: number): string {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
      .stdout;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
