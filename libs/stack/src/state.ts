import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isLocked, takeLock, type Lock } from '@marquee/process';
import { z } from 'zod';
import type { DataPaths } from './paths.ts';

const ProcessState = z.enum(['starting', 'running', 'waiting', 'stopping', 'stopped', 'failed']);
export type ProcessState = z.infer<typeof ProcessState>;

/** A process of the stack. */
const ProcessStatus = z.object({
  name: z.string(),
  pid: z.int().nullable(),
  state: ProcessState,
  /** When it entered this state, ISO 8601. */
  since: z.string(),
});
export type ProcessStatus = Readonly<z.infer<typeof ProcessStatus>>;

/**
 * The addresses and processes of a running stack, as its supervisor writes them down for other
 * commands. Contains the database's password: never print or log it.
 */
const StackState = z.object({
  /** The supervisor's pid. */
  pid: z.int(),
  apiUrl: z.string(),
  databaseUrl: z.string().nullable(),
  processes: z.array(ProcessStatus).readonly(),
});
export type StackState = Readonly<z.infer<typeof StackState>>;

/**
 * The state file of a data folder, opened for writing by the holder of the folder's lock.
 *
 * The file has a lock of its own. It is taken only after the file of an earlier supervisor is
 * removed, so a reader that finds it held never reads a pid that now belongs to a stranger.
 */
export class StateFile {
  readonly #paths: DataPaths;
  readonly #lock: Lock;

  /** @throws if another process holds the file; the lock on the data folder prevents that */
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
 * The state of the stack on a data folder; null if its supervisor is not alive, whatever an earlier
 * one left behind.
 *
 * @throws if the file cannot be read, as another user's, or is malformed
 */
export function readState(paths: DataPaths): StackState | null {
  if (!isLocked(paths.stateLock)) return null;
  try {
    return StackState.parse(JSON.parse(readFileSync(paths.state, 'utf8')));
  } catch (error) {
    // not written yet, or just removed
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
