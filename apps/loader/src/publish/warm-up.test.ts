import { useTestDatabase } from '@marquee/catalogue/testing';
import { expect, it } from 'vitest';
import { warmUp } from './warm-up.ts';

const database = useTestDatabase();

/** How many pages of it a read of the whole index had to get from the disk. */
async function pagesRead(index: string): Promise<number> {
  const { pool } = database;
  const count = async () => {
    await pool.query('select pg_stat_force_next_flush()');
    return (await pool.query<{ read: number }>('select idx_blks_read::int as read from pg_statio_user_indexes where indexrelid = $1::regclass', [index])).rows[0]?.read ?? NaN;
  };
  const before = await count();
  await pool.query('set enable_seqscan = off; set enable_bitmapscan = off; select count(*) from search.much where n >= 0');
  return (await count()) - before;
}

it('has what was loaded in memory before anybody asks for it', async () => {
  const { pool } = database;
  await pool.query('create schema search');
  await pool.query('create table search.much as select n from generate_series(1, 100000) as n');
  await pool.query('create index much_n on search.much (n)');
  await warmUp(pool, new AbortController().signal);
  expect(await pagesRead('search.much_n')).toBe(0);
  await pool.query('reindex index search.much_n');
  expect(await pagesRead('search.much_n')).toBeGreaterThan(200);
});
