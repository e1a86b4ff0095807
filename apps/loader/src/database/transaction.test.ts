import { createPool } from '@marquee/catalogue';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { withLogFields } from '@marquee/process';
import type { Pool } from 'pg';
import { beforeEach, expect, it } from 'vitest';
import { executeAll, executeAlone, inTransaction } from './transaction.ts';

const database = useTestDatabase();
let pool: Pool;
beforeEach(() => {
  // the statement to be cancelled uses it
  pool = createPool(database.url, 'the one connection', () => undefined, { max: 1 });
  return async () => pool.end();
});

/** Resolves when the one connection runs a statement. */
async function isAt(statement: string): Promise<void> {
  const asked = `select from pg_stat_activity where datname = current_database() and state = 'active' and query like '%' || $1::text`;
  await expect
    .poll(async () => (await database.pool.query(asked, [statement])).rowCount, { timeout: 10_000 })
    .toBe(1);
}

const SLEEP = 'select pg_sleep(120)';

it.each([
  [
    'of a transaction',
    async (signal: AbortSignal) =>
      inTransaction(pool, signal, async (client) => client.query(SLEEP)),
  ],
  ['outside a transaction', async (signal: AbortSignal) => executeAlone(pool, signal, SLEEP)],
])('cancels the statement under way %s, also when all connections are in use', async (_, run) => {
  const ending = new AbortController();
  const running = expect(run(ending.signal)).rejects.toThrow(
    'canceling statement due to user request',
  );
  await isAt(SLEEP);
  ending.abort();
  await running;
  // the cancellation does not hit the next statement of the same connection
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

it('rolls back all statements of a transaction', async () => {
  const ending = new AbortController();
  const running = expect(
    executeAll(pool, ending.signal, [
      'create table ingest.first ()',
      SLEEP,
      'create table ingest.second ()',
    ]),
  ).rejects.toThrow('canceling statement due to user request');
  await isAt(SLEEP);
  ending.abort();
  await running;
  expect(
    (await pool.query(`select relname from pg_class where relname in ('first', 'second')`)).rows,
  ).toEqual([]);
});

it('is named after the run in pg_stat_activity, until it ends', async () => {
  const name = `select current_setting('application_name') as name`;
  const run = '0199aaaa-0000-7000-8000-000000000000';
  const { signal } = new AbortController();
  const work = async () =>
    inTransaction(pool, signal, async (client) => client.query<{ name: string }>(name));
  const { rows } = await withLogFields({ run, request: 'of the run' }, work);
  expect(rows).toEqual([{ name: `marquee loader ${run}` }]);
  expect((await pool.query(name)).rows).toEqual([{ name: 'the one connection' }]);
  await withLogFields({ run }, async () => executeAlone(pool, signal, 'vacuum pg_class'));
  const last = await database.pool.query(
    `select query from pg_stat_activity where application_name = 'the one connection'`,
  );
  expect(last.rows).toEqual([{ query: `/* marquee loader ${run} */ vacuum pg_class` }]);
});
