import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expireChanges } from '@marquee/aggregator';
import { ApiConfig, startApi } from '@marquee/api';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { ChangePage, CloudEvent, EventPage, EventSinkList } from '@marquee/contract';
import { createLog, freePort } from '@marquee/process';
import type { PoolClient } from 'pg';
import { EventSource } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { useDays } from './sample-days.ts';
import { parseProblem, TEST_TIMINGS, useSharedSystem } from './system.ts';
import { CREDENTIALS, TestQueues } from './test-queues.ts';

const days = useDays({ titles: 1000, days: 3 });
const queues = await TestQueues.start();
const fifo = await queues.createQueue('marquee.fifo');
const standard = await queues.createQueue('marquee');
const ofTopic = await queues.createQueue('of-topic.fifo');
const topic = await queues.createTopic('marquee.fifo', ofTopic);

beforeAll(() => {
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await queues.stop();
});

const system = useSharedSystem(() => ({
  published: days,
  api: {
    EVENTS_SINKS: `${fifo}, ${standard}, ${topic}`,
    EVENTS_AWS_ENDPOINT: queues.endpoint,
    EVENTS_SOURCE: 'https://films.example.org',
  },
  timings: { heartbeatMs: 100 },
}));

const page = async (query = ''): Promise<EventPage> =>
  EventPage.parse(await system.get(`/events?${query}`));
const now = async (): Promise<string> => (await page('since=now')).cursor;
const idsOf = (events: readonly CloudEvent[]) => events.map(({ id }) => id);
const subjectsOf = (events: readonly CloudEvent[]) => events.map(({ subject }) => subject);

/** Makes a change of a movie as a merge does. */
async function changeMovie(
  movie: string,
  client: Pick<PoolClient, 'query'> = system.database.pool,
): Promise<void> {
  await client.query(
    `insert into movies.change (movie, version, before, after, cause)
     select $1::text, 1 + count(*), case when count(*) > 0 then '{"title": "Comet", "year": 1999, "version": 1}'::jsonb end,
       '{"title": "The Comet", "year": 1999, "version": 2}', '{}'
     from movies.change where movie = $1::text`,
    [movie],
  );
}

/** Receives events as a browser does, until the test has ended. Resolves once it is connected. */
async function listen(query = '', url = system.apiUrl): Promise<{ events: readonly CloudEvent[] }> {
  const events: CloudEvent[] = [];
  const source = new EventSource(`${url}/events?${query}`);
  onTestFinished(() => source.close());
  source.addEventListener('message', (message) => {
    events.push(CloudEvent.parse(JSON.parse((message as Event & { readonly data: string }).data)));
  });
  await once(source, 'open');
  return { events };
}

/** Receives the text of a stream until the test has ended. */
async function receive(query: string, headers: Record<string, string> = {}): Promise<() => string> {
  const aborter = new AbortController();
  onTestFinished(() => aborter.abort());
  const { body, status } = await fetch(`${system.apiUrl}/events?${query}`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: aborter.signal,
  });
  expect(status).toBe(200);
  let text = '';
  void body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (part) => void (text += part) }))
    .catch(() => undefined);
  return () => text;
}

describe('events', { timeout: 60_000 }, () => {
  it('tell of a publish and of its run, over HTTP, as a stream, and in queues, once it is committed', async () => {
    for (const queue of [fifo, standard, ofTopic]) await queues.take(queue);
    const since = await now();
    const { events: streamed } = await listen();
    const run = await system.update(days.day(1), { datasets: ['title.ratings', 'title.basics'] });
    const { items, next } = await page(`since=${since}`);
    expect(next).toBeNull();
    expect(items.map(({ type, subject }) => [type, subject])).toEqual([
      ['dataset.published', expect.stringMatching(/^title\.(?:ratings|basics)$/u)],
      ['dataset.published', expect.stringMatching(/^title\.(?:ratings|basics)$/u)],
      ['run.ended', run.id],
    ]);
    const [published, , ended] = items;
    expect(ended).toMatchObject({
      specversion: '1.0',
      source: 'https://films.example.org',
      datacontenttype: 'application/json',
      data: { runId: run.id, kind: 'update', state: 'succeeded', url: run.url, error: null },
    });
    const feed = ChangePage.parse(
      await system.get((published?.data as { changes: string }).changes),
    );
    expect(feed.items[0]).toMatchObject({ runId: run.id, dataset: published?.subject });
    await expect.poll(() => streamed).toEqual(items);
    const inOrder = (all: readonly CloudEvent[]) =>
      all.toSorted((a, b) => (a.sequence < b.sequence ? -1 : 1));
    for (const queue of [fifo, standard, ofTopic]) {
      const messages: Awaited<ReturnType<typeof queues.take>> = [];
      await expect
        .poll(async () => {
          messages.push(...(await queues.take(queue)));
          return inOrder(messages.map(({ event }) => event));
        })
        .toEqual(items);
      for (const { event, attributes } of messages)
        expect(attributes).toEqual({
          'content-type': 'application/cloudevents+json',
          type: event.type,
          subject: event.subject,
        });
    }
  });

  it('tell of runs that fail or are cancelled', async () => {
    const since = await now();
    await system.stopWorkers();
    const id = await system.start('/updatedata', { force: 'full' });
    await system.ask('POST', `/runs/${id}/cancel`);
    await system.startWorkers();
    expect((await page(`since=${since}`)).items).toMatchObject([
      { type: 'run.ended', subject: id, data: { state: 'failed', error: { code: 'cancelled' } } },
    ]);
  });

  it('tell of each change of a movie, and where to read it', async () => {
    const since = await now();
    await changeMovie('mq1');
    await changeMovie('mq1');
    const { items } = await page(`since=${since}`);
    expect(items).toMatchObject([
      {
        type: 'movie.updated',
        subject: 'mq1',
        data: { version: 1, kind: 'created', title: 'The Comet', fields: ['year', 'title'] },
      },
      { data: { movie: 'mq1', version: 2, kind: 'changed', year: 1999, fields: ['title'] } },
    ]);
    for (const { data } of items) {
      if (!('movie' in data)) continue;
      const { items: changes } = (await system.get(data.changes)) as { items: unknown[] };
      expect(changes).toMatchObject([{ movie: 'mq1', version: data.version, fields: data.fields }]);
    }
  });

  it('are told in the order of commits, and never before them', async () => {
    const stream = await listen();
    const [first, second] = [
      await system.database.pool.connect(),
      await system.database.pool.connect(),
    ];
    try {
      await first.query('begin');
      await second.query('begin');
      await changeMovie('mq10', first);
      // waits for the end of the first
      const later = changeMovie('mq11', second).then(async () => second.query('commit'));
      await changeMovie('mq12', first);
      expect((await page('type=movie.updated&subject=mq10,mq11,mq12')).items).toEqual([]);
      await first.query('commit');
      await later;
      await expect.poll(() => subjectsOf(stream.events)).toEqual(['mq10', 'mq12', 'mq11']);
      await first.query('begin');
      await changeMovie('mq13', first);
      const last = changeMovie('mq14', second);
      await first.query('rollback');
      await last;
      await expect.poll(() => subjectsOf(stream.events)).toEqual(['mq10', 'mq12', 'mq11', 'mq14']);
    } finally {
      first.release();
      second.release();
    }
  });

  it('are selected by type and subject, as pages, CSV and NDJSON', async () => {
    const since = await now();
    for (const movie of ['mq20', 'mq21', 'mq20', 'mq22']) await changeMovie(movie);
    const run = await system.update(days.day(2), { datasets: ['title.ratings'] });
    const select = async (query: string) =>
      subjectsOf((await page(`since=${since}&${query}`)).items);
    expect(await select('type=movie.updated')).toEqual(['mq20', 'mq21', 'mq20', 'mq22']);
    expect(await select('type=run.ended,dataset.published')).toEqual(['title.ratings', run.id]);
    expect(await select('subject=mq20,title.ratings')).toEqual(['mq20', 'mq20', 'title.ratings']);
    expect(await select('subject=mq20&type=run.ended')).toEqual([]);
    const all = (await page(`since=${since}`)).items;
    const read: CloudEvent[] = [];
    for (let next: string | null = since; next !== null;) {
      const part: EventPage = await page(`since=${next}&limit=2`);
      read.push(...part.items);
      ({ next } = part);
    }
    expect(read).toEqual(all);
    const text = async (query: string) =>
      (await fetch(`${system.apiUrl}/events?since=${since}&${query}`)).text();
    const lines = (await text('format=ndjson')).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(all);
    expect((await text('format=csv&type=run.ended')).split('\n')[1]).toContain(
      `,run.ended,${run.id},`,
    );
    const stream = await listen(`since=${since}&type=movie.updated&subject=mq20`);
    await expect.poll(() => subjectsOf(stream.events)).toEqual(['mq20', 'mq20']);
  });

  it('go on after the last one, whatever ends the stream', async () => {
    const { events } = await listen();
    await changeMovie('mq30');
    await expect.poll(() => subjectsOf(events)).toEqual(['mq30']);
    await system.stopApi();
    await changeMovie('mq31');
    await system.startApi();
    await changeMovie('mq32');
    await expect
      .poll(() => subjectsOf(events), { timeout: 20_000 })
      .toEqual(['mq30', 'mq31', 'mq32']);
    const [first] = events;
    const again = await receive('', { 'last-event-id': first?.id ?? '' });
    await expect.poll(() => again().match(/"subject":"mq3\d"/gu)?.length).toBe(2);
  });

  it('have a pulse that moves a silent stream on', async () => {
    const text = await receive('type=run.ended');
    await changeMovie('mq40');
    const id = await now();
    await expect.poll(text).toContain(`: \nid: ${id}\n\n`);
    expect(text()).toMatch(/^retry: 2000\n: \nid: [\da-f]{8}-\d+\n\n/u);
    expect(text()).not.toContain('data:');
  });

  it('are refused after an id that is not kept, not of this database, or none', async () => {
    const since = await now();
    await changeMovie('mq50');
    const problemOf = async (id: string) =>
      parseProblem((await system.ask('GET', `/events?since=${id}`)).body);
    const [epoch = '', position = ''] = since.split('-');
    for (const id of [`00000000-${position}`, `${epoch}-${Number(position) + 1000}`])
      expect(await problemOf(id)).toMatchObject({ status: 410, code: 'events-gone' });
    for (const id of ['yesterday', '2026-02-30', '0001-01-01T00:00%2B01:00', `${epoch}-x`])
      expect(await problemOf(id)).toMatchObject({ status: 400, faults: [{ where: 'since' }] });
    const { status } = await fetch(`${system.apiUrl}/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': '1' },
    });
    expect(status).toBe(400);
    await system.query(`update movies.change set changed_at = now() - interval '31 days'`);
    await system.query(`update events.event set at = now() - interval '31 days'`);
    await expireChanges(system.database.pool, 30, new AbortController().signal);
    expect(await problemOf(since)).toMatchObject({
      status: 410,
      code: 'events-gone',
      detail: expect.stringContaining('no longer kept') as string,
    });
    // a stream too, as an EventSource that gets a stream connects again with the same id
    const stream = await fetch(`${system.apiUrl}/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': since },
    });
    expect(parseProblem(await stream.json())).toMatchObject({ status: 410, code: 'events-gone' });
    // who names no event misses none that is kept
    const last = await now();
    await changeMovie('mq51');
    for (const query of [
      '',
      'since=2020-01-01',
      'since=2020-01-01T00:00:00%2B20:00',
      `since=${last}`,
    ])
      expect(subjectsOf((await page(query)).items)).toEqual(['mq51']);
  });

  it('have sinks whose state can be read', async () => {
    const { items } = EventSinkList.parse(await system.get('/events/sinks'));
    expect(items.map(({ name, error }) => [name, error])).toEqual(
      [fifo, standard, topic].toSorted().map((name) => [name, null]),
    );
    const id = await now();
    await expect
      .poll(async () =>
        EventSinkList.parse(await system.get('/events/sinks')).items.map(({ sent, isBehind }) => [
          sent,
          isBehind,
        ]),
      )
      .toEqual([1, 2, 3].map(() => [id, false]));
  });
});

describe('10,000 events', { tags: ['long'], timeout: 180_000 }, () => {
  it('reach streams of two processes and queues, each once and in order', async () => {
    await queues.take(fifo);
    await queues.take(standard);
    const port = await freePort();
    const stopOther = await startApi(
      ApiConfig.parse({
        DATABASE_URL: system.database.url,
        QUEUE_URL: system.database.url,
        SNAPSHOT_DIR: system.snapshots,
        API_PORT: port,
        EVENTS_SINKS: `${fifo},${standard}`,
        EVENTS_AWS_ENDPOINT: queues.endpoint,
        EVENTS_SOURCE: 'https://films.example.org',
      }),
      createLog('test', 'silent'),
      TEST_TIMINGS,
    );
    const since = await now();
    const streams = [await listen(), await listen('', `http://127.0.0.1:${port}`)];
    await Promise.all(Array.from({ length: 8 }, async (_, writer) => writeInTransactions(writer)));
    const rows = await system.query(
      `select id::int, movie from movies.change where id > $1::int8 order by id`,
      [since.split('-')[1]],
    );
    expect(rows).toHaveLength(10_000);
    const expected = rows.map(({ movie }) => movie);
    for (const { events } of streams) {
      await expect.poll(() => events.length, { timeout: 60_000 }).toBe(10_000);
      expect(subjectsOf(events)).toEqual(expected);
    }
    for (const queue of [fifo, standard]) {
      const found = new Map<string, CloudEvent>();
      const bySubject = new Map<string, number[]>();
      await expect
        .poll(
          async () => {
            for (const { event } of await queues.take(queue)) {
              found.set(event.id, event);
              if (!('movie' in event.data)) continue;
              const versions = bySubject.get(event.subject) ?? [];
              bySubject.set(event.subject, [...versions, event.data.version]);
            }
            return found.size;
          },
          { timeout: 120_000, interval: 500 },
        )
        .toBe(10_000);
      for (const versions of bySubject.values())
        expect(versions).toEqual(versions.map((_, i) => i + 1));
    }
    await stopOther();
  });

  /** Makes 1,250 changes of 50 movies of its own, in transactions of up to nine. */
  async function writeInTransactions(writer: number): Promise<void> {
    const client = await system.database.pool.connect();
    for (let made = 0; made < 1250;) {
      const size = Math.min(1250 - made, 1 + ((made * 7) % 9));
      await client.query('begin');
      for (let i = 0; i < size; i++, made++) await changeMovie(`mq9${writer}${made % 50}`, client);
      await client.query('commit');
    }
    client.release();
  }
});

describe('a client that reads nothing', { tags: ['long'], timeout: 60_000 }, () => {
  const system = useSharedSystem(() => ({ workers: false, timings: { stalledMs: 500 } }));

  it('is cut off, while others receive everything', async () => {
    await system.query(
      `insert into events.event (type, subject, data)
       select 'run.ended', 'a', jsonb_build_object('error', repeat('x', 20000)) from generate_series(1, 2000)`,
    );
    const { hostname, port } = new URL(system.apiUrl);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /events?since=2020-01-01 HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    socket.pause();
    const { body } = await fetch(`${system.apiUrl}/events?since=2020-01-01&format=ndjson`);
    let lines = 0;
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? [])
      lines += part.split('\n').length - 1;
    expect(lines).toBe(2000);
    await sleep(1500);
    let bytes = 0;
    socket.on('data', (part) => (bytes += part.length)).on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    expect(bytes).toBeLessThan(40_000_000);
  });
});

describe('a process that is killed after it has sent events', { tags: ['long'] }, () => {
  it(
    'is replaced by another, which sends them again under the same ids',
    { timeout: 90_000 },
    async () => {
      const database = await createTestDatabase();
      let onSend: () => void = () => undefined;
      const killing = await TestQueues.start((body) => {
        if (body.includes('specversion') && body.includes('/kept"')) onSend();
      });
      const kept = await killing.createQueue('kept');
      const keptInOrder = await killing.createQueue('kept.fifo');
      const port = await freePort();
      const env = {
        ...CREDENTIALS,
        DATABASE_URL: database.url,
        QUEUE_URL: database.url,
        SNAPSHOT_DIR: 'none',
        API_PORT: String(port),
        EVENTS_SINKS: `${kept},${keptInOrder}`,
        EVENTS_AWS_ENDPOINT: killing.endpoint,
        LOG_LEVEL: 'error',
      };
      const main = join(import.meta.dirname, '../../apps/api/dist/main.js');
      const doomed = spawn(process.execPath, [main], { env, stdio: 'inherit' });
      const sinks = async () =>
        (await database.pool.query('select seen from events.sink')).rowCount;
      await expect.poll(sinks, { timeout: 30_000 }).toBe(2);
      let sent = 0;
      const killed = new Promise<void>((resolve) => {
        onSend = () => {
          // in the middle of a transaction, whose events before are in the queue
          if (++sent < 4) return;
          doomed.kill('SIGKILL');
          resolve();
        };
      });
      await database.pool.query(
        `insert into movies.change (movie, version, after, cause)
       select 'mq' || (i % 40), i, '{"title": "The Comet"}', '{}' from generate_series(1, 400) as i`,
      );
      await killed;
      await once(doomed, 'exit');
      onSend = () => undefined;
      const before = (await killing.take(kept)).map(({ event }) => event.id);
      const stop = await startApi(ApiConfig.parse(env), createLog('test', 'silent'), TEST_TIMINGS);
      const ids = [...before];
      await expect
        .poll(
          async () => {
            ids.push(...(await killing.take(kept)).map(({ event }) => event.id));
            return new Set(ids).size;
          },
          { timeout: 30_000 },
        )
        .toBe(400);
      // what was sent and not noted comes twice
      expect(before.length).toBeGreaterThan(0);
      expect(ids.length).toBe(400 + before.length);
      const inOrder: CloudEvent[] = [];
      await expect
        .poll(
          async () => {
            inOrder.push(...(await killing.take(keptInOrder)).map(({ event }) => event));
            return inOrder.length;
          },
          { timeout: 30_000 },
        )
        .toBe(400);
      for (const events of Map.groupBy(inOrder, ({ subject }) => subject).values())
        expect(idsOf(events)).toEqual(
          idsOf(events.toSorted((a, b) => (a.sequence < b.sequence ? -1 : 1))),
        );
      await stop();
      await killing.stop();
      await database.remove();
    },
  );
});
