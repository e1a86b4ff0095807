import { statfs } from 'node:fs/promises';
import { Disk } from '@marquee/contract';
import { formatBytes } from '@marquee/process/format-bytes';
import type { Context } from '../context.ts';
import { CliFault } from '../faults.ts';
import { fail, warn, well, type Check } from './check.ts';

/** Below this nothing can be written for long. */
const LEAST_FREE = 1e9;
/**
 * What an empty database is in want of before a full copy: twice 40 GB while it loads, and
 * snapshots.
 */
const FULL_COPY = 85e9;
/** A smaller database is one that has little to load, or nothing yet. */
const LEAST_COPY = 100e6;

/**
 * How full the disk is: what the API says of database and snapshots; and of the folder of this
 * machine's embedded stack, also where the API does not answer.
 */
export async function checkDisk({ api, stack }: Context): Promise<Check[]> {
  const disk = await api.get(Disk, '/disk').catch((error: unknown) => {
    // that the API is away, or wants a key, is told of already
    if (error instanceof CliFault) return null;
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
      `database ${formatBytes(disk.databaseBytes)}, snapshots ${formatBytes(disk.snapshotBytes)}`,
    folder &&
      `${Math.floor((1 - folder.free / folder.size) * 100)} % of the disk of ${folder.path} in use`,
    free === Infinity
      ? 'the database may not be asked how much is free'
      : `${formatBytes(free)} free`,
  ];
  return [judge(free, disk, parts.filter(Boolean).join('; '))];
}

function judge(free: number, disk: Disk | null, found: string): Check {
  if (free < LEAST_FREE)
    return fail(
      'disk',
      found,
      'Make room, or move the data: DATA_DIR. Fewer snapshots: SNAPSHOT_KEEP',
    );
  // a full load builds the tables anew beside those that are there
  const published = disk === null ? 0 : disk.databaseBytes - disk.stagingBytes;
  const wanted = published > LEAST_COPY ? published : FULL_COPY;
  if (free < wanted)
    return warn(
      'disk',
      found,
      `A full load may take ${formatBytes(wanted)}. Make room, or move the data: DATA_DIR. Fewer snapshots: SNAPSHOT_KEEP`,
    );
  return well('disk', found);
}
