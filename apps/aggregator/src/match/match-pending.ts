import { inTransaction } from '@marquee/catalogue';
import type { Pool } from 'pg';
import { readComponents } from './components.ts';
import { markCountsStale } from './count-matches.ts';
import { decideMovies } from './decide-movies.ts';
import { storePendingKeys } from './record-keys.ts';
import { writeMatches } from './write-matches.ts';

/** How many pending records are matched at a time: the memory of a few thousand records. */
const CHUNK = 2000;
/** Only one matcher works at a time, whatever the number of processes. */
export const MATCHER_LOCK = 8_213_447_011;

/**
 * Matches the pending records, and marks the movies that this touches. A chunk of them is matched in
 * one transaction, with all records that they may be one movie with, so that the result is that of
 * matching everything again.
 *
 * @param chunk pending records per transaction
 */
export async function matchPending(
  pool: Pool,
  signal: AbortSignal,
  { chunk = CHUNK }: { readonly chunk?: number } = {},
): Promise<void> {
  await storePendingKeys(pool, signal, chunk);
  while (await matchChunk(pool, chunk)) signal.throwIfAborted();
}

/** @returns whether any record was pending that no other transaction holds */
async function matchChunk(pool: Pool, chunk: number): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1::bigint)', [MATCHER_LOCK]);
    const { rows: pending } = await client.query<{ source: string; id: string }>(
      // an extraction holds those that it marks until it ends, and wakes the aggregator then
      'select source, record_id as id from sources.pending order by source, record_id limit $1::int for update skip locked',
      [chunk],
    );
    if (pending.length === 0) return false;
    const components = await readComponents(client, pending);
    await writeMatches(client, components, decideMovies(components));
    await markCountsStale(client);
    return true;
  });
}
