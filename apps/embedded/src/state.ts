import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isLocked, takeLock, type Lock } from '@marquee/process';
import type { DataPaths } from './config.ts';

export type ProcessState = 'starting' | 'running' | 'waiting' | 'stopping' | 'stopped' | 'failed';

/** A process of the stack, as `ps` shows it. */
export interface ProcessStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly state: ProcessState;
  /** Since when it is in this state, ISO 8601. */
  readonly since: string;
}

/**
 * What runs, as the supervisor writes it down for the commands that ask. Holds the database's
 * password: for our own eyes.
 */
export interface StackState {
  readonly pid: number;
  readonly apiUrl: string;
  readonly databaseUrl: string | null;
  readonly processes: readonly ProcessStatus[];
}

/**
 * The right to say what runs on a data folder, for the holder of its lock.
 *
 * A lock of its own says that it is in use: it is taken when what an earlier supervisor may have
 * left is gone, so whoever finds it held never reads of a pid that is a stranger's by now.
 */
export class StateFile {
  readonly #paths: DataPaths;
  readonly #lock: Lock;

  /** @throws where another holds it, which the lock on the data folder keeps from happening */
  constructor(paths: DataPaths) {
    this.#paths = paths;
    rmSync(paths.state, { force: true });
    const lock = takeLock(paths.stateLock);
    if (!lock)
      throw new Error(
        `${paths.stateLock} is held by another process, which does not hold ${paths.lock}.`,
      );
    this.#lock = lock;
  }

  write(state: StackState): void {
    const { state: file } = this.#paths;
    writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  close(): void {
    rmSync(this.#paths.state, { force: true });
    this.#lock.release();
  }
}

/**
 * What runs on a data folder; null where no supervisor is alive, whatever an earlier one may have
 * left behind.
 */
export function readState(paths: DataPaths): StackState | null {
  if (!isLocked(paths.stateLock)) return null;
  try {
    return JSON.parse(readFileSync(paths.state, 'utf8')) as StackState;
  } catch (error) {
    // not written yet, or removed a moment ago
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
