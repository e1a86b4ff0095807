import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/**
 * Takes a lock that one living process at a time can hold, or answers null while another holds it.
 *
 * It is SQLite's lock on an empty database, which is the kernel's lock on the file: it goes when
 * its process goes, by whatever way, so there is no stale lock to tell from a live one. A pid file
 * leaves that to guesswork, since pids come again.
 *
 * @param file created if need be; its folder must exist
 * @param waitMs how long to wait for it: one who only looks is in its way for an instant
 * @throws when the file cannot be opened
 */
export function takeLock(file: string, waitMs = 500): Lock | null {
  // nothing is ever written, so no journal file need lie beside it
  return tryLocking(
    new DatabaseSync(file, { timeout: waitMs }),
    'pragma journal_mode = memory; begin exclusive',
  );
}

/**
 * Whether a process holds a lock now. However many look at once, none of them takes another for the
 * holder.
 *
 * @throws when the file is there and cannot be opened
 */
export function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  // reading is refused only while the lock is held, not while others read
  const free = tryLocking(
    new DatabaseSync(file, { readOnly: true, timeout: 0 }),
    'select count(*) from sqlite_schema',
  );
  free?.release();
  return free === null;
}

function tryLocking(database: DatabaseSync, sql: string): Lock | null {
  try {
    database.exec(sql);
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes('database is locked')) return null;
    throw error;
  }
}
