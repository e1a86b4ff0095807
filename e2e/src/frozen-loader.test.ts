import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DATASET_NAMES } from '@marquee/datasets';
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { TEST_TIMINGS, useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 1 });
const system = useSystem(() => ({ published: days, workers: false }));

/** Time without a heartbeat after which another loader takes over the jobs. */
const LOCK_SECONDS = 1;
const EXCLUSIVE_IDLE_MS = 1500;

let loaders: ChildProcess[];
let writer: PoolClient;
beforeEach(async () => {
  loaders = [];
  writer = await system.database.pool.connect();
  return () => writer.release();
});
afterEach(async () => {
  for (const loader of loaders) {
    const ended = once(loader, 'exit');
    loader.kill('SIGKILL');
    await ended;
  }
});

/** A loader process of the last build. */
async function startLoaderProcess(): Promise<ChildProcess> {
  const env = {
    DATABASE_URL: system.database.url,
    QUEUE_URL: system.database.url,
    SNAPSHOT_DIR: system.snapshots,
    JOB_LOCK_SECONDS: LOCK_SECONDS,
  };
  const timings = { ...TEST_TIMINGS, exclusiveIdleMs: EXCLUSIVE_IDLE_MS };
  const loader = fork(
    fileURLToPath(new URL('loader-process.ts', import.meta.url)),
    [JSON.stringify(env), JSON.stringify(timings)],
    { execArgv: [] },
  );
  loaders.push(loader);
  await once(loader, 'message');
  return loader;
}

/** Statuses of reads: of one row, and of the search tables. */
async function reads(): Promise<number[]> {
  const answers = [`/titles/tt0000001`, '/search?q=series'].map(async (path) =>
    fetch(system.apiUrl + path),
  );
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** Starts a full load, and freezes its loader while its publish blocks readers. */
async function freezeWhilePublishing(loader: ChildProcess): Promise<string> {
  // the publish waits for this row after taking all its locks
  await writer.query('begin; select from ingest.data_control for update');
  const id = await system.start('/run-loader', { force: 'full' });
  await expect
    .poll(async () => (await reads()).every((status) => status === 503), { interval: 20 })
    .toBe(true);
  loader.kill('SIGSTOP');
  await writer.query('rollback');
  return id;
}

const back = async () => expect.poll(reads, { timeout: 20_000 }).toEqual([200, 200]);

async function expectPublishedOnce(id: string): Promise<void> {
  expect(await system.ended(id)).toMatchObject({ state: 'succeeded', error: null });
  await expectAllPublished(system.database.pool, days.day(0));
  expect(
    await system.query('select count(*)::int as lines from ingest.publication where run_id = $1', [
      id,
    ]),
  ).toEqual([{ lines: DATASET_NAMES.length }]);
  expect(
    await system.query(
      `select format('%I.%I', schemaname, tablename) as left_over from pg_tables where schemaname in ('imdb_next', 'imdb_old', 'search_next')`,
    ),
  ).toEqual([]);
  expect(await reads()).toEqual([200, 200]);
}

describe('a loader frozen while its publish blocks readers', () => {
  it(
    'blocks them for seconds at most, and publishes after it resumes',
    { tags: ['long'] },
    async () => {
      const loader = await startLoaderProcess();
      const id = await freezeWhilePublishing(loader);
      const began = performance.now();
      await back();
      expect(performance.now() - began).toBeLessThan(EXCLUSIVE_IDLE_MS + 10_000);
      for (let i = 0; i < 20; i++) expect(await reads()).toEqual([200, 200]);
      expect(await system.get(`/runs/${id}`)).toMatchObject({ state: 'running' });
      loader.kill('SIGCONT');
      await expectPublishedOnce(id);
    },
  );

  it(
    'loses the publish to another loader, and does no harm after it resumes',
    { tags: ['long'] },
    async () => {
      const frozen = await startLoaderProcess();
      const id = await freezeWhilePublishing(frozen);
      await back();
      await startLoaderProcess();
      await expectPublishedOnce(id);
      frozen.kill('SIGCONT');
      // it notices its lost connections and jobs at the same time
      await sleep(1000);
      await expectPublishedOnce(id);
      expect(await system.run('/run-loader', { force: 'full' })).toMatchObject({
        state: 'succeeded',
      });
    },
  );
});
