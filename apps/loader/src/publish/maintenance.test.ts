import { useTestDatabase } from '@marquee/catalogue/testing';
import { createLog } from '@marquee/process';
import { expect, it } from 'vitest';
import { maintainTables } from './maintenance.ts';

const database = useTestDatabase();

it('vacuums tables with enough changes: 5 % of a dataset, 1 % of a derived table; and derived tables whose rows are not marked as visible', async () => {
  const { pool } = database;
  await pool.query(
    `insert into ingest.snapshot values ('s', 'title.ratings', '', null, null, 0, 0, '', 0, now())`,
  );
  await pool.query(
    `insert into ingest.run (id, kind, state, datasets, ended_at) values (gen_random_uuid(), 'load', 'succeeded', '{title.ratings}', now())`,
  );
  const publish = `update ingest.data_control set status = 'published', upload_date = now(), snapshot_id = 's', run_id = (select id from ingest.run), rows = 1000, churn = $2::bigint where dataset = $1::text`;
  await pool.query(publish, ['title.ratings', 60]);
  await pool.query(publish, ['title.crew', 40]);
  await pool.query('drop schema search cascade; create schema search');
  for (const [table, changed] of [
    ['much', 15],
    ['little', 5],
  ] as const) {
    // one connection, so that its statistics are flushed before they are read
    await pool.query(`
      create table search.${table} with (autovacuum_enabled = false) as select n from generate_series(1, 1000) as n;
      update search.${table} set n = 0 where n <= ${changed}`);
    await pool.query('select pg_stat_force_next_flush()');
  }
  await pool.query(
    'create table search.unmarked with (autovacuum_enabled = false) as select n from generate_series(1, 1000) as n; analyze search.unmarked',
  );

  await maintainTables(pool, 1, createLog('test', 'silent'), new AbortController().signal);
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_stat_user_tables where vacuum_count > 0 order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(['much', 'title_ratings', 'unmarked']);
  const { rows: churn } = await pool.query(
    'select dataset, churn::int from ingest.data_control where churn > 0',
  );
  expect(churn).toEqual([{ dataset: 'title.crew', churn: 40 }]);
});
