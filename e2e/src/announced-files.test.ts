import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AnyDelivery, AnyDeliveryPage, Delivery, NewKey, Problem, Run } from '@marquee/contract';
import { TestAws } from '@marquee/extractor/testing';
import { freePort } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { expectPublished } from './expect-published.ts';
import { bearer } from './raw-request.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const EXTRACTOR = new URL('../../apps/extractor/dist/main.js', import.meta.url);
const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const SOON = { timeout: 60_000 };

const DEFINITION = {
  schema: 1,
  id: 'my-films',
  name: 'My films',
  licence: { name: 'Private', republish: false },
  files: [
    { name: 'films', pattern: 'films*.csv', format: 'csv', id: 'nr', fields: { title: 'title' } },
  ],
};

let aws: TestAws;
let folder = '';
const providersFile = () => join(folder, 'providers.json');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-providers-'));
  aws = await TestAws.start();
  await writeProviders();
});
afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true });
});

async function writeProviders(): Promise<void> {
  const providers = [aws.provider('mirror', 'imdb'), aws.provider('studio', 'my-films')];
  await writeFile(providersFile(), JSON.stringify({ queues: [aws.queue], providers }));
}

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({
  published: days,
  sources: true,
  providersFile: providersFile(),
  api: { API_ADMIN_KEY: ADMIN },
}));
beforeAll(async () => {
  const added = await send('PUT', '/sources/my-films', JSON.stringify(DEFINITION));
  expect(added.status).toBe(200);
});

async function send(method: string, path: string, body?: string, headers: object = {}) {
  const response = await fetch(system.apiUrl + path, {
    method,
    headers: {
      ...bearer(ADMIN),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body ?? null,
  });
  return { status: response.status, body: await response.json() };
}

async function listed(state: AnyDelivery['state']): Promise<AnyDelivery[]> {
  const { items } = AnyDeliveryPage.parse(await system.get(`/deliveries?state=${state}`));
  return items.map((item) => AnyDelivery.parse(item));
}

const dataset = async (name: string, day: number) => readFile(join(days.day(day), name));

describe('files of datasets that a bucket announces', () => {
  it('are loaded and published as one update, once', async () => {
    const bodies = [
      await aws.put('mirror/day 1/title.basics.tsv.gz', await dataset('title.basics.tsv.gz', 1)),
      await aws.put('mirror/day 1/title.ratings.tsv.gz', await dataset('title.ratings.tsv.gz', 1)),
    ];
    await aws.send(...bodies, ...bodies);
    await expect.poll(async () => listed('taken'), SOON).toHaveLength(2);
    await expect.poll(async () => aws.left(), SOON).toBe(0);
    const runs = z
      .object({ items: z.array(Run.partial()) })
      .parse(await system.get('/runs?limit=5')).items;
    const ours = runs.filter(({ datasets = [] }) => datasets.length < 7);
    expect(ours.flatMap(({ datasets = [] }) => datasets).sort()).toEqual([
      'title.basics',
      'title.ratings',
    ]);
    expect(ours.every(({ state }) => state === 'succeeded')).toBe(true);
    for (const name of ['title.basics', 'title.ratings'] as const)
      await expectPublished(system.database.pool, name, days.day(1));
    expect((await listed('taken'))[0]).toMatchObject({
      source: 'imdb',
      receivedBy: 'mirror',
      name: expect.stringMatching(/^title\./u) as string,
      place: expect.stringMatching(/^s3:\/\/incoming\/mirror\/day 1\//u) as string,
      run: expect.stringMatching(/^\/runs\//u) as string,
    });
    const snapshot = await system.store.newest('title.ratings');
    expect(snapshot?.url).toBe(`${aws.endpoint}/incoming/mirror/day%201/title.ratings.tsv.gz`);
  });

  it('fail with the reason of the download, and are taken when somebody retries them', async () => {
    const key = 'mirror/day 2/title.crew.tsv.gz';
    await aws.send(await aws.put(key, 'this is no archive'));
    await expect.poll(async () => listed('failed'), SOON).toHaveLength(1);
    const [failed] = await listed('failed');
    expect(failed).toMatchObject({ source: 'imdb', error: { code: 'not-gzip' } });
    await aws.put(key, await dataset('title.crew.tsv.gz', 1));
    const retried = await send('POST', `/deliveries/${failed?.id ?? 0}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { state: 'waiting', error: null } });
    await expect.poll(async () => listed('failed'), SOON).toEqual([]);
    await expect
      .poll(async () => system.get(`/deliveries/${failed?.id ?? 0}`), SOON)
      .toMatchObject({ state: 'taken' });
    await expectPublished(system.database.pool, 'title.crew', days.day(1));
    const again = await send('POST', `/deliveries/${failed?.id ?? 0}/retry`);
    expect(Problem.parse(again.body)).toMatchObject({ status: 409, code: 'not-failed' });
  });
});

describe('a file of a source', () => {
  it('that its bucket announces is a delivery', async () => {
    await aws.send(await aws.put('studio/films.csv', 'nr,title\n1,The Comet\n'));
    await expect
      .poll(async () => system.get('/deliveries?limit=1'), SOON)
      .toMatchObject({
        items: [
          {
            source: 'my-films',
            name: 'films.csv',
            place: 's3://incoming/studio/films.csv',
            receivedBy: 'studio',
            state: 'taken',
            run: null,
          },
        ],
      });
    expect(
      await system.query(
        `select key_name, path from access.audit where method = 'DELIVER' order by id desc limit 1`,
      ),
    ).toEqual([{ key_name: 'studio', path: 's3://incoming/studio/films.csv' }]);
  });

  it('is delivered with the key of the source alone', async () => {
    const made = await send(
      'POST',
      '/keys',
      JSON.stringify({ name: 'the studio', role: 'reader', source: 'my-films' }),
    );
    const { secret } = NewKey.parse(made.body);
    const deliver = async (query: string, key: string | null) =>
      send('POST', `/deliveries${query}`, 'nr,title\n2,Low Tide\n', {
        'content-type': 'text/csv',
        ...bearer(key ?? ADMIN),
      });
    const { status, body } = await deliver('', secret);
    expect([status, Delivery.parse(body)]).toMatchObject([
      202,
      { source: 'my-films', receivedBy: 'the studio' },
    ]);
    expect((await deliver('?source=my-films', null)).status).toBe(200);
    expect(await deliver('?source=movielens', secret)).toMatchObject({
      status: 403,
      body: { code: 'key-of-a-source' },
    });
    expect(await deliver('', null)).toMatchObject({ status: 400, body: { code: 'bad-input' } });
  });
});

/** The extractor as a process of its own, which a test can kill. */
function startExtractor(): ChildProcess {
  return fork(EXTRACTOR, {
    execArgv: [],
    env: {
      ...process.env,
      DATABASE_URL: system.database.url,
      QUEUE_URL: system.database.url,
      SNAPSHOT_DIR: system.snapshots,
      SOURCES_DIR: system.sourcesFolder,
      PROVIDERS_FILE: providersFile(),
      LOG_LEVEL: 'error',
      SOURCES_CHECK_SECONDS: '1',
    },
  });
}

async function end(process: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill(signal);
  await once(process, 'exit');
}

describe('an extractor', { tags: ['long'] }, () => {
  it(
    'that is killed between commit and acknowledgement leaves one delivery',
    { timeout: 120_000 },
    async () => {
      await system.stopWorkers();
      onTestFinished(async () => system.startWorkers());
      const process = startExtractor();
      const isAcknowledging = new Promise<void>((resolve) => {
        aws.before = async (operation) => {
          if (operation !== 'DeleteMessage') return undefined;
          resolve();
          // the answer never comes
          return new Promise(() => undefined);
        };
      });
      const before = await system.query('select count(*)::int as deliveries from sources.delivery');
      await aws.send(await aws.put('studio/films-kill.csv', 'nr,title\n1,Killed\n'));
      await isAcknowledging;
      await end(process, 'SIGKILL');
      aws.before = async () => Promise.resolve(undefined);
      expect(await aws.left()).toBe(1);
      const next = startExtractor();
      onTestFinished(async () => end(next));
      await expect.poll(async () => aws.left(), SOON).toBe(0);
      const after = await system.query('select count(*)::int as deliveries from sources.delivery');
      expect(Number(after[0]?.['deliveries'])).toBe(Number(before[0]?.['deliveries']) + 1);
      expect(
        await system.query(
          `select state from sources.announcement where key like '%films-kill.csv'`,
        ),
      ).toEqual([{ state: 'taken' }]);
    },
  );

  it(
    'takes what a bucket announces by its own notifications',
    { skip: lacks('moto'), timeout: 120_000 },
    async () => {
      const port = await freePort();
      const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
        stdio: 'ignore',
      });
      onTestFinished(async () => end(moto));
      const endpoint = `http://127.0.0.1:${port}`;
      await expect
        .poll(
          async () =>
            fetch(endpoint).then(
              () => true,
              () => false,
            ),
          SOON,
        )
        .toBe(true);
      // the SDK writes into the credentials
      const options = () => ({
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      const s3 = new S3Client({ ...options(), forcePathStyle: true });
      const sqs = new SQSClient({ ...options(), useQueueUrlAsEndpoint: false });
      onTestFinished(() => {
        s3.destroy();
        sqs.destroy();
      });
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'events' }));
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      await s3.send(new CreateBucketCommand({ Bucket: 'incoming' }));
      await s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: 'incoming',
          NotificationConfiguration: {
            QueueConfigurations: [
              { QueueArn: Attributes.QueueArn, Events: ['s3:ObjectCreated:*'] },
            ],
          },
        }),
      );
      await system.stopWorkers();
      const own = aws.provider('studio', 'my-films');
      await writeFile(
        providersFile(),
        JSON.stringify({
          queues: [{ url: QueueUrl, ...options() }],
          providers: [{ ...own, s3: { ...own.s3, endpoint } }],
        }),
      );
      onTestFinished(async () => {
        await writeProviders();
        await system.startWorkers();
      });
      const extractor = startExtractor();
      onTestFinished(async () => end(extractor));
      for (const i of [1, 2, 3])
        await s3.send(
          new PutObjectCommand({
            Bucket: 'incoming',
            Key: `studio/films of ${i}+.csv`,
            Body: `nr,title\n${i},Film ${i}\n`,
          }),
        );
      await expect
        .poll(
          async () =>
            system.query(
              `select name from sources.delivery where name like 'films of%' order by name`,
            ),
          SOON,
        )
        .toEqual([1, 2, 3].map((i) => ({ name: `films of ${i}+.csv` })));
    },
  );
});
