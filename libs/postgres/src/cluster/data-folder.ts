import {
  accessSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { canReach, type Account } from '../binaries/account.ts';
import { SHARED_DIR } from '../binaries/binaries.ts';
import { PostgresError } from '../postgres-error.ts';

/**
 * Creates the data folder unless it exists.
 *
 * As root, PostgreSQL's account becomes its owner. If that account cannot enter it (a repository
 * under /root), a new folder is created in `/var/lib/marquee`, and the data folder becomes a
 * symbolic link to it. The account can then reach the data, and the repository still leads to it.
 *
 * @returns the real path
 * @throws PostgresError if the folder cannot be created, or is not empty and cannot be reached
 */
export function openDataFolder(dataFolder: string, account: Account | null): string {
  const folder = resolve(dataFolder);
  try {
    if (!lstatSync(folder, { throwIfNoEntry: false })) {
      mkdirSync(dirname(folder), { recursive: true });
      mkdirSync(folder, { mode: 0o700 });
    }
    const real = realpathSync(folder);
    if (!account) {
      accessSync(real, constants.W_OK | constants.X_OK);
      return real;
    }
    chownSync(real, account.uid, account.gid);
    return canReach(account, real) ? real : moveToReachableFolder(folder, account);
  } catch (cause) {
    if (cause instanceof PostgresError) throw cause;
    throw new PostgresError(
      `PostgreSQL's data folder, ${folder}, cannot be used: ${(cause as Error).message}. Set DATA_DIR to a folder of yours.`,
      { cause },
    );
  }
}

function moveToReachableFolder(folder: string, account: Account): string {
  if (lstatSync(folder).isSymbolicLink() || readdirSync(folder).length > 0) {
    throw new PostgresError(
      `As root, PostgreSQL runs as ${account.name}, which cannot enter ${folder}, where there is data. ` +
        `Let it enter the parent folders (chmod o+x), or set DATA_DIR to another folder.`,
    );
  }
  mkdirSync(SHARED_DIR, { recursive: true, mode: 0o755 });
  const target = mkdtempSync(join(SHARED_DIR, `${basename(dirname(folder))}-${basename(folder)}-`));
  chownSync(target, account.uid, account.gid);
  rmdirSync(folder);
  symlinkSync(target, folder);
  return realpathSync(target);
}
