import { useTestDatabase } from '@marquee/catalogue/testing';
import { beforeEach, expect, it } from 'vitest';
import { warmUp } from '../database/warm-up.ts';
import { prepareDerivedTables } from './derived-tables.ts';

const database = useTestDatabase();
beforeEach(async () => {
  await database.pool.query('create extension pg_buffercache');
});

const { signal } = new AbortController();

/** The pages of an index, and how many of them are in shared buffers. */
async function pagesOf(index: string): Promise<{ all: number; inMemory: number }> {
  const { rows } = await database.pool.query<{ all: number; inMemory: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as all, count(*)::int as "inMemory"
     from pg_buffercache b join pg_database d on d.oid = b.reldatabase
     where d.datname = current_database() and b.relfilenode = pg_relation_filenode($1::regclass) and b.relforknumber = 0`,
    [index],
  );
  return rows[0] ?? { all: NaN, inMemory: NaN };
}

/**
 * Expects that some work reads all of an index into shared buffers, where its pages are not
 * otherwise. Other tests use the same server and may have evicted pages by the time they are
 * counted: then the work is repeated.
 *
 * @param rebuild creates the index on disk only
 */
async function expectInMemory(
  index: string,
  rebuild: () => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<void> {
  await expect
    .poll(async () => {
      await rebuild();
      await work();
      const { all, inMemory } = await pagesOf(index);
      return all - inMemory;
    })
    .toBe(0);
  // the count can tell the difference
  await database.pool.query(`reindex index ${index}`);
  const { all, inMemory } = await pagesOf(index);
  expect(all).toBeGreaterThan(50);
  expect(inMemory).toBeLessThan(all / 10);
}

it('reads what was loaded into memory before the first request', async () => {
  const { pool } = database;
  await pool.query('drop schema search cascade; create schema search');
  await pool.query('create table search.much as select n from generate_series(1, 100000) as n');
  await pool.query('create index much_n on search.much (n)');
  await expectInMemory(
    'search.much_n',
    async () => pool.query('reindex index search.much_n'),
    async () => warmUp(pool, signal),
  );
});

it('does so after a build at the start too', async () => {
  const { pool } = database;
  await pool.query(
    `insert into imdb.title_basics (tconst, title_type, primary_title, genres) select 'tt' || lpad(i::text, 7, '0'), 'movie', 'Title ' || i, '{}' from generate_series(1, 30000) as i`,
  );
  await expectInMemory(
    'search.title_pkey',
    async () => pool.query('drop schema if exists search cascade'),
    async () => prepareDerivedTables(pool, signal),
  );
});
