import type { Run } from '@marquee/contract';
import { DATASET_NAMES } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import { jobId, RunQueue } from '@marquee/runs';
import { beforeEach, describe, expect, it, type TestOptions } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { useDays } from './sample-days.ts';
import { parseProblem, useSystem, type System } from './system.ts';

const days = useDays({ titles: 1000, days: 1 });

describe('the queue on PostgreSQL', () => {
  // the runs of all other tests are on it
  describeQueue({ tags: ['long'] }, () =>
    Promise.resolve({
      lose: async (system) => {
        await system.database.pool.query('truncate bullmq.job cascade');
      },
      stop: () => Promise.resolve(),
    }),
  );
});

describe('the queue on Redis', { skip: lacks('redis') }, () => {
  describeQueue({}, async () => {
    const redis: TestRedis = await startRedis();
    return { url: redis.url, lose: async () => redis.flush(), stop: async () => redis.stop() };
  });
});

interface Home {
  readonly url?: string;
  /** Deletes all jobs of the queue. */
  lose(system: System): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Behaviour of runs that both backends must have.
 *
 * @param ofWholeRun options of the test of a whole run
 */
function describeQueue(ofWholeRun: TestOptions, startHome: () => Promise<Home>): void {
  let home: Home;
  beforeEach(async () => {
    home = await startHome();
    return async () => home.stop();
  });
  const system = useSystem(() => ({
    files: days.day(0),
    ...(home.url === undefined ? {} : { queueUrl: home.url }),
    workers: false,
  }));

  it('runs download, load and publish', ofWholeRun, async () => {
    await system.startWorkers();
    const run = await system.run('/updatedata');
    expect(run).toMatchObject({
      kind: 'update',
      state: 'succeeded',
      error: null,
      datasets: DATASET_NAMES,
    });
    expect(run.steps.map(({ job, dataset, state }) => `${job} ${dataset} ${state}`)).toEqual([
      ...DATASET_NAMES.map((dataset) => `download ${dataset} done`),
      ...DATASET_NAMES.map((dataset) => `load ${dataset} done`),
    ]);
    for (const step of run.steps)
      expect(step).toMatchObject({
        bytesDone: step.bytesTotal,
        rowsDone: step.rowsTotal,
        rejects: 0,
        error: null,
      });
    await expectAllPublished(system.database.pool, days.day(0));
  });

  it('allows one run at a time, however many are requested at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () =>
        system.ask('POST', '/updatedata', { datasets: ['title.ratings'] }),
      ),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(1);
    const { id } = accepted[0]?.body as { id: string };
    for (const { status, body } of answers.filter((answer) => answer !== accepted[0])) {
      expect(status).toBe(409);
      expect(parseProblem(body)).toMatchObject({ code: 'run-in-progress', runId: id });
    }
    for (const path of ['/run-downloader', '/updatedata'])
      expect(await system.ask('POST', path)).toMatchObject({ status: 409, body: { runId: id } });
    await system.startWorkers();
    expect(await system.ended(id)).toMatchObject({ state: 'succeeded' });
  });

  it('continues a run whose workers were stopped', async () => {
    const id = await system.start('/updatedata');
    const states = async () =>
      ((await system.ask('GET', `/runs/${id}`)).body as Run).steps.map(({ state }) => state);
    await system.startWorkers();
    await expect.poll(states, { interval: 5 }).toContain('done');
    await system.stopWorkers();
    // some steps are done, others not, and no worker is running
    expect(new Set(await states())).toEqual(new Set(['done', 'waiting']));
    await system.startWorkers();
    expect(await system.ended(id)).toMatchObject({ state: 'succeeded' });
    await expectAllPublished(system.database.pool, days.day(0));
  });

  it('continues a run whose jobs were lost', async () => {
    const datasets = ['title.ratings', 'title.crew'] as const;
    const id = await system.start('/updatedata', { datasets });
    await home.lose(system);
    await system.database.pool.query(
      `update ingest.run set requested_at = requested_at - interval '1 minute'`,
    );
    await system.startWorkers();
    expect(await system.ended(id)).toMatchObject({ state: 'succeeded' });
    await expectAllPublished(system.database.pool, days.day(0), datasets);
  });

  it('has no failed job for a run that ends as one of its loads starts', async () => {
    const holder = await system.database.pool.connect();
    const ofLoad = `hashtext('marquee load'), hashtext('title.ratings')`;
    let id: string;
    try {
      await holder.query(`select pg_advisory_lock(${ofLoad})`);
      await system.startWorkers();
      id = await system.start('/updatedata', { datasets: ['title.ratings'] });
      const waiting = `select from pg_locks join pg_database d on d.oid = database
        where datname = current_database() and locktype = 'advisory' and not granted`;
      await expect.poll(() => system.query(waiting)).toHaveLength(1);
      // as when a publish whose job was lost ends the run after the jobs were added again
      await system.query(
        `update ingest.run set state = 'succeeded', ended_at = now() where id = $1::uuid`,
        [id],
      );
    } finally {
      await holder.query('select pg_advisory_unlock_all()');
      holder.release();
    }
    const queue = new RunQueue(home.url ?? system.database.url, () => undefined);
    try {
      const load = jobId(id, 'load', 'title.ratings');
      const state = async () => (await queue.job('loader', load))?.getState();
      await expect.poll(state).not.toBe('active');
      expect(await state()).toBe('completed');
    } finally {
      await queue.close();
    }
    expect(await system.query('select from ingest.staged')).toEqual([]);
  });
}
