import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { takeLock } from '@marquee/postgres';
import type { Paths } from './config.ts';

export type ProcessState = 'starting' | 'running' | 'waiting' | 'stopping' | 'stopped' | 'failed';

/** A process of the stack, as `ps` shows it. */
export interface ProcessStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly state: ProcessState;
  /** Since when it is in this state, ISO 8601. */
  readonly since: string;
}

/** What runs, as the supervisor writes it down for the commands that ask. Holds the database's password: for our own eyes. */
export interface StackState {
  readonly pid: number;
  readonly apiUrl: string;
  readonly databaseUrl: string | null;
  readonly processes: readonly ProcessStatus[];
}

export function writeState(paths: Paths, state: StackState): void {
  writeFileSync(`${paths.state}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${paths.state}.new`, paths.state);
}

export function removeState(paths: Paths): void {
  rmSync(paths.state, { force: true });
}

/** What runs on a data folder; null where no supervisor is alive, whatever an earlier one may have left behind. */
export function readState(paths: Paths): StackState | null {
  if (!existsSync(paths.lock) || !existsSync(paths.state)) return null;
  const lock = takeLock(paths.lock, 0);
  if (!lock) return JSON.parse(readFileSync(paths.state, 'utf8')) as StackState;
  lock.release();
  return null;
}
