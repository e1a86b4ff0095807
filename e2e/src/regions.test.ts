import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveSample } from '@marquee/sample';
import { expect, it, onTestFinished } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { openLink } from './link.ts';
import { REPLICATOR_PASSWORD, startReplicated } from './replicated.ts';
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

/** The day that a region answers with. */
async function dayOf(system: System): Promise<string | null> {
  const response = await fetch(`${system.apiUrl}/titles?limit=1`, {
    headers: { 'x-api-key': ADMIN_KEY },
  });
  expect(response.status).toBe(200);
  return response.headers.get('marquee-data-from');
}

const ADMIN_KEY = `mq_${'a'.repeat(43)}`;

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
    const post = async (system: System, path: string, body: object = {}) => {
      const response = await fetch(system.apiUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': ADMIN_KEY },
        body: JSON.stringify(body),
      });
      return (await response.json()) as { id: string; key?: string; secret?: string };
    };
    const home = await regionOf(homeServers, storePort);
    const update = async () => {
      const { id } = await post(home, '/updatedata', { force: true });
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
    await homeServers.on(homeServers.primary, sqlOf('home-region'));
    await regionServers.on(regionServers.primary, sqlOf('region'));
    await regionServers.on(
      regionServers.primary,
      `create subscription marquee_shared connection 'host=127.0.0.1 port=${toHome.port} dbname=marquee user=marquee_replicator password=${REPLICATOR_PASSWORD}'
       publication marquee_shared with (slot_name = 'region_two')`,
    );
    const made = await post(home, '/keys', { name: 'Ada', role: 'reader' });
    const secret = made.key ?? made.secret ?? '';
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
    await fetch(`${home.apiUrl}/keys/${made.id}`, {
      method: 'DELETE',
      headers: { 'x-api-key': ADMIN_KEY },
    });
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

    await regionServers.on(regionServers.primary, 'alter subscription marquee_shared disable');
    await regionServers.on(
      regionServers.primary,
      'alter subscription marquee_shared set (slot_name = none)',
    );
    await regionServers.on(regionServers.primary, 'drop subscription marquee_shared');
    await toStore.close();
    await toHome.close();
  },
);
