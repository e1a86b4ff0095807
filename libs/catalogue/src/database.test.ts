import { describe, expect, it } from 'vitest';
import { dataSourceOptions, migrate } from './database.ts';
import { ensurePublishedTables } from './published-tables.ts';
import { useTestDatabase } from './testing.ts';

const database = useTestDatabase();

async function tables(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname in ('imdb', 'ingest') order by 1`,
  );
  return rows.map(({ name }) => name);
}

describe('migrate', () => {
  it('creates everything once when several processes start on a new database', async () => {
    const expected = await tables();
    await database.pool.query('drop schema imdb, imdb_next, ingest, access cascade');
    await Promise.all(Array.from({ length: 6 }, async () => migrate(database.url)));
    expect(await tables()).toEqual(expected);
    expect(expected.filter((name) => name.startsWith('imdb.'))).toHaveLength(7);
    const { rows } = await database.pool.query('select name from ingest.migration');
    expect(rows).toHaveLength((dataSourceOptions(database.url).migrations as unknown[]).length);
  });

  it('works with any search path of the database, and after somebody has renamed or dropped tables', async () => {
    await database.pool.query(
      `do $$ begin execute format('alter database %I set search_path = imdb, public', current_database()); end $$`,
    );
    await database.pool.query('alter table imdb.title_episode rename to my_episode');
    await database.pool.query('drop table imdb.title_ratings cascade');
    await database.pool.query(
      `insert into ingest.snapshot values ('s', 'title.ratings', '', null, null, 0, 0, '', 0, now())`,
    );
    await database.pool.query(
      `insert into ingest.run (id, kind, state, datasets, ended_at) values (gen_random_uuid(), 'load', 'succeeded', '{title.ratings}', now())`,
    );
    await database.pool.query(
      `update ingest.data_control set status = 'published', upload_date = now(), snapshot_id = 's', rows = 7, run_id = (select id from ingest.run) where dataset = 'title.ratings'`,
    );
    await migrate(database.url);
    expect((await tables()).filter((name) => name.startsWith('imdb.'))).toHaveLength(8);
    const { rows } = await database.pool.query(
      `select status, rows::int, snapshot_id from ingest.data_control where dataset = 'title.ratings'`,
    );
    expect(rows).toEqual([{ status: 'empty', rows: 0, snapshot_id: null }]);
  });

  it('has the views read the published tables, also if a load created one after it was renamed', async () => {
    await database.pool.query('alter table imdb.title_episode rename to my_episode');
    const client = await database.pool.connect();
    await ensurePublishedTables(client, ['title.episode']);
    client.release();
    await database.pool.query(
      `insert into imdb.title_episode values ('tt0000002', 'tt0000001', 1, 3)`,
    );
    await migrate(database.url);
    expect(
      (await database.pool.query('select tconst, episode_number from imdb.episode_full')).rows,
    ).toEqual([{ tconst: 'tt0000002', episode_number: 3 }]);
  });

  it('adds the trigger that records writes by hand to the tables of an older database', async () => {
    await database.pool.query(
      `drop function ingest.note_hand_write cascade; drop table ingest.hand_write; delete from ingest.migration where timestamp = 1764100000000`,
    );
    await migrate(database.url);
    await database.pool.query(`insert into imdb.title_ratings values ('tt0000001', 5.0, 10)`);
    expect((await database.pool.query('select dataset from ingest.hand_write')).rows).toEqual([
      { dataset: 'title.ratings' },
    ]);
  });

  it('adds the rows of data_control that somebody has removed', async () => {
    await database.pool.query('truncate ingest.run cascade');
    await migrate(database.url);
    expect(
      (
        await database.pool.query(
          'select distinct status, count(*)::int from ingest.data_control group by 1',
        )
      ).rows,
    ).toEqual([{ status: 'empty', count: 7 }]);
  });

  it('leaves the published rows alone', async () => {
    await database.pool.query(`insert into imdb.title_ratings values ('tt0000001', 5.0, 10)`);
    await migrate(database.url);
    expect((await database.pool.query('select * from imdb.title_ratings')).rows).toEqual([
      { tconst: 'tt0000001', average_rating: '5.0', num_votes: 10 },
    ]);
  });

  it('comments every table and column of the catalogue', async () => {
    const { rows } = await database.pool.query(`
      select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'imdb'::regnamespace and c.relkind = 'r' and a.attnum > 0
        and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)`);
    expect(rows).toEqual([]);
  });

  it('comments the schema with the attribution, and with the mark of made-up data', async () => {
    const { rows } = await database.pool.query<{ comment: string }>(
      `select obj_description('imdb'::regnamespace) as comment`,
    );
    expect(rows[0]?.comment).toContain(
      'Information courtesy of IMDb (https://www.imdb.com). Used with permission.',
    );
    expect(rows[0]?.comment).toContain(
      `where tt0000001 is “A Made-up Series” or nm0000001 “Made-up Person”, all is made up by marquee's sample generator`,
    );
  });
});
