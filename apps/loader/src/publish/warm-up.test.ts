import { useTestDatabase } from '@marquee/catalogue/testing';
import { expect, it } from 'vitest';
import { prepareStructures } from '../search/structures.ts';
import { warmUp } from './warm-up.ts';

const database = useTestDatabase();

/** How many pages of an index a statement that reads the whole of it had to get from the disk. */
async function pagesRead(index: string, statement: string): Promise<number> {
  const { pool } = database;
  const count = async () => {
    await pool.query('select pg_stat_force_next_flush()');
    return (
      (
        await pool.query<{ read: number }>(
          'select idx_blks_read::int as read from pg_statio_user_indexes where indexrelid = $1::regclass',
          [index],
        )
      ).rows[0]?.read ?? NaN
    );
  };
  const before = await count();
  await pool.query('set enable_seqscan = off; set enable_bitmapscan = off; ' + statement);
  return (await count()) - before;
}

it('has what was loaded in memory before anybody asks for it', async () => {
  const { pool } = database;
  await pool.query('create schema search');
  await pool.query('create table search.much as select n from generate_series(1, 100000) as n');
  await pool.query('create index much_n on search.much (n)');
  await warmUp(pool, new AbortController().signal);
  const all = 'select count(*) from search.much where n >= 0';
  expect(await pagesRead('search.much_n', all)).toBe(0);
  await pool.query('reindex index search.much_n');
  expect(await pagesRead('search.much_n', all)).toBeGreaterThan(200);
});

it('has what is built at the start in memory too', async () => {
  const { pool } = database;
  await pool.query(
    `insert into imdb.title_basics (tconst, title_type, primary_title, genres) select 'tt' || lpad(i::text, 7, '0'), 'movie', 'Title ' || i, '{}' from generate_series(1, 30000) as i`,
  );
  await prepareStructures(pool, new AbortController().signal);
  const all = `select count(*) from search.title where tconst >= ''`;
  expect(await pagesRead('search.title_pkey', all)).toBe(0);
  await pool.query('reindex index search.title_pkey');
  expect(await pagesRead('search.title_pkey', all)).toBeGreaterThan(50);
});
