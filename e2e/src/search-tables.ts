import { prepareDerivedTables } from '@marquee/loader';
import type { Pool } from 'pg';

/** Builds what is searched in from the published tables, whatever is there: as on a new database. */
export async function buildSearchTables(pool: Pool): Promise<void> {
  await pool.query('drop schema if exists search cascade');
  await prepareDerivedTables(pool, new AbortController().signal);
}
