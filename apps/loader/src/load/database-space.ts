import { freeDatabaseBytes } from '@marquee/catalogue';
import { RunFault } from '@marquee/runs';
import type { PoolClient } from 'pg';
import type { LoadOptions } from './staging.ts';

/**
 * Bytes that a table takes with its indexes, and its largest index once more while it is sorted,
 * for each byte of the gunzipped file; measured 2.1 at the most.
 */
const BYTES_FOR_EACH = 2.5;

/**
 * Checks that the disk of the database has room for a dataset's new table beside the old one. Where
 * the role may not ask the server for it, nothing is checked.
 *
 * @throws RunFault saying how much is needed, and how much there is
 */
export async function expectDatabaseSpace(
  client: PoolClient,
  { dataset, snapshot }: LoadOptions,
): Promise<void> {
  const free = await freeDatabaseBytes(client);
  const needed = Math.ceil(snapshot.rawBytes * BYTES_FOR_EACH);
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
