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

/** What stands for all structures: the texts by which titles are found. */
const texts = async () =>
  (await system.query('select t::text as text from search.title_text t order by 1')).map(
    ({ text }) => text,
  );

/** As an update of the program does whose structures are others. */
async function prepareAnew(): Promise<void> {
  const { signal } = new AbortController();
  await prepareDerivedTables(system.database.pool, signal, 600, {
    ...TRANSACTION_LIMITS,
    ...TEST_TIMINGS,
  });
}

/** Makes the structures look like those of an earlier version, to whoever starts from now on. */
async function makeOld(): Promise<void> {
  await system.query('alter index search.title_text_key_index rename to title_text_of_before');
}

const waitingFor = async (lock: string) =>
  (
    await system.query(
      `select from pg_locks join pg_database d on d.oid = database where datname = current_database() and locktype = $1 and not granted`,
      [lock],
    )
  ).length;

it('leaves alone what another has built and is about to publish', async () => {
  const before = await texts();
  await reader.query('begin; select from search.title_text limit 1');
  const id = await system.start('/run-loader', { force: 'full' });
  const phase = async () =>
    ((await system.ask('GET', `/runs/${id}`)).body as { phase: string | null }).phase;
  await expect.poll(phase, { timeout: 30_000 }).toBe('waiting for readers to let go of the tables');
  // a loader that is started beside it, with nothing to build
  const preparing = prepareAnew();
  await expect.poll(async () => waitingFor('advisory'), { timeout: 10_000 }).toBe(1);
  await reader.query('commit');
  expect(await system.ended(id)).toMatchObject({ state: 'succeeded', error: null });
  await preparing;
  expect(await texts()).toEqual(before);
});

it('lets others read while it waits for a reader of what it replaces', async () => {
  const before = await texts();
  await makeOld();
  await reader.query('begin; select from search.title_text limit 1');
  let isPrepared = false;
  const preparing = prepareAnew().finally(() => {
    isPrepared = true;
  });
  /** When the tries began that were given up. */
  const tries = new Set<unknown>();
  while (tries.size < 10) {
    // refused where it would queue for as long as a request may take
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
    await system.query(`select to_regclass('search.title_text_key_index')::text as index`),
  ).toEqual([{ index: 'search.title_text_key_index' }]);
});
