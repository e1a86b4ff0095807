import type { Pool } from 'pg';
import { inTransaction } from './transaction.ts';

/**
 * Reads what was just loaded into PostgreSQL's memory, indexes before tables, what serves search
 * before the datasets, and the small before the large, until half of that is full. Indexes are
 * built past it: the first requests, and the first refresh, would wait for the disk at each page.
 * Comes after whatever has replaced tables: a publish, and structures built anew at the start.
 *
 * Does nothing where the server has no pg_prewarm, or does not let us have it.
 */
export async function warmUp(pool: Pool, signal: AbortSignal): Promise<void> {
  const installed = await pool.query('create extension if not exists pg_prewarm').catch(() => null);
  if (installed === null) return;
  const { rows } = await pool.query<{ oid: number }>(
    `select oid from (
       select oid, sum(pg_relation_size(oid)) over (order by relkind, relnamespace = 'imdb'::regnamespace, pg_relation_size(oid), oid) as so_far
       from pg_class where relnamespace in ('imdb'::regnamespace, 'search'::regnamespace) and relkind in ('i', 'r')
     ) as relation
     where so_far <= pg_size_bytes(current_setting('shared_buffers')) / 2 order by so_far`,
  );
  for (const { oid } of rows) {
    // one that a later publish has replaced meanwhile is not there any more
    await inTransaction(pool, signal, async (client) =>
      client.query('select pg_prewarm(oid) from pg_class where oid = $1::oid', [oid]),
    );
  }
}
