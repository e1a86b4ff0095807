import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnAs, type Account } from '../binaries/account.ts';
import { PostgresError } from '../postgres-error.ts';

/**
 * How long a fast shutdown may take (it writes everything to disk) before PostgreSQL is ended at
 * once.
 */
export const STOP_TIMEOUT_MS = 60_000;

const POLL_MS = 20;

/**
 * Ends a PostgreSQL that an earlier run left behind, or the trace of one. Only to be called by the
 * holder of the folder's lock.
 */
export async function stopOrphan(directory: string, log: (line: string) => void): Promise<void> {
  const { pid } = readPostmaster(directory);
  // where the pid is gone, PostgreSQL itself clears its file, after a look whether parts of the old
  // server still run
  if (pid === null || !isAlive(pid)) return;
  if (!isServerOf(pid, directory)) {
    // another program has the pid by now: PostgreSQL would take it for itself and refuse to start
    rmSync(join(directory, 'postmaster.pid'), { force: true });
    return;
  }
  log(`LOG:  stopping the PostgreSQL (pid ${pid}) that an earlier run left behind`);
  for (const [signal, patience] of [
    ['SIGINT', STOP_TIMEOUT_MS],
    ['SIGQUIT', 10_000],
  ] as const) {
    signalTo(pid, signal);
    const until = performance.now() + patience;
    while (performance.now() < until) {
      if (!isServerOf(pid, directory)) return;
      await sleep(POLL_MS);
    }
  }
  throw new PostgresError(
    `A PostgreSQL (pid ${pid}) that an earlier run left behind in ${directory} does not end. End it by hand: kill -9 ${pid}`,
  );
}

/** What PostgreSQL says of itself in its pid file; pid null where there is no such file. */
export function readPostmaster(directory: string): { pid: number | null; ready: boolean } {
  try {
    const lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]) || null, ready: lines[7]?.trim() === 'ready' };
  } catch {
    return { pid: null, ready: false };
  }
}

/**
 * Stops a PostgreSQL in fast mode when this process is gone, however it went.
 *
 * A shell waits on a pipe that only we hold, and which the kernel closes with us. It works alike on
 * Linux and macOS, which has no parent-death signal.
 *
 * @returns what ends the watch, for when PostgreSQL has ended
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

/** A signal to a process that may be gone already. */
export function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // it is there and another user's
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
 * A process's command line, its words joined by spaces; empty where there is none, as for a process
 * that has ended and is not yet reaped.
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
