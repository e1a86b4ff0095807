import { setTimeout as sleep } from 'node:timers/promises';
import { prepareDerivedTables } from '@marquee/loader';
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useDays } from './sample-days.ts';
import {
  parseProblem,
  useSharedSystem,
  useSystem,
  type SystemOptions,
  type TestSystem,
} from './system.ts';

const days = useDays({ titles: 1000, days: 1 });
const KEEP_MS = 50;
const LIMIT_MS = 3000;
const OPTIONS = {
  workers: false,
  timings: { readyKeepMs: KEEP_MS, readyLimitMs: LIMIT_MS },
} satisfies SystemOptions;
/** The system of the current block of tests. */
const system = {} as TestSystem;

const statusOf = async () => (await system.ask('GET', '/health/ready')).status;

/** The response once it is not ready, which must come in time. */
async function complaint(): Promise<string> {
  await expect.poll(statusOf, { timeout: 20_000 }).toBe(503);
  const before = performance.now();
  const problem = parseProblem((await system.ask('GET', '/health/ready')).body);
  expect(performance.now() - before).toBeLessThan(LIMIT_MS + 2000);
  expect(problem.code).toBe('not-ready');
  expect(problem.hint).toBeTruthy();
  return problem.detail;
}

const becomesReady = async () => expect.poll(statusOf, { timeout: 20_000 }).toBe(200);

describe('a server', () => {
  useSharedSystem(() => ({ ...OPTIONS, published: days }), system);
  // for the next test
  afterEach(becomesReady);

  it('checks every search table, and names missing ones', async () => {
    const tables = await system.query(
      `select format('search.%s', tablename) as name from pg_tables where schemaname = 'search'`,
    );
    expect(tables.length).toBeGreaterThan(5);
    await system.query('alter schema search rename to put_away');
    const [, named = ''] = /^The database lacks (.*)\.$/u.exec(await complaint()) ?? [];
    expect(named.split(', ').sort()).toEqual(tables.map(({ name }) => String(name)).sort());
    await system.query('alter schema put_away rename to search');
    await becomesReady();
    await system.query('alter table search.word rename to put_away');
    expect(await complaint()).toBe('The database lacks search.word.');
    await system.query('alter table search.put_away rename to word');
  });

  describe('a published table', () => {
    let holder: PoolClient;
    beforeEach(async () => {
      holder = await system.database.pool.connect();
      return () => holder.release();
    });

    it('that is locked, as by a frozen loader during a publish, is named', async () => {
      expect(await statusOf()).toBe(200);
      await holder.query(
        'begin; lock table imdb.title_crew, search.title_text in access exclusive mode',
      );
      expect(await complaint()).toBe(
        'Another session locks tables: imdb.title_crew, search.title_text.',
      );
      // and the process itself does not hang
      expect((await system.ask('GET', '/health/live')).status).toBe(200);
      await holder.query('rollback');
      await becomesReady();
    });

    it('is ready while others read or change it', async () => {
      await holder.query('begin; lock table imdb.title_crew in row exclusive mode');
      await holder.query('select from search.title_text limit 1');
      expect(await statusOf()).toBe(200);
      await holder.query('rollback');
    });
  });

  it('is not ready while no connection for reads is available', async () => {
    // an existing connection stays open
    const admin = await system.database.pool.connect();
    const allowConnections = async (allowed: boolean) =>
      admin.query(
        'update pg_database set datallowconn = $1::boolean where datname = current_database()',
        [allowed],
      );
    await allowConnections(false);
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name in ('marquee api prepared reads', 'marquee api look-ups')`,
    );
    const said = await complaint().finally(async () => {
      await allowConnections(true);
      admin.release();
    });
    expect(said).toBe('No database connection for reads.');
    await becomesReady();
  });

  it('checks the database once for concurrent requests', async () => {
    const holder = await system.database.pool.connect();
    try {
      // what the last test was answered is not kept any longer
      await sleep(2 * KEEP_MS);
      await holder.query('begin; lock table imdb.title_crew in access exclusive mode');
      const waiting = Array.from({ length: 40 }, statusOf);
      await expect
        .poll(
          async () =>
            (
              await system.query(
                `select from pg_locks where relation = 'imdb.title_crew'::regclass and not granted`,
              )
            ).length,
        )
        .toBe(1);
      expect(new Set(await Promise.all(waiting))).toEqual(new Set([503]));
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  });
});

describe('a published table', () => {
  useSystem(() => ({ ...OPTIONS, published: days }), system);

  it('that was dropped is named', async () => {
    await system.query('drop table imdb.title_ratings cascade');
    expect(await complaint()).toBe('The database lacks imdb.title_ratings.');
  });
});

describe('a database without published data', () => {
  useSystem(() => ({ workers: false, timings: { readyKeepMs: 0 } }), system);

  it('is ready before and after the loader starts', async () => {
    await system.query('drop schema search cascade');
    expect(await statusOf()).toBe(200);
    await prepareDerivedTables(system.database.pool, new AbortController().signal);
    expect(await statusOf()).toBe(200);
  });
});
