import { accessSync, constants, mkdirSync } from 'node:fs';
import type { DataPaths } from '../config.ts';
import { UserError } from '../user-error.ts';

const NO_FOLDER = 'is no folder, or lies under a file that is none';
const NOT_OURS = 'this user may not write in; it was probably made by another, such as root';

/** Why a folder cannot be made or written in, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  EEXIST: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EACCES: NOT_OURS,
  EPERM: NOT_OURS,
  EROFS: 'lies on a file system that can only be read',
  ENOSPC: 'cannot be made, because the disk is full',
};

/**
 * Makes the data folder, if need be.
 *
 * @throws UserError where it cannot be made or written in
 */
export function makeDataFolder({ data }: DataPaths): void {
  try {
    mkdirSync(data, { recursive: true });
    accessSync(data, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = REASONS[code] ?? `cannot be used: ${message}`;
    throw new UserError(
      `The data folder is ${data}, which ${why}. Set DATA_DIR to a folder of yours, in .env or before the command.`,
      { cause },
    );
  }
}
