import { statfs } from 'node:fs/promises';
import { formatBytes } from '@marquee/process/format-bytes';

/** A disk has not the room for what is to be written to it. */
export class DiskSpaceError extends Error {
  override readonly name = 'DiskSpaceError';
  readonly code = 'disk-space';
  readonly hint =
    'Free space there (remove old snapshots, or keep fewer), or set SNAPSHOT_DIR to a folder on a larger disk.';
  readonly retryable = false;
}

/** How many bytes this user may still write to the disk of a folder. */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Makes sure that a disk has room, before work begins that would fail for want of it.
 *
 * @param folder a folder on the disk; it has to be there
 * @param bytes how much room is needed
 * @param what is to be written, as the subject of a sentence
 * @throws DiskSpaceError when this user may not write so much
 */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeSpace(folder);
  if (free >= bytes) return;
  throw new DiskSpaceError(
    `${what} needs ${formatBytes(bytes)} in ${folder}, but only ${formatBytes(free)} are free.`,
  );
}
