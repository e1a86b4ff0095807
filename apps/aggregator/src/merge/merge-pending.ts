import type { Pool } from 'pg';

/** Merges the pending movies. */
export async function mergePending(pool: Pool, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await pool.query('select from movies.pending limit 1');
}
