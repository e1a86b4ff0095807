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
import { canReach, type Account } from './account.ts';
import { ROOTS_FOLDER } from './binaries.ts';
import { PostgresFault } from './fault.ts';

/**
 * Makes the data folder, if need be, and answers with its real path.
 *
 * As root, the folder is given to PostgreSQL's account. Where that account cannot enter it (a
 * repository under /root), a new folder is made in `/var/lib/marquee`, and the data folder becomes
 * a symbolic link to it: the data stays in one place that the account can reach, and the repository
 * still says where.
 *
 * @throws PostgresFault where the folder cannot be made, or holds something and cannot be reached
 */
export function openFolder(dataFolder: string, account: Account | null): string {
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
    return canReach(account, real) ? real : elsewhere(folder, account);
  } catch (cause) {
    if (cause instanceof PostgresFault) throw cause;
    throw new PostgresFault(
      `The folder for PostgreSQL's data, ${folder}, cannot be used: ${(cause as Error).message}. Set DATA_DIR to a folder of yours.`,
      { cause },
    );
  }
}

function elsewhere(folder: string, account: Account): string {
  if (lstatSync(folder).isSymbolicLink() || readdirSync(folder).length > 0) {
    throw new PostgresFault(
      `PostgreSQL runs as ${account.name}, because we are root, and ${account.name} cannot enter ${folder}, which holds data. ` +
        `Let it enter the folders above (chmod o+x), or set DATA_DIR to another folder.`,
    );
  }
  mkdirSync(ROOTS_FOLDER, { recursive: true, mode: 0o755 });
  const place = mkdtempSync(
    join(ROOTS_FOLDER, `${basename(dirname(folder))}-${basename(folder)}-`),
  );
  chownSync(place, account.uid, account.gid);
  rmdirSync(folder);
  symlinkSync(place, folder);
  return realpathSync(place);
}
