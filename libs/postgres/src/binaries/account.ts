import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { PostgresError } from '../postgres-error.ts';

/** An unprivileged account to run PostgreSQL under: PostgreSQL refuses to run as root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's own account on Linux and on macOS, then the one that every system has. */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * The account that PostgreSQL must be given: none (null) where we are not root ourselves; as root,
 * the owner of the folder if it has data of an ordinary user already, else the first of `postgres`,
 * `_postgres` and `nobody` that exists.
 *
 * @throws PostgresError where we are root and no such account exists
 */
export function accountFor(folder: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid ?? 0;
  for (const candidate of owner === 0 ? CANDIDATES : [String(owner), ...CANDIDATES]) {
    const [name, uid, gid] = ['-un', '-u', '-g'].map((what) =>
      spawnSync('id', [what, candidate], { encoding: 'utf8' }).stdout.trim(),
    );
    // macOS shows nobody's -2 as a number that spawn does not take
    if (name && uid && gid && Number(uid) < 2 ** 31)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new PostgresError(
    `PostgreSQL refuses to run as root, and no account of the names ${CANDIDATES.join(', ')} exists. Run this as an ordinary user.`,
  );
}

/**
 * What `spawn` takes to run a program under an account. The working folder is one that every
 * account may enter.
 */
export function spawnAs(account: Account | null): { cwd: string; uid?: number; gid?: number } {
  return account ? { cwd: '/', uid: account.uid, gid: account.gid } : { cwd: '/' };
}

/**
 * Whether the account can enter a folder or run a program: every folder above counts too, so we ask
 * the system as that account.
 */
export function canReach(account: Account | null, path: string): boolean {
  return spawnSync('test', ['-x', path], spawnAs(account)).status === 0;
}
