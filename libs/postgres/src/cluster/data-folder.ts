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
 * Makes the data folder, if need be, and answers with its real path.
 *
 * As root, the folder is given to PostgreSQL's account. Where that account cannot enter it (a
 * repository under /root), a new folder is made in `/var/lib/marquee`, and the data folder becomes
 * a symbolic link to it: the data stays in one place that the account can reach, and the repository
 * still says where.
 *
 * @throws PostgresError where the folder cannot be made, or holds something and cannot be reached
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
      `The folder for PostgreSQL's data, ${folder}, cannot be used: ${(cause as Error).message}. Set DATA_DIR to a folder of yours.`,
      { cause },
    );
  }
}

function moveToReachableFolder(folder: string, account: Account): string {
  if (lstatSync(folder).isSymbolicLink() || readdirSync(folder).length > 0) {
    throw new PostgresError(
      `PostgreSQL runs as ${account.name}, because we are root, and ${account.name} cannot enter ${folder}, which holds data. ` +
        `Let it enter the folders above (chmod o+x), or set DATA_DIR to another folder.`,
    );
  }
  mkdirSync(SHARED_DIR, { recursive: true, mode: 0o755 });
  const place = mkdtempSync(join(SHARED_DIR, `${basename(dirname(folder))}-${basename(folder)}-`));
  chownSync(place, account.uid, account.gid);
  rmdirSync(folder);
  symlinkSync(place, folder);
  return realpathSync(place);
}
