import { prepareDerivedTables, TRANSACTION_LIMITS } from '@marquee/loader';
import type { PoolClient } from 'pg';
import { beforeEach, expect, it } from 'vitest';
import { useDays } from './sample-days.ts';
import { TEST_TIMINGS, useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 1 });
const system = useSystem(() => ({ published: days }));
let reader: PoolClient;
beforeEach(async () => {
  reader = await system.database.pool.connect();
  return () => reader.release();
});

/** Rows of one derived table, standing for all. */
const texts = async () =>
  (await system.query('select t::text as text from search.title_text t order by 1')).map(
    ({ text }) => text,
  );

/** Prepares the derived tables as a new version of the product does. */
async function prepareAgain(): Promise<void> {
  const { signal } = new AbortController();
  await prepareDerivedTables(system.database.pool, signal, 600, {
    ...TRANSACTION_LIMITS,
    ...TEST_TIMINGS,
  });
}

/** Makes the derived tables look as if an earlier version had built them. */
async function makeOutdated(): Promise<void> {
  await system.query(
    'alter index search.title_text_compact_years_index rename to title_text_old_version',
  );
}

const waitingFor = async (lock: string) =>
  (
    await system.query(
      `select from pg_locks join pg_database d on d.oid = database where datname = current_database() and locktype = $1 and not granted`,
      [lock],
    )
  ).length;

it('leaves alone the tables that another loader is about to publish', async () => {
  const before = await texts();
  await reader.query('begin; select from search.title_text limit 1');
  const id = await system.start('/run-loader', { force: 'full' });
  const phase = async () =>
    ((await system.ask('GET', `/runs/${id}`)).body as { phase: string | null }).phase;
  await expect.poll(phase, { timeout: 30_000 }).toBe('waiting for readers to let go of the tables');
  // a second loader starts meanwhile, with nothing to build
  const preparing = prepareAgain();
  await expect.poll(async () => waitingFor('advisory'), { timeout: 10_000 }).toBe(1);
  await reader.query('commit');
  expect(await system.ended(id)).toMatchObject({ state: 'succeeded', error: null });
  await preparing;
  expect(await texts()).toEqual(before);
});

it('does not block readers while it waits for a reader of the replaced tables', async () => {
  const before = await texts();
  await makeOutdated();
  await reader.query('begin; select from search.title_text limit 1');
  let isPrepared = false;
  const preparing = prepareAgain().finally(() => {
    isPrepared = true;
  });
  /** Start times of the abandoned attempts. */
  const tries = new Set<unknown>();
  while (tries.size < 10) {
    // fails if it would queue longer than a request may take
    await system.query(`set local lock_timeout = '1s'; select from search.title_text limit 1`);
    const waiting = await system.query(
      `select query_start::text as began from pg_stat_activity where datname = current_database() and query like 'rollback to savepoint%' and state = 'idle in transaction'`,
    );
    for (const { began } of waiting) tries.add(began);
  }
  expect(isPrepared).toBe(false);
  await reader.query('commit');
  await preparing;
  expect(await texts()).toEqual(before);
  expect(
    await system.query(
      `select to_regclass('search.title_text_compact_years_index')::text as index`,
    ),
  ).toEqual([{ index: 'search.title_text_compact_years_index' }]);
});
