import { RunFault } from '@marquee/runs';
import { DatabaseError, type PoolClient } from 'pg';
import type { LoadOptions } from './staging.ts';

/** Bytes that a table takes with its indexes, and its largest index once more while it is sorted, for each byte of the gunzipped file; measured 2.1 at the most. */
const BYTES_FOR_EACH = 2.5;

/** What PostgreSQL says to a role that may not run programs, and when the program is not there or fails. */
const CANNOT_ASK = ['42501', '38000'];

/**
 * Checks that the disk of the database has room for a dataset's new table beside the old one. Where the role may not ask the server for it, nothing is
 * checked.
 *
 * @throws RunFault saying how much is needed, and how much there is
 */
export async function expectDatabaseSpace(client: PoolClient, { dataset, snapshot }: LoadOptions): Promise<void> {
  const free = await freeBytes(client);
  const needed = Math.ceil(snapshot.rawBytes * BYTES_FOR_EACH);
  if (free === null || free >= needed) return;
  throw new RunFault({
    code: 'disk-space',
    message: `Loading ${dataset} needs about ${gigabytes(needed)} on the disk of the database; ${gigabytes(free)} are free.`,
    hint: 'Nothing was changed. Make room, or move the database to a larger disk, and start the run again.',
  });
}

/** Room on the disk of PostgreSQL's data, which is where its processes stand; null when it does not tell. */
async function freeBytes(client: PoolClient): Promise<number | null> {
  await client.query('savepoint asking');
  try {
    await client.query('create temp table disk_free (line text) on commit drop');
    await client.query(`copy disk_free from program 'df -Pk . | tail -n 1'`);
    const { rows } = await client.query<{ line: string }>('select line from disk_free');
    await client.query('drop table disk_free');
    const available = /\s(\d+)\s+\d+%\s/u.exec(rows[0]?.line ?? '')?.[1];
    return available === undefined ? null : Number(available) * 1024;
  } catch (error) {
    if (!(error instanceof DatabaseError && CANNOT_ASK.includes(error.code ?? ''))) throw error;
    await client.query('rollback to savepoint asking');
    return null;
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
