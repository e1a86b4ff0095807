import { freeDatabaseBytes } from '@marquee/catalogue';
import { RunFault } from '@marquee/runs';
import type { PoolClient } from 'pg';
import type { LoadOptions } from './staging.ts';

/**
 * Bytes per byte of the uncompressed file that a table takes: with its indexes, and with its
 * largest index once more while that is sorted. Measured: at most 2.1.
 */
const BYTES_PER_RAW_BYTE = 2.5;

/**
 * Checks that the database's disk has room for a dataset's new table beside the old one. Checks
 * nothing when the role may not ask the server.
 *
 * @throws RunFault with the bytes needed and the bytes free
 */
export async function expectDatabaseSpace(
  client: PoolClient,
  { dataset, snapshot }: LoadOptions,
): Promise<void> {
  const free = await freeDatabaseBytes(client);
  const needed = Math.ceil(snapshot.rawBytes * BYTES_PER_RAW_BYTE);
  if (free === null || free >= needed) return;
  throw new RunFault({
    code: 'disk-space',
    message: `Loading ${dataset} needs about ${gigabytes(needed)} on the disk of the database; ${gigabytes(free)} are free.`,
    hint: 'Nothing was changed. Make room, or move the database to a larger disk, and start the run again.',
  });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
