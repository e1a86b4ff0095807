import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Postgres } from '@marquee/postgres';
import { createPool } from '@marquee/catalogue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { startReplicated, type Replicated } from './replicated.ts';
import { useDays } from './sample-days.ts';
import { startSystem, type System } from './system.ts';

const days = useDays({ titles: 1000, days: 3 });

let replicated: Replicated;
let system: System;

/** None that takes a busy machine near the limit of a second. */
const PATHS = [
  '/titles?genre=Drama&limit=5&sort=rating',
  '/names?limit=3',
  '/titles?titleType=movie&limit=20',
  '/facets?titleType=movie',
];

/** What happened to the requests that were sent while something else went on. */
interface Requested {
  readonly answered: number;
  readonly failed: string[];
  readonly slowestMs: number;
}

/** Sends requests, some at a time, until the work is done. */
async function underRequests(work: () => Promise<unknown>): Promise<Requested> {
  const ids = (await titlesOf()).map((id) => `/titles/${id}?include=ratings,principals,crew`);
  const paths = [...PATHS, ...ids];
  const failed: string[] = [];
  let [answered, slowestMs, isDone] = [0, 0, false];
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let n = client; !isDone; n++) {
      const path = paths[n % paths.length] ?? '';
      const before = performance.now();
      const response = await fetch(system.apiUrl + path);
      const body = await response.text();
      slowestMs = Math.max(slowestMs, performance.now() - before);
      if (response.status === 200) answered++;
      else failed.push(`${path}: ${response.status} ${body}`);
    }
  });
  try {
    await work();
  } finally {
    isDone = true;
    await Promise.all(clients);
  }
  return { answered, failed, slowestMs };
}

async function titlesOf(): Promise<string[]> {
  const { items } = (await system.get('/titles?limit=10')) as { items: { tconst: string }[] };
  return items.map(({ tconst }) => tconst);
}

/** How many reads each server was sent so far. */
async function readsOf(server: Postgres | 'primary'): Promise<number> {
  const name = server === 'primary' ? server : `127.0.0.1:${server.port}`;
  const metrics = await (await fetch(`${system.apiUrl}/metrics`)).text();
  const [, value = '0'] =
    new RegExp(`^marquee_database_reads_total\\{server="${name}"\\} (\\d+)$`, 'mu').exec(metrics) ??
    [];
  return Number(value);
}

const states = async () =>
  ((await system.get('/health/ready')) as { replicas?: string[] }).replicas ?? [];
const areUsed = async () => expect.poll(states).toEqual(['used', 'used']);

/** The published days that a server answers with, by the time of the publish. */
const publishedOn = async (server: Postgres) =>
  replicated.on(server, 'select max(upload_date)::text as at from ingest.data_control');

const OPTIONS = { roles: true, api: { API_CACHE_MB: '0' } };

describe('a system with two replicas', { tags: ['long'] }, () => {
  let first: Postgres;
  let second: Postgres;

  beforeAll(async () => {
    replicated = await startReplicated(2);
    [first, second] = replicated.replicas as [Postgres, Postgres];
    system = await startSystem({
      ...OPTIONS,
      database: replicated.database,
      files: days.day(0),
      api: { ...OPTIONS.api, DATABASE_READ_URLS: replicated.readUrls },
    });
    expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded', error: null });
  });
  afterAll(async () => system.stop());

  it('reads on both of them, and they have every row', async () => {
    // it changes what is published, which the primary answers until replicas have it
    await system.tidied();
    await areUsed();
    const before = [await readsOf('primary'), await readsOf(first), await readsOf(second)];
    const { failed, answered } = await underRequests(async () => sleep(3000));
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    expect(await readsOf(first)).toBeGreaterThan(before[1] ?? 0);
    expect(await readsOf(second)).toBeGreaterThan(before[2] ?? 0);
    expect(await readsOf('primary')).toBe(before[0]);
    const pool = createPool(first.url, 'the test', () => undefined, { max: 1 });
    await expectAllPublished(pool, days.day(0));
    await pool.end();
    expect(
      await replicated.on(
        first,
        `select count(*)::int as n from pg_class where relpersistence = 'u'`,
      ),
    ).toEqual([{ n: 0 }]);
  });

  it('streams as a role that reads no table', async () => {
    expect(
      await replicated.on(
        replicated.primary,
        `select distinct usename::text as role, rolsuper as super, has_table_privilege(usename, 'imdb.title_basics', 'select') as reads
         from pg_stat_replication join pg_roles on rolname = usename`,
      ),
    ).toEqual([{ role: 'marquee_replicator', super: false, reads: false }]);
  });

  it('asks no replica that has not replayed what was published', async () => {
    for (const replica of replicated.replicas)
      await replicated.on(replica, 'select pg_wal_replay_pause()');
    const [old] = await publishedOn(first);
    await system.update(days.day(1));
    const [before, ...others] = [
      await readsOf('primary'),
      await readsOf(first),
      await readsOf(second),
    ];
    const { tconst, votes } = await changedRating();
    expect(JSON.stringify(await system.get(`/titles/${tconst}?include=ratings`))).toContain(
      `"numVotes":${votes}`,
    );
    const { failed } = await underRequests(async () => sleep(300));
    expect(failed).toEqual([]);
    expect(await readsOf('primary')).toBeGreaterThan(before);
    expect([await readsOf(first), await readsOf(second)]).toEqual(others);
    expect(await states()).toEqual(['behind', 'behind']);
    expect(await publishedOn(first)).toEqual([old]);
    for (const replica of replicated.replicas)
      await replicated.on(replica, 'select pg_wal_replay_resume()');
    await areUsed();
    expect(await publishedOn(first)).toEqual(await publishedOn(replicated.primary));
  });

  it('answers every request while a full load replaces all tables', async () => {
    const { failed, answered } = await underRequests(async () =>
      system.update(days.day(1), { force: 'full' }),
    );
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    await areUsed();
  });

  it('answers every request while a replica hangs, and uses it again', async () => {
    const { failed, slowestMs } = await underRequests(async () => {
      await signalAll(first, 'STOP');
      await expect.poll(states).toEqual(['out', 'used']);
      await sleep(500);
    }).finally(async () => signalAll(first, 'CONT'));
    expect(failed).toEqual([]);
    expect(slowestMs).toBeLessThan(10_000);
    await areUsed();
  });

  it('answers every request while a replica is killed', async () => {
    const { failed } = await underRequests(async () => {
      await sleep(200);
      process.kill(first.pid, 'SIGKILL');
      await first.ended;
      await expect.poll(states).toEqual(['out', 'used']);
      await sleep(500);
    });
    expect(failed).toEqual([]);
  });

  it('goes on with a run when the primary dies and a replica is promoted', async () => {
    await system.serve(days.day(2));
    const run = await system.start('/updatedata', { force: true });
    await expect
      .poll(async () => JSON.stringify(await system.get(`/runs/${run}`)))
      .toMatch(/"state":"(running|active)"/u);
    const { failed } = await underRequests(async () => {
      process.kill(replicated.primary.pid, 'SIGKILL');
      await replicated.primary.ended;
      await sleep(300);
    });
    // the replica goes on answering: it has what was published last
    expect(failed).toEqual([]);
    await replicated.on(second, 'select pg_promote()');
    await expect
      .poll(async () => (await system.ask('GET', `/runs/${run}`)).body)
      .toMatchObject({ state: 'succeeded', error: null });
    const pool = createPool(second.url, 'the test', () => undefined, { max: 1 });
    await expectAllPublished(pool, days.day(2));
    await pool.end();
    await expect
      .poll(async () => system.ask('POST', '/updatedata', { force: true }))
      .toMatchObject({ status: 202 });
  });
});

/** A title whose votes differ between the primary and the first replica, with those of the primary. */
async function changedRating(): Promise<{ tconst: string; votes: number }> {
  const read = 'select tconst, num_votes as votes from imdb.title_ratings order by tconst';
  const [replica] = replicated.replicas as [Postgres];
  const old = new Map(
    (await replicated.on(replica, read)).map(({ tconst, votes }) => [tconst, votes]),
  );
  const rows = (await replicated.on(replicated.primary, read)) as {
    tconst: string;
    votes: number;
  }[];
  const changed = rows.find(({ tconst, votes }) => old.has(tconst) && old.get(tconst) !== votes);
  if (changed === undefined) throw new Error('no rating has changed');
  return changed;
}

/** Signals a server and all of its processes. */
async function signalAll(server: Postgres, signal: 'STOP' | 'CONT'): Promise<void> {
  for (const entry of await readdir('/proc')) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = Number(/^\d+ \(.*\) \S (\d+)/u.exec(stat)?.[1]);
    if (Number(entry) === server.pid || parent === server.pid)
      process.kill(Number(entry), `SIG${signal}`);
  }
}
