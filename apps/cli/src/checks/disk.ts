import { statfs } from 'node:fs/promises';
import { Disk } from '@marquee/contract';
import { UserError } from '@marquee/process';
import { formatBytes } from '@marquee/process/format-bytes';
import type { Context } from '../context/context.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** With less than this, writes fail soon. */
const MIN_FREE_BYTES = 1e9;
/** What the first full load takes: the 40 GB of the database twice, and the snapshots. */
const FULL_COPY_BYTES = 85e9;
/** A smaller database has little data, or none yet. */
const MIN_COPY_BYTES = 100e6;

/**
 * Checks the free space: as the API reports it for database and snapshots; and that of the embedded
 * stack's data folder, also if the API does not answer.
 */
export async function checkDisk({ api, stack }: Context): Promise<Check[]> {
  const disk = await api.get(Disk, '/disk').catch((error: unknown) => {
    // another check reports an API that is away, or needs a key
    if (error instanceof UserError) return null;
    throw error;
  });
  const folder =
    stack === null
      ? null
      : await statfs(stack.data).then(({ bavail, bsize, blocks }) => ({
          path: stack.data,
          free: bavail * bsize,
          size: blocks * bsize,
        }));
  if (disk === null && folder === null) return [];
  const free = Math.min(disk?.freeBytes ?? Infinity, folder?.free ?? Infinity);
  const parts = [
    disk &&
      `database ${formatBytes(disk.databaseBytes)}, snapshots ${formatBytes(disk.snapshotBytes)}, deliveries and pictures ${formatBytes(disk.deliveryBytes + disk.pictureBytes)}, exports ${formatBytes(disk.exportBytes)}`,
    folder &&
      `${Math.floor((1 - folder.free / folder.size) * 100)} % of the disk of ${folder.path} in use`,
    free === Infinity ? 'the database does not tell how much is free' : `${formatBytes(free)} free`,
  ];
  return [compareFreeSpace(free, disk, parts.filter(Boolean).join('; '))];
}

function compareFreeSpace(free: number, disk: Disk | null, found: string): Check {
  if (free < MIN_FREE_BYTES)
    return fail(
      'disk',
      found,
      'Make room, or move the data: DATA_DIR. Fewer snapshots: SNAPSHOT_KEEP',
    );
  // a full load builds the new tables beside the published ones
  const published = disk === null ? 0 : disk.databaseBytes - disk.stagingBytes;
  const needed = published > MIN_COPY_BYTES ? published : FULL_COPY_BYTES;
  if (free < needed)
    return warn(
      'disk',
      found,
      `A full load may take ${formatBytes(needed)}. Make room, or move the data: DATA_DIR. Fewer snapshots: SNAPSHOT_KEEP`,
    );
  return ok('disk', found);
}
