import { prepareDerivedTables } from '@marquee/loader';
import type { Pool } from 'pg';

/** Rebuilds the search tables from the published tables, as on a new database. */
export async function buildSearchTables(pool: Pool): Promise<void> {
  await pool.query('drop schema if exists search cascade');
  await prepareDerivedTables(pool, new AbortController().signal);
}
