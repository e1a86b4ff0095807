import { accessSync, constants, mkdirSync } from 'node:fs';
import { UserError } from '@marquee/process';
import type { DataPaths } from '@marquee/stack';

const NOT_A_FOLDER = 'is not a folder, or is below a file';
const NOT_WRITABLE = 'this user may not write to; another user, such as root, probably created it';

/** Why a folder cannot be created or written to, by the system's error code. */
const REASONS: Readonly<Record<string, string>> = {
  EEXIST: NOT_A_FOLDER,
  ENOTDIR: NOT_A_FOLDER,
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  EROFS: 'is on a read-only file system',
  ENOSPC: 'cannot be created, because the disk is full',
};

/**
 * Creates the data folder unless it exists.
 *
 * @throws UserError if it cannot be created or written to
 */
export function makeDataFolder({ data }: DataPaths): void {
  try {
    mkdirSync(data, { recursive: true });
    accessSync(data, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? `cannot be used: ${message}`;
    throw new UserError(
      `The data folder is ${data}, which ${reason}. Set DATA_DIR to a folder of yours, in .env or before the command.`,
      { cause },
    );
  }
}
