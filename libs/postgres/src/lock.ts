import { DatabaseSync } from 'node:sqlite';

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/**
 * Takes a lock that one living process at a time can hold, or answers null while another holds it.
 *
 * It is SQLite's lock on an empty database, which is the kernel's lock on the file: it goes when its process goes, by whatever way, so there is no
 * stale lock to tell from a live one. A pid file leaves that to guesswork, since pids come again.
 *
 * @param file created if need be; its folder must exist
 * @param waitMs how long to wait for it: one who only looks holds it for an instant
 * @throws when the file cannot be opened
 */
export function takeLock(file: string, waitMs = 500): Lock | null {
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    // nothing is ever written, so no journal file need lie beside it
    database.exec('pragma journal_mode = memory; begin exclusive');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes('database is locked')) return null;
    throw error;
  }
}
