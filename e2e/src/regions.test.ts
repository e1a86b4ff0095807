import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decision, MovieAnswer, NewKey, RunAccepted } from '@marquee/contract';
import { DATASET_NAMES } from '@marquee/datasets';
import { serveSample } from '@marquee/sample';
import { expect, it, onTestFinished } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { openLink } from './link.ts';
import { REPLICATOR_PASSWORD, startReplicated, type Replicated } from './replicated.ts';
import { useDays } from './sample-days.ts';
import { BUCKET, startS3 } from './test-bucket.ts';
import { startSystem, type System } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });

/** 80 ms there and back. */
const DELAY_MS = 40;

const SQL = join(import.meta.dirname, '../../libs/catalogue/sql');
const sqlOf = (name: string) => readFileSync(join(SQL, `${name}.sql`), 'utf8');

const storeSettings = (port: number) => ({
  SNAPSHOT_S3_URL: `s3://${BUCKET}`,
  SNAPSHOT_S3_ENDPOINT: `http://127.0.0.1:${port}`,
});

const ADMIN_KEY = `mq_${'a'.repeat(43)}`;

/** The day that a region answers with. */
async function dayOf(system: System): Promise<string | null> {
  const response = await fetch(`${system.apiUrl}/titles?limit=1`, {
    headers: { 'x-api-key': ADMIN_KEY },
  });
  expect(response.status).toBe(200);
  return response.headers.get('marquee-data-from');
}

async function ask(
  system: System,
  method: string,
  path: string,
  body: object | string | null = null,
): Promise<unknown> {
  const response = await fetch(system.apiUrl + path, {
    method,
    headers: {
      'x-api-key': ADMIN_KEY,
      ...(body !== null && {
        'content-type': typeof body === 'string' ? 'application/octet-stream' : 'application/json',
      }),
    },
    ...(body !== null && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

/** Has a region follow what people set at home, as its page says. */
async function subscribe(
  region: Replicated,
  home: Replicated,
  homePort = home.primary.port,
): Promise<void> {
  await home.on(home.primary, sqlOf('home-region'));
  await region.on(region.primary, sqlOf('region'));
  await region.on(
    region.primary,
    `create subscription marquee_shared connection 'host=127.0.0.1 port=${homePort} dbname=marquee user=marquee_replicator password=${REPLICATOR_PASSWORD}'
     publication marquee_shared with (slot_name = 'region_two')`,
  );
}

async function unsubscribe({ on, primary }: Replicated): Promise<void> {
  await on(primary, 'alter subscription marquee_shared disable');
  await on(primary, 'alter subscription marquee_shared set (slot_name = none)');
  await on(primary, 'drop subscription marquee_shared');
}

it(
  'serves a region that is cut off from its home, and lets it catch up by itself',
  { tags: ['long'] },
  async () => {
    const storePort = await startS3();
    let requests = 0;
    const onRequest = () => {
      requests++;
    };
    const origin = await serveSample({ folder: days.day(0), port: 0, onRequest });
    const homeServers = await startReplicated(0, { wal_level: 'logical' });
    const regionServers = await startReplicated(0);
    const toStore = await openLink(storePort, DELAY_MS);
    const toHome = await openLink(homeServers.primary.port, DELAY_MS);
    const keyed = { OPERATING: 'keyed', READING: 'keyed', API_ADMIN_KEY: ADMIN_KEY };
    const regionOf = async (servers: typeof homeServers, port: number, schedule?: string) => {
      const store = storeSettings(port);
      const region = await startSystem({
        database: servers.database,
        roles: true,
        workers: false,
        loader: store,
        downloader: { ...store, ...(schedule && { DOWNLOAD_FRESH_SECONDS: '3600' }) },
        api: { ...store, ...keyed },
        ...(schedule && { schedule }),
      });
      onTestFinished(async () => region.stop());
      await region.startWorkers({ datasetsUrl: origin.url });
      return region;
    };
    const home = await regionOf(homeServers, storePort);
    const update = async () => {
      const { id } = RunAccepted.parse(await ask(home, 'POST', '/updatedata', { force: true }));
      const state = async () =>
        (
          await homeServers.on(
            homeServers.primary,
            `select state, error from ingest.run where id = '${id}'`,
          )
        )[0];
      await expect.poll(state, { timeout: 100_000 }).toEqual({ state: 'succeeded', error: null });
    };
    await update();

    const snapshotsOf = async ({ on, primary }: typeof homeServers) =>
      on(primary, 'select dataset, snapshot_id from ingest.data_control order by dataset');
    // a run that began before the link was cut may have some files of the day before: the next has all
    const catchesUp = async (region: System) => {
      await expect.poll(async () => dayOf(region)).toBe(await dayOf(home));
      await expect
        .poll(async () => snapshotsOf(regionServers))
        .toEqual(await snapshotsOf(homeServers));
    };
    // fetched once, loaded in both
    const fetched = requests;
    const region = await regionOf(regionServers, toStore.port, '*/2 * * * * *');
    const began = performance.now();
    await catchesUp(region);
    console.log(
      `a new region has the first day after ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    expect(requests).toBe(fetched);
    await expectAllPublished(regionServers.database.pool, days.day(0));

    // keys are made and revoked at home
    await subscribe(regionServers, homeServers, toHome.port);
    const made = NewKey.parse(await ask(home, 'POST', '/keys', { name: 'Ada', role: 'reader' }));
    const { secret } = made;
    const statusOf = async (key: string) =>
      (await fetch(`${region.apiUrl}/titles?limit=1`, { headers: { 'x-api-key': key } })).status;
    await expect.poll(async () => statusOf(secret), { interval: 20 }).toBe(200);

    // the region is cut off while a day is published and the key is revoked
    const first = await dayOf(region);
    toStore.cut();
    toHome.cut();
    await origin.close();
    const second = await serveSample({
      folder: days.day(1),
      port: Number(new URL(origin.url).port),
      onRequest,
    });
    onTestFinished(async () => second.close());
    await update();
    await ask(home, 'DELETE', `/keys/${made.id}`);
    expect(await dayOf(home)).not.toBe(first);
    for (let n = 0; n < 20; n++) expect(await statusOf(secret)).toBe(200);
    expect(await dayOf(region)).toBe(first);

    const restored = performance.now();
    const seconds = () => ((performance.now() - restored) / 1000).toFixed(1);
    toStore.restore();
    toHome.restore();
    const afterwards = requests;
    await catchesUp(region);
    console.log(`cut off, it has the next day ${seconds()} s after the link is back`);
    await expect.poll(async () => statusOf(secret)).toBe(401);
    console.log(`and knows of the revoked key after ${seconds()} s`);
    expect(requests).toBe(afterwards);
    await expectAllPublished(regionServers.database.pool, days.day(1));

    await unsubscribe(regionServers);
    await toStore.close();
    await toHome.close();
  },
);

const PUBLISHED = 'select from ingest.data_control where snapshot_id is not null';

/** A source of two films: one by its id, one of which nobody else tells. */
const SOURCE = {
  schema: 1,
  id: 'posters',
  name: 'Posters',
  licence: { name: 'Made up', republish: true },
  files: [
    {
      name: 'films',
      pattern: '*.csv',
      format: 'csv',
      id: 'id',
      fields: {
        ids: { imdb: { column: 'imdb', transforms: ['imdb-id'] } },
        title: 'title',
        tagline: 'tagline',
      },
    },
  ],
};

it('has the movies of a region follow what people decide at home', { tags: ['long'] }, async () => {
  const servers = [
    await startReplicated(0, { wal_level: 'logical' }),
    await startReplicated(0),
  ] as const;
  const origin = await serveSample({ folder: days.day(0), port: 0 });
  onTestFinished(async () => origin.close());
  const start = async ({ database }: Replicated) => {
    const system = await startSystem({
      database,
      roles: true,
      workers: false,
      sources: true,
      api: { OPERATING: 'keyed', READING: 'keyed', API_ADMIN_KEY: ADMIN_KEY },
    });
    onTestFinished(async () => system.stop());
    await system.startWorkers({ datasetsUrl: origin.url });
    return system;
  };
  const [home, region] = [await start(servers[0]), await start(servers[1])];
  const { pool } = servers[1].database;
  const both = async (work: (system: System) => Promise<unknown>) =>
    Promise.all([work(home), work(region)]);
  await both(async (system) => ask(system, 'POST', '/updatedata'));
  for (const { database } of servers)
    await expect
      .poll(async () => (await database.pool.query(PUBLISHED)).rowCount)
      .toBe(DATASET_NAMES.length);
  const { rows } = await pool.query<{ id: string }>(
    `select tconst as id from imdb.title_basics where title_type = 'movie' order by tconst limit 3`,
  );
  const [film = '', other = '', alone = ''] = rows.map(({ id }) => id);
  await both(async (system) => {
    await ask(system, 'PUT', '/sources/posters', SOURCE);
    const csv = `id,imdb,title,tagline\n1,${film},Known,One film.\n2,,Nobody else tells of it,Two films.\n`;
    await ask(system, 'POST', '/sources/posters/deliveries?file=films&name=films.csv', csv);
  });
  const movieOf = async (system: System, id: string) =>
    MovieAnswer.parse(await ask(system, 'GET', `/movies/${id}?include=provenance`));
  for (const system of [home, region])
    await expect.poll(async () => (await movieOf(system, film)).tagline).toBe('One film.');

  await subscribe(servers[1], servers[0]);
  // a decision
  const decided = Decision.parse(
    await ask(home, 'POST', '/matches/decisions', {
      source: 'posters',
      record: '2',
      kind: 'same',
      movie: other,
    }),
  );
  await expect.poll(async () => (await movieOf(region, other)).tagline).toBe('Two films.');
  // a lock, and its end
  await ask(home, 'PUT', `/movies/${film}/locks/tagline`, { value: 'Ours.' });
  await expect.poll(async () => (await movieOf(region, film)).tagline).toBe('Ours.');
  await ask(home, 'DELETE', `/movies/${film}/locks/tagline`);
  await expect.poll(async () => (await movieOf(region, film)).tagline).toBe('One film.');
  // a rule, also of a movie that IMDb alone knows, whose answer is cached
  const ruleOf = async () => (await movieOf(region, alone)).provenance?.title?.rule;
  expect(await ruleOf()).toBe('priority');
  await ask(home, 'PUT', '/rules/title', { kind: 'priority', sources: ['posters', 'imdb'] });
  await expect.poll(async () => (await movieOf(region, film)).title).toBe('Known');
  await ask(home, 'PUT', '/rules/title', { kind: 'newest' });
  await expect.poll(ruleOf).toBe('newest');
  await ask(home, 'DELETE', '/rules/title');
  await expect.poll(async () => (await movieOf(region, film)).title).not.toBe('Known');
  // the decision is taken back
  await ask(home, 'DELETE', `/matches/decisions/${decided.id}`);
  await expect.poll(async () => (await movieOf(region, other)).tagline).toBeNull();
  await unsubscribe(servers[1]);
});
