import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { PostgresError } from '../postgres-error.ts';

/** An unprivileged account to run PostgreSQL under: PostgreSQL refuses to run as root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's own account on Linux and on macOS, then one that every system has. */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * The account to run PostgreSQL under; null if this process does not run as root, and PostgreSQL
 * runs as the same user. As root: the owner of the folder, if it already contains the data of an
 * ordinary user; else the first of `postgres`, `_postgres` and `nobody` that exists.
 *
 * @throws PostgresError if this process runs as root and no such account exists
 */
export function accountFor(folder: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid ?? 0;
  for (const candidate of owner === 0 ? CANDIDATES : [String(owner), ...CANDIDATES]) {
    const [name, uid, gid] = ['-un', '-u', '-g'].map((option) =>
      spawnSync('id', [option, candidate], { encoding: 'utf8' }).stdout.trim(),
    );
    // macOS prints nobody's uid, -2, as a number that spawn rejects
    if (name && uid && gid && Number(uid) < 2 ** 31)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new PostgresError(
    `PostgreSQL refuses to run as root, and none of the accounts ${CANDIDATES.join(', ')} exists. Run this as an ordinary user.`,
  );
}

/**
 * Options for `spawn` to run a program under an account. The working directory is one that every
 * account may enter.
 */
export function spawnAs(account: Account | null): { cwd: string; uid?: number; gid?: number } {
  return account ? { cwd: '/', uid: account.uid, gid: account.gid } : { cwd: '/' };
}

/**
 * Whether an account can enter a folder or run a program. The permissions of all parent folders
 * count too, so a process of that account tests it.
 */
export function canReach(account: Account | null, path: string): boolean {
  return spawnSync('test', ['-x', path], spawnAs(account)).status === 0;
}
