import type { Pool } from 'pg';
import { inTransaction } from './transaction.ts';

/**
 * Reads the tables and indexes into PostgreSQL's shared buffers, until half of these are full:
 * indexes before tables, derived tables before the datasets', the small before the large. Index
 * builds bypass the buffers: the first requests, and the first refresh, would wait for the disk at
 * each page. Called after tables were replaced: by a publish, or by a build at the start.
 *
 * Does nothing when the server has no pg_prewarm, or the role may not use it.
 */
export async function warmUp(pool: Pool, signal: AbortSignal): Promise<void> {
  const installed = await pool.query('create extension if not exists pg_prewarm').catch(() => null);
  if (installed === null) return;
  const { rows } = await pool.query<{ oid: number }>(
    `select oid
     from (
       select
         oid,
         sum(pg_relation_size(oid)) over (
           order by relkind, relnamespace = 'imdb'::regnamespace, pg_relation_size(oid), oid
         ) as so_far
       from pg_class
       where relnamespace in ('imdb'::regnamespace, 'search'::regnamespace) and relkind in ('i', 'r')
     ) as relation
     where so_far <= pg_size_bytes(current_setting('shared_buffers')) / 2
     order by so_far`,
  );
  for (const { oid } of rows) {
    // finds no row if a later publish has replaced the relation
    await inTransaction(pool, signal, async (client) =>
      client.query('select pg_prewarm(oid) from pg_class where oid = $1::oid', [oid]),
    );
  }
}
