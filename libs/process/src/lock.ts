import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A lock that this process holds. */
export interface Lock {
  release(): void;
}

/**
 * Takes a lock that one process at a time can hold. Returns null while another process holds it.
 *
 * It is SQLite's lock on an empty database, hence the kernel's lock on the file. The kernel
 * releases it when the process ends, in whatever way, so there are no stale locks. A pid file
 * cannot tell, because pids are reused.
 *
 * @param file created if it does not exist; its folder must exist
 * @param waitMs how long to wait for the lock; {@link isLocked} holds it for an instant
 * @throws when the file cannot be opened
 */
export function takeLock(file: string, waitMs = 500): Lock | null {
  // nothing is ever written, so it needs no journal file
  return tryLocking(
    new DatabaseSync(file, { timeout: waitMs }),
    'pragma journal_mode = memory; begin exclusive',
  );
}

/**
 * Whether a process holds the lock now. Processes that check at the same time do not see each other
 * as holders.
 *
 * @throws when the file exists and cannot be opened
 */
export function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  // a read fails only while the lock is held, not while others read
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
