import { randomBytes } from 'node:crypto';
import { NO_PROXIES } from '@marquee/network/proxies';
import type { Provider } from '@marquee/snapshots/providers';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { TestAws } from '../testing/test-aws.ts';
import { TestExtractor } from '../testing/test-extractor.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { consumeQueue } from './consume-queue.ts';
import { EventQueue } from './event-queue.ts';
import { retryAnnouncements } from './retry-announcements.ts';
import { objectEvents } from './s3-events.ts';
import { ObjectTaker } from './take-messages.ts';

const extractor = TestExtractor.use();

let aws: TestAws;
beforeEach(async () => {
  aws = await TestAws.start();
  await extractor.define(DEFINITION);
  return async () => aws.stop();
});

const DEFINITION = {
  schema: 1,
  id: 'my-films',
  name: 'My films',
  licence: { name: 'Mine', republish: true },
  files: [
    {
      name: 'films',
      pattern: 'films*.csv',
      format: 'csv',
      id: 'nr',
      fields: { title: 'title', year: { column: 'year', transforms: ['integer'] } },
    },
    {
      name: 'links',
      pattern: 'links*.csv',
      format: 'csv',
      join: { on: [{ here: 'nr', there: 'nr' }] },
      fields: { ids: { tmdb: 'tmdb' } },
    },
  ],
};
const films = (year: number) => `nr,title,year\n1,The Comet,${year}\n2,Low Tide,2004\n`;

const SILENT = { info: () => undefined, warn: () => undefined };

function openTaker(providers: readonly Provider[]): ObjectTaker {
  const { pool } = extractor.database;
  return new ObjectTaker({
    pool,
    store: extractor.stores.deliveries,
    wake: async () => Promise.resolve(),
    signal: new AbortController().signal,
    queue: { add: async () => Promise.resolve() },
    providers: { queues: [], providers: [...providers] },
    proxies: NO_PROXIES,
    credentials: undefined,
  });
}

/** Consumes the queue until the test ends. */
function consume(
  providers = [aws.provider('studio', 'my-films')],
  clock: Clock = SYSTEM_CLOCK,
): ObjectTaker {
  const stopping = new AbortController();
  const queue = new EventQueue(aws.queue, { proxies: NO_PROXIES, pollSeconds: 1 });
  const taker = openTaker(providers);
  const consumer = consumeQueue(queue, taker, SILENT, clock, stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await consumer;
    queue.close();
    taker.close();
  });
  return taker;
}

async function announcements(): Promise<Record<string, unknown>[]> {
  const { rows } = await extractor.database.pool.query<Record<string, unknown>>(
    `select key, state, error ->> 'code' as error, delivery::int, attempts from sources.announcement order by id`,
  );
  return rows;
}

/** What users see of deliveries: not when they came, and by which of equal announcements. */
async function outcome(): Promise<unknown> {
  await extractor.extract('my-films');
  const { rows } = await extractor.database.pool.query(
    `select source, file, name, encode(sha256, 'hex') as sha256, state, received_by, records from sources.delivery order by id`,
  );
  const records = Object.entries(await extractor.records('my-films')).map(([id, { record }]) => [
    id,
    record,
  ]);
  return { rows: rows as unknown[], records };
}

const settled = { timeout: 60_000 };
const untilEmpty = async () => expect.poll(async () => aws.left(), settled).toBe(0);

it('makes a delivery of an announced object, says who delivered it, and acknowledges it then', async () => {
  consume();
  await aws.send(
    '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"incoming"}',
    await aws.put('studio/2026/films of Amélie & me.csv', films(1999)),
    aws.event('studio/films-old.csv', { eventName: 'ObjectRemoved:Delete' }),
  );
  await untilEmpty();
  expect(await outcome()).toMatchObject({
    rows: [
      { file: 'films', name: 'films of Amélie & me.csv', state: 'taken', received_by: 'studio' },
    ],
    records: [
      ['1', { title: 'The Comet', year: 1999 }],
      ['2', { title: 'Low Tide' }],
    ],
  });
  const { rows } = await extractor.database.pool.query(
    'select key_name, method, path, status, made_id from access.audit',
  );
  expect(rows).toEqual([
    {
      key_name: 'studio',
      method: 'DELIVER',
      path: 's3://incoming/studio/2026/films of Amélie & me.csv',
      status: 202,
      made_id: expect.stringMatching(/^\/sources\/my-films\/deliveries\/\d+$/u) as string,
    },
  ]);
  expect(await aws.dead()).toEqual([]);
});

/** The announcements of three versions of a key, and of another file, many times in random order. */
async function deliverShuffled(copies: number): Promise<void> {
  const bodies: string[] = [];
  for (const year of [1997, 1998, 1999])
    bodies.push(await aws.put('studio/films.csv', films(year)));
  bodies.push(await aws.put('studio/links.csv', 'nr,tmdb\n1,77\n'));
  const all = Array.from({ length: copies }, () => bodies).flat();
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j] ?? '', all[i] ?? ''];
  }
  consume();
  await aws.send(...all);
  await untilEmpty();
}

async function expectOneCleanDelivery(): Promise<void> {
  const { rows, records } = (await outcome()) as { rows: { file: string }[]; records: unknown };
  expect(rows.map(({ file }) => file).sort()).toEqual(['films', 'links']);
  expect(records).toEqual([
    ['1', { title: 'The Comet', year: 1999, ids: { tmdb: '77' } }],
    ['2', { title: 'Low Tide', year: 2004 }],
  ]);
}

it('comes to the state of one clean delivery, however often and in which order events come', async () => {
  await deliverShuffled(8);
  await expectOneCleanDelivery();
});

it(
  'comes to the same state with 1,000 duplicates',
  { tags: ['long'], timeout: 180_000 },
  async () => {
    await deliverShuffled(250);
    await expectOneCleanDelivery();
  },
);

it('takes no older version of a key after a newer one', async () => {
  consume();
  const older = aws.event('studio/films.csv');
  await aws.send(await aws.put('studio/films.csv', films(1999)));
  await untilEmpty();
  await aws.send(older);
  await untilEmpty();
  expect(await announcements()).toMatchObject([
    { key: 'studio/films.csv', state: 'taken' },
    { key: 'studio/films.csv', state: 'superseded', delivery: null },
  ]);
  expect(await extractor.deliveries()).toHaveLength(1);
});

it('keeps what cannot be taken, with the reason, and takes it when somebody retries it', async () => {
  const taker = consume();
  await aws.send(
    'no event at all',
    await aws.put('studio/posters.csv', 'nr\n1\n'),
    await aws.put('nobody/films.csv', films(1)),
  );
  await untilEmpty();
  const codes = ['no-provider', 'not-an-event', 'unknown-file'];
  expect((await announcements()).map(({ state, error }) => [state, error]).sort()).toEqual(
    codes.map((code) => ['failed', code]),
  );
  const dead = await aws.dead();
  expect(dead.map(({ code }) => code).sort()).toEqual(codes);
  expect(dead.map(({ reason }) => reason)).toContain(
    'posters.csv fits no file of the source my-films; expected films*.csv or links*.csv.',
  );
  // repeated, it is buried once
  await aws.send(dead.find(({ code }) => code === 'unknown-file')?.body ?? '');
  await untilEmpty();
  expect(await aws.dead()).toHaveLength(3);

  const [file, links] = DEFINITION.files;
  await extractor.define({
    ...DEFINITION,
    files: [{ ...file, pattern: 'posters*.csv' }, links],
  });
  await extractor.database.pool.query(
    `update sources.announcement set state = 'waiting', retried_by = 'ada' where error ->> 'code' = 'unknown-file'`,
  );
  await retryAnnouncements(extractor.database.pool, taker);
  expect(await announcements()).toContainEqual(
    expect.objectContaining({ key: 'studio/posters.csv', state: 'taken', error: null }),
  );
  expect(await extractor.deliveries()).toHaveLength(1);
});

it('takes the files of others beside messages that no bucket sends', async () => {
  const broken = [
    { key: 'studio/films\0.csv' },
    { key: randomBytes(3000).toString('hex') },
    { versionId: '\0' },
    { versionId: randomBytes(3000).toString('hex') },
    { versionId: '\uD800' },
    { sequencer: '\0' },
    { size: 1.5 },
    { size: 1e300 },
  ];
  consume();
  await aws.send(
    ...broken.map((object) => changed(aws.event('studio/films.csv'), object)),
    aws.event('studio/films.csv', { eventTime: '-271821-04-20T00:00:00Z', sequencer: null }),
    await aws.put('studio/no\u0001film\uFFFE.csv', 'nr\n1\n'),
  );
  // with the reason, it is longer than a queue takes
  await aws.send('x'.repeat(2 ** 20));
  await aws.send(await aws.put('studio/films.csv', films(1999)));
  await expect.poll(async () => extractor.deliveries(), settled).toHaveLength(1);
  // the file of ancient times is not there, and waits
  await expect.poll(async () => aws.left(), settled).toBeLessThanOrEqual(1);
  const codes = (await announcements()).map(({ error }) => error);
  expect(codes.filter((code) => code === 'not-an-event')).toHaveLength(broken.length + 1);
  const dead = await aws.dead();
  expect(dead).toHaveLength(broken.length + 1);
  const unknown = dead.find(({ code }) => code === 'unknown-file');
  expect(unknown?.reason).toContain('no\\u0001film\\ufffe.csv fits no file');
  expect(objectEvents(unknown?.body ?? '')).toMatchObject([
    { announcement: { key: 'studio/no\u0001film\uFFFE.csv' } },
  ]);
});

/** A message whose object has other fields. */
function changed(body: string, object: object): string {
  const { Records } = JSON.parse(body) as { Records: { s3: { object: object } }[] };
  for (const { s3 } of Records) Object.assign(s3.object, object);
  return JSON.stringify({ Records });
}

it('takes files of other sources if a definition cannot be read', async () => {
  // as a version before this one may have left it
  await extractor.database.pool.query(
    `insert into sources.source (id, definition, definition_hash, origin, priority)
     values ('an-older-one', '{}', sha256(''), 'api', 2)`,
  );
  consume([aws.provider('archive', 'an-older-one'), aws.provider('studio', 'my-films')]);
  await aws.send(
    await aws.put('archive/films.csv', films(1998)),
    await aws.put('studio/films.csv', films(1999)),
  );
  await untilEmpty();
  expect(await announcements()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: 'archive/films.csv', error: 'invalid-definition' }),
      expect.objectContaining({ key: 'studio/films.csv', state: 'taken' }),
    ]),
  );
  expect(await aws.dead()).toEqual([
    expect.objectContaining({
      code: 'invalid-definition',
      reason: expect.stringMatching(
        /^The source an-older-one cannot take the file\. .*name: /u,
      ) as string,
    }),
  ]);
});

it('has an event wait whose object cannot be read yet', async () => {
  const providers = [aws.provider('studio', 'my-films')];
  const taker = openTaker(providers);
  onTestFinished(() => taker.close());
  const early = aws.event('studio/films.csv');
  const take = async () =>
    (await taker.takeMessages([{ id: '1', body: early }], aws.queue.url)).get('1');
  expect(await take()).toMatchObject([{ outcome: { kind: 'wait', seconds: 5 } }]);
  expect(await take()).toMatchObject([{ outcome: { kind: 'wait', seconds: 10 } }]);
  expect(await announcements()).toMatchObject([{ state: 'waiting', attempts: 2 }]);
  await aws.put('studio/films.csv', films(1999));
  expect(await take()).toMatchObject([{ outcome: { kind: 'done' } }]);
  // one that never comes fails in the end
  const never = aws.event('studio/films-never.csv');
  let last: unknown;
  for (let i = 0; i < 10; i += 1)
    last = (await taker.takeMessages([{ id: '2', body: never }], aws.queue.url)).get('2');
  expect(last).toMatchObject([{ outcome: { kind: 'failed', fault: { code: 'unreadable' } } }]);
});

it('lets a provider deliver as much as its quota, unless somebody retries the rest', async () => {
  const taker = openTaker([aws.provider('studio', 'my-films', { filesPerDay: 1, fileBytes: 90 })]);
  onTestFinished(() => taker.close());
  const take = async (body: string) =>
    (await taker.takeMessages([{ id: '1', body }], aws.queue.url)).get('1');
  await take(await aws.put('studio/films-1.csv', films(1999)));
  expect(await take(await aws.put('studio/films-2.csv', films(2000)))).toMatchObject([
    { outcome: { kind: 'failed', fault: { code: 'over-quota' } } },
  ]);
  await extractor.database.pool.query(
    `update sources.announcement set state = 'waiting', retried_by = 'ada', error = null where state = 'failed'`,
  );
  await retryAnnouncements(extractor.database.pool, taker);
  expect(await extractor.deliveries()).toHaveLength(2);
  const large = await take(await aws.put('studio/films-3.csv', `${films(2001)}${'x'.repeat(100)}`));
  expect(large).toMatchObject([{ outcome: { fault: { code: 'too-large' } } }]);
});

it('loses nothing while the queue is down for an hour, and does not press it', async () => {
  let now = Date.UTC(2026, 0, 1);
  const upAt = now + 3600_000;
  const slept: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
  await aws.send(await aws.put('studio/films.csv', films(1999)));
  aws.before = async (operation) =>
    Promise.resolve(operation === 'ReceiveMessage' && now < upAt ? 'cut' : undefined);
  consume(undefined, clock);
  await expect.poll(async () => extractor.deliveries(), settled).toHaveLength(1);
  expect(Math.max(...slept)).toBe(60_000);
  expect(slept.length).toBeLessThan(80);
  expect(await outcome()).toMatchObject({ rows: [{ name: 'films.csv', state: 'taken' }] });
});

it('takes an event again whose commit the database did not answer', async () => {
  const { pool } = extractor.database;
  await pool.query('alter table sources.delivery rename to elsewhere');
  consume();
  await aws.send(await aws.put('studio/films.csv', films(1999)));
  const isHidden = new Promise<void>((resolve) => {
    aws.before = async (operation) => {
      if (operation === 'ChangeMessageVisibility') resolve();
      return Promise.resolve(undefined);
    };
  });
  await isHidden;
  expect(await aws.left()).toBe(1);
  await pool.query('alter table sources.elsewhere rename to delivery');
  expect(await announcements()).toEqual([]);
});
