import { dataSourceOptionsOn } from '@marquee/catalogue';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { MOST_CONNECTIONS } from '@marquee/runs';
import { DataSource } from 'typeorm';
import { beforeEach, expect, it } from 'vitest';
import { isBusy } from '../problems/busy.ts';
import { Connections, WATCH_CONNECTIONS } from './connections.ts';

const test = useTestDatabase();

let pools: Connections['pools'];
beforeEach(() => {
  const connections = new Connections(test.url, () => undefined);
  ({ pools } = connections);
  return async () => connections.onApplicationShutdown();
});

it('takes as many connections of PostgreSQL as the check at the start says', () => {
  const most = Object.values(pools).map(({ options }) => options.max);
  expect(most.reduce((sum, max) => sum + max, WATCH_CONNECTIONS)).toBe(MOST_CONNECTIONS.api);
});

it('opens each connection with the settings of its pool', async () => {
  const { queries, prepared, streams } = pools;
  const settings = async (pool: typeof queries) =>
    (
      await pool.query(
        `select current_setting('search_path') as path, current_setting('jit') as jit,
           current_setting('plan_cache_mode') as plans, current_setting('statement_timeout') as statement,
           current_setting('lock_timeout') as lock`,
      )
    ).rows[0] as unknown;
  const all = { path: 'pg_catalog,public', jit: 'off', statement: '1s', lock: '900ms' };
  expect(await settings(queries)).toEqual({ ...all, plans: 'auto' });
  expect(await settings(prepared)).toEqual({ ...all, plans: 'force_generic_plan' });
  expect(await settings(streams)).toMatchObject({ path: all.path, statement: '0', lock: '5s' });
});

it('lends its pool to TypeORM, which leaves it open', async () => {
  const { queries } = pools;
  const dataSource = await new DataSource(dataSourceOptionsOn(queries)).initialize();
  const pids = await Promise.all(
    Array.from({ length: 5 }, async () =>
      dataSource.query<{ pid: number }[]>('select pg_backend_pid() as pid, pg_sleep(0.05)'),
    ),
  );
  expect(new Set(pids.map(([row]) => row?.pid)).size).toBe(5);
  expect(queries.totalCount).toBe(5);
  await dataSource.destroy();
  expect((await queries.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  const { rows } = await test.pool.query(
    `select distinct application_name as name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  expect(rows).toEqual([{ name: 'marquee api' }]);
});

it('fails a query of TypeORM as busy when no connection becomes free', async () => {
  const { queries } = pools;
  const dataSource = await new DataSource(dataSourceOptionsOn(queries)).initialize();
  const taken = await Promise.all(
    Array.from({ length: queries.options.max }, async () => queries.connect()),
  );
  const error: unknown = await dataSource.query('select 1').catch((busy: unknown) => busy);
  for (const client of taken) client.release();
  await dataSource.destroy();
  expect(isBusy(error)).toBe(true);
});

it('serves TypeORM again after its connections were lost, idle or in use', async () => {
  const dataSource = await new DataSource(dataSourceOptionsOn(pools.queries)).initialize();
  const sleeping = dataSource.query('select pg_sleep(60)').catch((error: unknown) => error);
  const terminate = async () =>
    test.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'marquee api' and query = 'select pg_sleep(60)'`,
    );
  await expect.poll(async () => (await terminate()).rowCount, { interval: 10 }).toBe(1);
  expect(await sleeping).toMatchObject({ code: SQLSTATE.adminShutdown });
  const answers = async () =>
    expect.poll(async () => dataSource.query<unknown>('select 2 as two')).toEqual([{ two: 2 }]);
  await answers();
  await test.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'marquee api'`,
  );
  await answers();
  await dataSource.destroy();
});
