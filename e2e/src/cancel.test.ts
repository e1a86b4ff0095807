import { Run } from '@marquee/contract';
import { DATASET_NAMES } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { expectAllPublished, expectPublished } from './expect-published.ts';
import { startPausedOrigin, type PausedOrigin } from './paused-origin.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { useDays } from './sample-days.ts';
import {
  parseProblem,
  useSystem,
  type System,
  type SystemOptions,
  type Timings,
} from './system.ts';

const days = useDays({ titles: 1000, days: 2 });

describe('cancelling a run, with the queue on PostgreSQL', () => {
  describeCancelling(() => Promise.resolve(null));
});

describe(
  'cancelling a run, with the queue on Redis',
  { skip: lacks('redis'), tags: ['long'] },
  () => {
    describeCancelling(startRedis);
  },
);

/** Conditions, in order, at which a run is to be cancelled. */
const MOMENTS: readonly ((system: System, run: Run) => boolean | Promise<boolean>)[] = [
  () => true,
  (_, { steps }) => steps.some(({ job, state }) => job === 'download' && state !== 'waiting'),
  (_, { steps }) => steps.every(({ job, state }) => job !== 'download' || state === 'done'),
  async (system) => (await system.query('select from ingest.staged')).length > 0,
  (_, { steps }) => steps.every(({ state }) => state === 'done'),
  (_, { phase }) => phase === 'publishing',
  (_, { state }) => state !== 'running',
];

function describeCancelling(startHome: () => Promise<TestRedis | null>): void {
  let redis: TestRedis | null;
  beforeEach(async () => {
    redis = await startHome();
    return async () => redis?.stop();
  });
  const options = (timings: Partial<Timings> = {}): SystemOptions => ({
    ...(redis === null ? {} : { queueUrl: redis.url }),
    timings: { cancelCheckMs: 50, reconcileMs: 500, ...timings },
  });
  const system = useSystem(() => ({ ...options(), files: days.day(0), workers: false }));
  /** Starts with day 0 published and the workers running. */
  const startPublished = async (timings?: Partial<Timings>) =>
    system.restart({ ...options(timings), published: days });

  const look = async (id: string) => Run.parse((await system.ask('GET', `/runs/${id}`)).body);

  /** Cancels a run, and expects it to have ended. */
  async function cancel(id: string): Promise<Run> {
    const { status, body } = await system.ask('POST', `/runs/${id}/cancel`);
    expect(status, JSON.stringify(body)).toBe(202);
    const run = Run.parse(body);
    expect(run).toMatchObject({ id, state: 'failed', error: { code: 'cancelled', dataset: null } });
    expect(run).toEqual(await look(id));
    return run;
  }

  async function hold(folder: string, { isReleased = false } = {}): Promise<PausedOrigin> {
    const origin = await startPausedOrigin(folder);
    onTestFinished(() => origin.close());
    if (isReleased) origin.release();
    await system.startWorkers({ datasetsUrl: origin.url });
    return origin;
  }

  /** Expects nothing to be left of a run, in database and queue, except its records. */
  async function expectCleared(): Promise<void> {
    await expect
      .poll(() => system.query('select dataset from ingest.staged'), { timeout: 15_000 })
      .toEqual([]);
    await expect
      .poll(
        () =>
          system.query(
            `select tablename from pg_tables where schemaname in ('imdb_next', 'imdb_old')`,
          ),
        { timeout: 15_000 },
      )
      .toEqual([]);
    const busy = `select query from pg_stat_activity where datname = current_database() and application_name like 'marquee loader%' and xact_start is not null`;
    await expect.poll(() => system.query(busy), { timeout: 15_000 }).toEqual([]);
  }

  it('while it downloads stops the downloads, and the next run resumes them', async () => {
    const origin = await hold(days.day(0));
    const id = await system.start('/updatedata');
    await expect.poll(() => origin.waiting()).toBe(3);
    const run = await cancel(id);
    expect(run.steps.map(({ state }) => state)).toEqual(run.steps.map(() => 'failed'));
    expect(run.steps.map(({ error }) => error?.code)).toEqual(run.steps.map(() => 'cancelled'));
    await expect.poll(() => origin.waiting(), { timeout: 15_000 }).toBe(0);
    const asked = origin.requests.length;
    expect(await system.query('select from ingest.snapshot')).toEqual([]);
    origin.release();
    expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(system.database.pool, days.day(0));
    // received bytes are not downloaded again
    expect(
      origin.requests.slice(asked).filter(({ range }) => range !== undefined).length,
    ).toBeGreaterThanOrEqual(3);
    expect(await look(id)).toEqual(run);
  });

  it('allows another run at once, while the first is still stopping', async () => {
    const origin = await hold(days.day(0));
    const first = await system.start('/updatedata', { datasets: ['title.ratings', 'title.crew'] });
    await expect.poll(() => origin.waiting()).toBe(2);
    origin.release();
    await cancel(first);
    expect(
      await system.run('/updatedata', { datasets: ['title.crew', 'title.episode'] }),
    ).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(system.database.pool, days.day(0), ['title.crew', 'title.episode']);
    expect(await system.query('select count(*)::int as rows from imdb.title_ratings')).toEqual([
      { rows: 0 },
    ]);
  });

  it('while it loads stops the load, removes the staging tables, and keeps the published data', async () => {
    await startPublished();
    await system.serve(days.day(1));
    const { pool } = system.database;
    const other = await pool.connect();
    // one dataset waits to load, all others are staged
    await other.query(
      `select pg_advisory_lock(hashtext('marquee load'), hashtext('title.basics'))`,
    );
    const id = await system.start('/updatedata', { force: 'full' });
    await expect
      .poll(() => system.query('select dataset from ingest.staged'), { timeout: 15_000 })
      .toHaveLength(DATASET_NAMES.length - 1);
    const run = await cancel(id);
    expect(run.steps.filter(({ state }) => state === 'failed')).toMatchObject([
      { job: 'load', dataset: 'title.basics', error: { code: 'cancelled' } },
    ]);
    await expectCleared();
    await other.query(`select pg_advisory_unlock_all()`);
    other.release();
    await expectAllPublished(pool, days.day(0));
    expect(await system.run('/run-loader')).toMatchObject({ state: 'succeeded', error: null });
    await expectAllPublished(pool, days.day(1));
  });

  it('while its publish waits for a reader publishes nothing', async () => {
    await startPublished();
    await system.serve(days.day(1));
    const { pool } = system.database;
    const reader = await pool.connect();
    await reader.query('begin');
    await reader.query('select count(*) from imdb.title_ratings');
    const id = await system.start('/updatedata', { datasets: ['title.ratings'], force: 'full' });
    await expect
      .poll(async () => (await look(id)).phase, { timeout: 15_000 })
      .toMatch(/^waiting for readers/u);
    await cancel(id);
    await reader.query('commit');
    reader.release();
    await expectCleared();
    await expectPublished(pool, 'title.ratings', days.day(0));
    expect(await system.run('/run-loader', { datasets: ['title.ratings'] })).toMatchObject({
      state: 'succeeded',
      error: null,
    });
    await expectPublished(pool, 'title.ratings', days.day(1));
  });

  it('is rejected for an ended or unknown run', async () => {
    await system.startWorkers();
    const { id } = await system.run('/updatedata', { datasets: ['title.ratings'] });
    const ended = await system.ask('POST', `/runs/${id}/cancel`);
    expect(ended.status).toBe(409);
    expect(parseProblem(ended.body)).toMatchObject({
      code: 'run-ended',
      runId: id,
      detail: expect.stringContaining('has succeeded already') as string,
    });
    await expectPublished(system.database.pool, 'title.ratings', days.day(0));
    expect(await look(id)).toMatchObject({ state: 'succeeded', error: null });
    expect(
      (await system.ask('POST', '/runs/01990000-0000-7000-8000-000000000000/cancel')).status,
    ).toBe(404);
    expect((await system.ask('POST', '/runs/something/cancel')).status).toBe(400);
  });

  it('takes effect if no worker was running', async () => {
    const id = await system.start('/updatedata');
    await cancel(id);
    const again = await system.ask('POST', `/runs/${id}/cancel`);
    expect(parseProblem(again.body)).toMatchObject({
      status: 409,
      code: 'run-ended',
      detail: expect.stringContaining('has been cancelled already') as string,
    });
    const second = await system.start('/updatedata', { datasets: ['title.ratings'] });
    const origin = await hold(days.day(0), { isReleased: true });
    expect(await system.ended(second)).toMatchObject({ state: 'succeeded' });
    // the jobs of the first run came first, and requested nothing
    expect(origin.requests.map(({ path }) => path)).toEqual(['/title.ratings.tsv.gz']);
  });

  it('takes effect if the jobs were not notified: the loader notifies them', async () => {
    const origin = await hold(days.day(0));
    const id = await system.start('/updatedata', { datasets: ['title.ratings'] });
    await expect.poll(() => origin.waiting()).toBe(1);
    // the state that an API killed at this moment leaves
    await system.query(
      `update ingest.run set state = 'failed', ended_at = now(), error = '{"code": "cancelled", "message": "", "hint": "", "dataset": null}' where id = $1`,
      [id],
    );
    await expect.poll(() => origin.waiting(), { timeout: 15_000 }).toBe(0);
    expect(await system.query('select from ingest.snapshot')).toEqual([]);
  });

  it(
    'takes effect either before the publish or after it, at any time',
    { tags: ['long'] },
    async () => {
      // running jobs notice it too late: what they still do must have no effect
      await startPublished({ cancelCheckMs: 3_600_000 });
      const datasets = ['title.basics', 'title.ratings'] as const;
      const { pool } = system.database;
      let published = 0;
      for (const [i, moment] of MOMENTS.entries()) {
        const next = 1 - published;
        await system.serve(days.day(next));
        const id = await system.start('/updatedata', {
          datasets,
          force: i % 2 === 0 ? 'full' : true,
        });
        await expect
          .poll(
            async () => {
              const run = await look(id);
              return run.state !== 'running' || (await moment(system, run));
            },
            { interval: 5 },
          )
          .toBe(true);
        const { status } = await system.ask('POST', `/runs/${id}/cancel`);
        expect([202, 409]).toContain(status);
        const run = await look(id);
        expect([run.state, run.error?.code], run.error?.message).toEqual(
          status === 202 ? ['failed', 'cancelled'] : ['succeeded', undefined],
        );
        if (status === 409) published = next;
        await expectCleared();
        await expectAllPublished(pool, days.day(published), datasets);
      }
      await system.serve(days.day(1));
      expect(await system.run('/updatedata', { datasets, force: true })).toMatchObject({
        state: 'succeeded',
        error: null,
      });
      await expectAllPublished(pool, days.day(1), datasets);
    },
  );
}
