import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { Published, type Run } from '@marquee/contract';
import { roleUrl } from '@marquee/postgres';
import { lacks } from '@marquee/process/testing';
import { prepareQueue, Schedule } from '@marquee/runs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { startRedis } from './redis.ts';
import { useDays } from './sample-days.ts';
import { startSystem, type System } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });

let system: System;

const published = async () => Published.parse((await system.ask('GET', '/published')).body);

/** Schedules and their jobs in a queue on PostgreSQL. */
const scheduled = async () =>
  system.query(
    `select s::text as made from bullmq.scheduler s union all select j::text from bullmq.job j where queue = 'scheduler'`,
  );

async function updatesByThemselves(queueUrl?: string): Promise<void> {
  system = await startSystem({
    published: days,
    files: days.day(1),
    schedule: '* * * * * *',
    ...(queueUrl === undefined ? {} : { queueUrl }),
  });
  const { nextUpdateAt } = await published();
  expect(Math.abs(Date.parse(nextUpdateAt ?? '') - Date.now())).toBeLessThan(5000);
  const runs = async () =>
    ((await system.ask('GET', '/runs')).body as { items: Run[] }).items.filter(
      ({ state }) => state === 'succeeded',
    );
  // the first run belongs to the template
  await expect.poll(async () => (await runs()).length, { timeout: 30_000 }).toBeGreaterThan(2);
  const kinds = new Set((await runs()).map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['update']));
  // the first has downloaded and published; later ones found nothing new
  const newest = (await runs())[0];
  expect(newest?.steps.filter(({ job }) => job === 'download').map(({ phase }) => phase)).toEqual(
    Array(7).fill('unchanged'),
  );
  expect((await published()).datasets.map(({ status }) => status)).toEqual(
    Array(7).fill('published'),
  );
  await expectAllPublished(system.database.pool, days.day(1));
}

describe('updates by a schedule', () => {
  let stopHome: () => Promise<void> = () => Promise.resolve();
  afterEach(async () => {
    await system.stop();
    await stopHome();
    stopHome = () => Promise.resolve();
  });

  it('start with the queue on PostgreSQL', { tags: ['long'] }, async () => {
    await updatesByThemselves();
    expect(await scheduled()).not.toEqual([]);
  });

  it('start with the queue on Redis', { skip: lacks('redis'), tags: ['long'] }, async () => {
    const redis = await startRedis();
    stopHome = () => redis.stop();
    await updatesByThemselves(redis.url);
  });

  it('do not start without one', async () => {
    system = await startSystem({ files: days.day(0) });
    expect(await published()).toMatchObject({
      nextUpdateAt: null,
      isMadeUp: false,
      realSources: [],
      attribution: 'Information courtesy of IMDb (https://www.imdb.com). Used with permission.',
    });
    expect(await scheduled()).toEqual([]);
    expect((await system.ask('GET', '/runs')).body).toEqual({ items: [], next: null });
  });
});

it('a backup is made by a schedule, listed, and measured', { tags: ['long'] }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-scheduled-'));
  const api = { BACKUP_SCHEDULE: '*/2 * * * * *', BACKUP_DIR: folder, BACKUP_KEEP: '2' };
  system = await startSystem({ published: days, workers: false, roles: true, api });
  // as where secrets are files: the process that makes the backup reads them itself
  const file = join(folder, 'database-url');
  await writeFile(file, roleUrl(system.database.url, 'api'));
  vi.stubEnv('DATABASE_URL_FILE', file);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await system.stop();
    await rm(folder, { recursive: true });
  });
  const made = async (state: string) =>
    system.query(
      `select id, location, requested_by as by from ingest.backup where state = $1::text order by id desc`,
      [state],
    );
  // the oldest expire
  await expect.poll(async () => (await made('removed')).length).toBeGreaterThan(0);
  expect(await made('failed')).toEqual([]);
  const [newest] = await made('done');
  expect(newest).toMatchObject({ by: 'schedule' });
  const entries = spawnSync('tar', ['-tf', String(newest?.['location'])], { encoding: 'utf8' });
  expect(entries.stdout).toContain('ingest/run/0.copy.gz');
  const metrics = await (await fetch(`${system.apiUrl}/metrics`)).text();
  const [, age] = /^marquee_backup_age_seconds\{what="state"\} ([\d.]+)$/mu.exec(metrics) ?? [];
  expect(Number(age)).toBeLessThan(60);
  expect(metrics).toMatch(/^marquee_backup_failures\{what="state"\} 0$/mu);
});

it('a randomly delayed update is started by the next process if one ends meanwhile', async () => {
  const database = await createTestDatabase();
  await prepareQueue(database.url);
  let updates = 0;
  const onDue = () => {
    updates++;
    return Promise.resolve();
  };
  const startWith = async (cron: string, jitterSeconds: number) =>
    Schedule.start({
      url: database.url,
      work: {
        update: { cron, timeZone: 'UTC', jitterSeconds, onDue },
        backup: {
          cron: null,
          timeZone: 'UTC',
          jitterSeconds: 0,
          onDue: () => Promise.reject(new Error('no backup is due')),
        },
      },
      onError: (error) => expect.fail(error.message),
    });
  const stop = await startWith('* * * * * *', 3600);
  await expect
    .poll(
      async () =>
        (await database.pool.query(`select from bullmq.job where state = 'active'`)).rowCount,
      { timeout: 10_000 },
    )
    .toBe(1);
  await stop.close();
  expect(updates).toBe(0);
  // the next one is due in a year, except for the delayed one
  const next = await startWith('0 0 1 1 *', 0);
  await expect.poll(() => updates, { timeout: 10_000 }).toBe(1);
  await next.close();
  await database.remove();
});
