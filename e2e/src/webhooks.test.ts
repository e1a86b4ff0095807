import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import { ApiConfig, startApi } from '@marquee/api';
import { createTestDatabase } from '@marquee/catalogue/testing';
import {
  ChangePage,
  CloudEvent,
  MovieChangePage,
  MovieUpdatedEvent,
  PublishedEvent,
  Webhook,
  WebhookCreated,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookList,
} from '@marquee/contract';
import { createLog, freePort } from '@marquee/process';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useDays } from './sample-days.ts';
import {
  parseProblem,
  TEST_TIMINGS,
  useSharedSystem,
  type SystemOptions,
  type TestSystem,
} from './system.ts';

const days = useDays({ titles: 1000, days: 3 });

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks, which answers by `answer`. */
let server: Server;
let received: Received[];
let answer: (response: ServerResponse, request: Received) => void;
let receiverUrl: string;
beforeEach(async () => {
  received = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const whole = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      received.push(whole);
      answer(response, whole);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  receiverUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** The system of the current block of tests. */
const system = {} as TestSystem;
/** The day that is published. */
let day: number;

/** Starts a system for the tests of a block, which leave no webhook behind. */
function useWebhooks(options: () => SystemOptions): void {
  useSharedSystem(options, system);
  beforeAll(() => {
    day = 0;
  });
  afterEach(async () => system.query('delete from access.webhook; delete from movies.change'));
}

const ALLOWED = { WEBHOOKS_PRIVATE: 'true' };

async function send(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(system.apiUrl + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

async function create(more: object = {}, path = '/hook'): Promise<WebhookCreated> {
  const { status, body } = await send('POST', '/webhooks', { url: receiverUrl + path, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  return WebhookCreated.parse(body);
}

const list = async (): Promise<Webhook[]> =>
  WebhookList.parse((await system.ask('GET', '/webhooks')).body).items;
const deliveries = async ({ id }: { id: string }): Promise<WebhookDelivery[]> =>
  z
    .array(WebhookDelivery)
    .parse(
      WebhookDeliveryPage.parse((await system.ask('GET', `/webhooks/${id}/deliveries`)).body).items,
    );
const states = async (webhook: { id: string }): Promise<string[]> =>
  (await deliveries(webhook)).map(({ state }) => state);

/** Starts a delivery of the type test. */
async function sendTest({ id }: { id: string }): Promise<WebhookDelivery> {
  const { status, body } = await send('POST', `/webhooks/${id}/test`);
  expect(status).toBe(202);
  return WebhookDelivery.parse(body);
}

/** Publishes the ratings of the current day again, which have not changed. */
async function publishAgain(body: object = {}): Promise<string> {
  return (await system.update(days.day(day), { datasets: ['title.ratings'], ...body })).id;
}

/** Publishes the ratings of another day. */
async function publish(): Promise<string> {
  day = (day + 1) % 3;
  return publishAgain();
}

/** Makes waiting deliveries due at once. */
async function hurry(): Promise<void> {
  await system.database.pool.query(
    `update access.webhook_delivery set next_attempt_at = now() where state = 'waiting'`,
  );
}

/** Verifies a signature as receivers do. */
function expectSigned({ headers, body }: Received, ...secrets: string[]): void {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  expect(headers['webhook-signature']).toBe(signatures.join(' '));
  expect(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']))).toBeLessThan(300);
}

describe('a webhook', { timeout: 120_000 }, () => {
  useWebhooks(() => ({ published: days, api: ALLOWED }));

  it('of movies is told how many have changed and where to read them, at most every few seconds', async () => {
    const change = async (movie: string) =>
      system.query(
        `insert into movies.change (movie, version, cause) select $1, 1 + count(*), '{}' from movies.change where movie = $1`,
        [movie],
      );
    await change('mq1');
    const webhook = await create({ events: ['movie.updated'] });
    expect(webhook.events).toEqual(['movie.updated']);
    await Promise.all([change('mq2'), change('mq3')]);
    await change('mq2');
    const events = () =>
      received.map(({ body }) => MovieUpdatedEvent.parse(JSON.parse(body))).map(({ data }) => data);
    await expect.poll(events).not.toEqual([]);
    const [first] = received;
    if (first !== undefined) expectSigned(first, webhook.secret);
    // the others wait, and are not lost
    await system.query(`update access.webhook_delivery set created_at = now() - interval '5 s'`);
    await expect.poll(() => events().reduce((sum, { changes }) => sum + changes, 0)).toBe(3);
    const url = events()[0]?.url ?? '';
    const { items } = MovieChangePage.parse(await system.get(url));
    expect(items.map(({ movie }) => movie).toSorted()).toEqual(['mq2', 'mq2', 'mq3']);
    expect(received.length).toBeLessThan(3);
    // publishes are not among its events
    await publish();
    const states = (await deliveries(webhook)).map(({ type, state }) => `${type} ${state}`);
    expect(new Set(states)).toEqual(new Set(['movie.updated delivered']));
  });

  it('of CloudEvents receives each event, in order, also after a failure', async () => {
    const change = async (...movies: string[]) =>
      system.query(
        `insert into movies.change (movie, version, after, cause)
         select movie, 1, '{"title": "The Comet"}', '{}' from unnest($1::text[]) as m (movie)`,
        [movies],
      );
    await change('mq1');
    const webhook = await create({ format: 'cloudevents' });
    expect(webhook).toMatchObject({
      format: 'cloudevents',
      events: ['run.ended', 'dataset.published', 'movie.updated'],
    });
    answer = (response) => response.writeHead(500).end();
    await change('mq2', 'mq3');
    await expect
      .poll(async () => (await deliveries(webhook))[0]?.attempts.map(({ status }) => status))
      .toEqual([500]);
    const run = await publish();
    // the second delivery waits for the first
    await expect.poll(() => states(webhook)).toEqual(['waiting', 'waiting']);
    expect(received).toHaveLength(1);
    answer = (response) => response.writeHead(204).end();
    await hurry();
    await expect.poll(() => states(webhook)).toEqual(['delivered', 'delivered']);
    const batches = received
      .slice(1)
      .map(({ body }) => z.array(CloudEvent).parse(JSON.parse(body)));
    expect(batches.map((events) => events.map(({ subject }) => subject))).toEqual([
      ['mq2', 'mq3'],
      ['title.ratings', run],
    ]);
    for (const request of received) {
      expectSigned(request, webhook.secret);
      expect(request.headers['content-type']).toBe('application/cloudevents-batch+json');
    }
  });

  it('receives each publish once, signed, with a link to its changes', async () => {
    const webhook = await create();
    const run = await publish();
    await publishAgain();
    await expect.poll(() => states(webhook), { timeout: 20_000 }).toEqual(['delivered']);
    expect(received).toHaveLength(1);
    const [first] = received as [Received];
    expectSigned(first, webhook.secret);
    const { type, data } = PublishedEvent.parse(JSON.parse(first.body));
    expect({ type, runId: data.runId }).toEqual({ type: 'catalogue.published', runId: run });
    const { rows } = await system.database.pool.query(
      `select dataset, 'changes' as kind, count(*) filter (where kind = 'insert')::int as inserted, count(*) filter (where kind = 'update')::int as updated,
         count(*) filter (where kind = 'delete')::int as deleted, (select count(*)::int from imdb.title_ratings) as rows,
         (select snapshot_id from ingest.data_control where dataset = 'title.ratings') as "snapshotId"
       from ingest.change where run_id = $1 group by dataset`,
      [run],
    );
    expect(data.datasets).toEqual(rows);
    const changes = ChangePage.parse((await system.ask('GET', `${data.changes}&limit=1000`)).body);
    expect(new Set(changes.items.map(({ runId }) => runId))).toEqual(new Set([run]));
    expect(changes.items).toHaveLength(
      Number((rows[0] as Record<string, unknown>)['inserted']) +
        Number((rows[0] as Record<string, unknown>)['updated']) +
        Number((rows[0] as Record<string, unknown>)['deleted']),
    );
    const [delivery] = await deliveries(webhook);
    expect(delivery).toMatchObject({
      id: first.headers['webhook-id'],
      type: 'catalogue.published',
      runId: run,
      attempts: [{ status: 204, answer: '', error: null }],
    });
  });

  it('receives only what its filters select, and nothing while inactive', async () => {
    const [basics, reloads, updates, off] = [
      await create({ datasets: ['title.basics'] }),
      await create({ kinds: ['reload'] }),
      await create({ kinds: ['update'], datasets: ['title.ratings'] }),
      await create({ active: false }),
    ];
    const changed = await publish();
    const reloaded = await publishAgain({ force: 'full' });
    const runs = async (webhook: Webhook) => (await deliveries(webhook)).map(({ runId }) => runId);
    await expect
      .poll(async () => [await runs(updates), await runs(reloads)], { timeout: 20_000 })
      .toEqual([[changed], [reloaded]]);
    expect([await runs(basics), await runs(off)]).toEqual([[], []]);
    expect((await send('PATCH', `/webhooks/${off.id}`, { active: true })).body).toMatchObject({
      id: off.id,
      active: true,
    });
    const next = await publish();
    await expect.poll(() => runs(off), { timeout: 20_000 }).toEqual([next]);
  });

  it('receives a failed delivery again under the same id, up to the last attempt', async () => {
    const webhook = await create();
    answer = (response) => response.writeHead(500).end('x'.repeat(5000));
    const { id } = await sendTest(webhook);
    const attempts = async () =>
      (await deliveries(webhook))[0]?.attempts.map(({ status }) => status);
    await expect.poll(attempts, { timeout: 20_000 }).toEqual([500]);
    const [waiting] = await deliveries(webhook);
    expect(waiting).toMatchObject({
      id,
      state: 'waiting',
      attempts: [{ error: 'answered with 500', answer: 'x'.repeat(1024) }],
    });
    /** Seconds to wait after each attempt. */
    const waits: number[] = [];
    const keepWait = async () => {
      const [delivery] = await deliveries(webhook);
      waits.push(
        (Date.parse(delivery?.nextAttemptAt ?? '') -
          Date.parse(delivery?.attempts.at(-1)?.at ?? '')) /
          1000,
      );
    };
    await keepWait();
    answer = (response) => response.writeHead(301, { location: '/elsewhere' }).end();
    await hurry();
    await expect.poll(attempts, { timeout: 20_000 }).toEqual([500, 301]);
    await keepWait();
    answer = (response) => response.socket?.destroy();
    for (const tries of [3, 4, 5, 6]) {
      await hurry();
      await expect.poll(async () => (await attempts())?.length, { timeout: 20_000 }).toBe(tries);
      await keepWait();
    }
    expect(await states(webhook)).toEqual(['waiting']);
    await hurry();
    await expect.poll(() => states(webhook), { timeout: 20_000 }).toEqual(['failed']);
    expect(await attempts()).toEqual([500, 301, null, null, null, null, null]);
    for (const [i, seconds] of [10, 300, 1800, 7200, 28_800, 86_400].entries())
      expect(Math.abs((waits[i] ?? 0) / seconds - 1)).toBeLessThan(0.5);
    expect(
      new Set(received.map(({ headers, path }) => `${String(headers['webhook-id'])} ${path}`)),
    ).toEqual(new Set([`${id} /hook`]));
    for (const request of received) expectSigned(request, webhook.secret);
    answer = (response) => response.writeHead(200).end('thanks');
    await sendTest(webhook);
    await expect.poll(() => states(webhook), { timeout: 20_000 }).toEqual(['delivered', 'failed']);
  });

  it('that answers 410 receives nothing more', async () => {
    const webhook = await create();
    answer = (response) => response.writeHead(410).end();
    await sendTest(webhook);
    await expect
      .poll(async () => (await list()).map(({ active }) => active), { timeout: 20_000 })
      .toEqual([false]);
    expect(await states(webhook)).toEqual(['failed']);
  });

  it('receives a delivery once from several processes', async () => {
    const webhooks = [];
    for (let i = 0; i < 12; i++) webhooks.push(await create({}, `/hook/${i}`));
    const common = {
      DATABASE_URL: system.database.url,
      QUEUE_URL: system.database.url,
      SNAPSHOT_DIR: system.snapshots,
      WEBHOOKS_PRIVATE: 'true',
    };
    const others = [];
    for (let i = 0; i < 3; i++)
      others.push(
        await startApi(
          ApiConfig.parse({ ...common, API_PORT: await freePort() }),
          createLog('test', 'silent'),
          TEST_TIMINGS,
        ),
      );
    answer = (response) => setTimeout(() => response.writeHead(204).end(), 100);
    await publish();
    for (const webhook of webhooks)
      await expect.poll(() => states(webhook), { timeout: 20_000 }).toEqual(['delivered']);
    for (const stop of others) await stop();
    expect(received.map(({ path }) => path).sort()).toEqual(
      webhooks.map((_, i) => `/hook/${i}`).sort(),
    );
  });

  it('shows its secret once', async () => {
    const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u';
    const webhook = await create({ secret });
    expect(webhook.secret).toBe(secret);
    await sendTest(webhook);
    await expect.poll(() => states(webhook), { timeout: 20_000 }).toEqual(['delivered']);
    expectSigned(received[0] as Received, secret);
    for (const path of ['', `/${webhook.id}`, `/${webhook.id}/deliveries`])
      expect(JSON.stringify((await system.ask('GET', `/webhooks${path}`)).body)).not.toContain(
        'MDEyMzQ1',
      );
    const { rows } = await system.database.pool.query(
      `select count(*)::int as found from access.audit a where a::text like '%MDEyMzQ1%'`,
    );
    expect(rows).toEqual([{ found: 0 }]);
  });

  it('is signed with its secret and for a day with the one before', async () => {
    const webhook = await create();
    const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u';
    expect((await send('PATCH', `/webhooks/${webhook.id}`, { secret })).status).toBe(200);
    const delivered = async (times: number) => {
      await sendTest(webhook);
      await expect.poll(() => received.length, { timeout: 20_000 }).toBe(times);
      return received[times - 1] as Received;
    };
    expectSigned(await delivered(1), secret, webhook.secret);
    await system.query(`update access.webhook set previous_secret_until = now() where id = $1`, [
      webhook.id,
    ]);
    expectSigned(await delivered(2), secret);
    expect((await send('PATCH', `/webhooks/${webhook.id}`, { secret: 'short' })).status).toBe(400);
  });

  it('is removed with its deliveries', async () => {
    const webhook = await create();
    await sendTest(webhook);
    expect((await send('DELETE', `/webhooks/${webhook.id}`)).status).toBe(204);
    expect(await list()).toEqual([]);
    for (const { status, body } of [
      await system.ask('GET', `/webhooks/${webhook.id}`),
      await system.ask('GET', `/webhooks/${webhook.id}/deliveries`),
      await send('POST', `/webhooks/${webhook.id}/test`),
      await send('DELETE', `/webhooks/${webhook.id}`),
      await send('PATCH', `/webhooks/${webhook.id}`, {}),
    ]) {
      expect(status).toBe(404);
      expect(parseProblem(body)).toMatchObject({ code: 'not-found' });
    }
  });

  it('lists its deliveries by pages, newest first', async () => {
    const webhook = await create();
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift((await sendTest(webhook)).id);
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: z.infer<typeof WebhookDeliveryPage> = WebhookDeliveryPage.parse(
        (
          await system.ask(
            'GET',
            `/webhooks/${webhook.id}/deliveries?limit=2${next === '' ? '' : `&after=${next}`}`,
          )
        ).body,
      );
      seen.push(...page.items.map(({ id }) => id ?? ''));
      next = page.next;
    }
    expect(seen).toEqual(made);
    expect(
      (
        await system.ask(
          'GET',
          `/webhooks/${webhook.id}/deliveries?limit=1&fields=id,type&total=exact`,
        )
      ).body,
    ).toMatchObject({ items: [{ id: made[0], type: 'test' }], total: 5 });
    expect(
      await (
        await fetch(`${system.apiUrl}/webhooks/${webhook.id}/deliveries?format=csv&fields=id,type`)
      ).text(),
    ).toBe(`id,type\n${made.map((id) => `${id},test\n`).join('')}`);
  });

  it('keeps its deliveries for a month', async () => {
    const webhook = await create();
    const [old, recent] = [await sendTest(webhook), await sendTest(webhook)];
    await expect
      .poll(() => states(webhook), { timeout: 20_000 })
      .toEqual(['delivered', 'delivered']);
    const age = `update access.webhook_delivery set ended_at = now() - $2::interval where 'msg_' || id = $1`;
    await system.database.pool.query(age, [old.id, '31 days']);
    await system.database.pool.query(age, [recent.id, '29 days']);
    await publish();
    await expect
      .poll(
        async () =>
          (await deliveries(webhook)).map(({ id, type }) => (type === 'test' ? id : type)),
        { timeout: 20_000 },
      )
      .toEqual(['catalogue.published', recent.id]);
  });

  it('is rejected if invalid', async () => {
    const cases: [object, string][] = [
      [{ url: 'ftp://films.example/' }, 'url'],
      [{ url: 'films.example' }, 'url'],
      [{ url: 'https://me:hidden@films.example/' }, 'url'],
      [{ url: 'https://films.example/', secret: 'whsec_short' }, 'secret'],
      [{ url: 'https://films.example/', kinds: ['upsert'] }, 'kinds.0'],
      [{ url: 'https://films.example/', datasets: [] }, 'datasets'],
      [{ url: 'https://films.example/', events: ['run.ended'] }, 'events'],
      [{ url: 'https://films.example/', format: 'cloudevents', kinds: ['insert'] }, 'kinds'],
      [{ url: 'https://films.example/', colour: 'red' }, 'colour'],
      [{}, 'url'],
    ];
    for (const [body, where] of cases) {
      const problem = parseProblem((await send('POST', '/webhooks', body)).body);
      expect(problem, JSON.stringify(body)).toMatchObject({ status: 400, faults: [{ where }] });
      expect(JSON.stringify(problem)).not.toContain('hidden');
    }
    expect(await list()).toEqual([]);
  });
});

describe('a webhook, while no attempt times out', () => {
  useWebhooks(() => ({ workers: false, api: ALLOWED, timings: { webhookAttemptMs: 60_000 } }));

  it('is not delayed by others that hang, which hold few slots', async () => {
    const hanging: ServerResponse[] = [];
    answer = (response, { path }) => {
      if (path === '/hangs') hanging.push(response);
      else response.writeHead(204).end();
    };
    const slow = await Promise.all(Array.from({ length: 4 }, async () => create({}, '/hangs')));
    const healthy = await create({}, '/healthy');
    for (const webhook of slow) for (let i = 0; i < 12; i++) await sendTest(webhook);
    await expect.poll(() => hanging.length, { timeout: 20_000 }).toBe(8);
    const before = performance.now();
    for (let i = 0; i < 5; i++) await sendTest(healthy);
    await expect
      .poll(() => states(healthy), { timeout: 20_000 })
      .toEqual(Array.from({ length: 5 }, () => 'delivered'));
    expect(performance.now() - before).toBeLessThan(10_000);
    // two deliveries per hanging webhook, and the next as soon as one ends
    expect(hanging).toHaveLength(8);
    const [first] = hanging;
    first?.writeHead(204).end();
    await expect.poll(() => hanging.length, { timeout: 20_000 }).toBe(9);
    answer = (response) => response.writeHead(204).end();
    for (const response of hanging) if (!response.writableEnded) response.writeHead(204).end();
    for (const webhook of slow)
      await expect
        .poll(() => states(webhook), { timeout: 20_000 })
        .toEqual(Array.from({ length: 12 }, () => 'delivered'));
  });
});

describe('a webhook that does not respond', () => {
  useWebhooks(() => ({ workers: false, api: ALLOWED, timings: { webhookAttemptMs: 300 } }));

  it('is given up for now', async () => {
    const webhook = await create();
    answer = () => undefined;
    await sendTest(webhook);
    await expect
      .poll(async () => (await deliveries(webhook))[0], { timeout: 20_000 })
      .toMatchObject({
        state: 'waiting',
        attempts: [{ status: null, error: 'no answer within 0.3 s' }],
      });
  });
});

describe('webhooks by default', () => {
  useWebhooks(() => ({ workers: false, api: { WEBHOOKS_PRIVATE: 'false' } }));

  it('cannot target private addresses', async () => {
    for (const url of [
      'http://127.0.0.1/',
      'http://localhost:8080/',
      'http://[::ffff:127.0.0.1]/',
      'http://169.254.169.254/latest/meta-data',
      'http://0x7f.1/',
      'https://[fd00::1]/',
    ]) {
      const problem = parseProblem((await send('POST', '/webhooks', { url })).body);
      expect(problem, url).toMatchObject({ status: 400, faults: [{ where: 'url' }] });
      expect(problem.detail).toContain('no public address');
    }
  });

  it('are not sent to a name that resolves to a private address later', async () => {
    const { rows } = await system.database.pool.query<{ id: string }>(
      `insert into access.webhook (id, url, secret, seen_id) values (uuidv7(), $1, '\\x00', 0) returning id`,
      [receiverUrl.replace('127.0.0.1', 'localhost')],
    );
    const [webhook] = rows as [{ id: string }];
    await sendTest(webhook);
    await expect
      .poll(async () => (await deliveries(webhook))[0]?.attempts[0]?.error, { timeout: 20_000 })
      .toContain('no public address');
    expect(received).toEqual([]);
  });
});

describe('a process killed during a delivery', () => {
  it('is replaced by another, which sends the delivery again', { tags: ['long'] }, async () => {
    const database = await createTestDatabase();
    const port = await freePort();
    const env = {
      DATABASE_URL: database.url,
      QUEUE_URL: database.url,
      SNAPSHOT_DIR: 'none',
      API_PORT: String(port),
      WEBHOOKS_PRIVATE: 'true',
      LOG_LEVEL: 'error',
    };
    const post = async (path: string, body?: object): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    const doomed = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../apps/api/dist/main.js')],
      { env, stdio: 'inherit' },
    );
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    await expect
      .poll(
        async () =>
          fetch(`http://127.0.0.1:${port}/health/ready`).then(
            ({ status }) => status,
            () => null,
          ),
        { timeout: 30_000 },
      )
      .toBe(200);
    const { id } = WebhookCreated.parse(
      await (await post('/webhooks', { url: receiverUrl })).json(),
    );
    await post(`/webhooks/${id}/test`);
    await asked;
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    answer = (response) => response.writeHead(204).end();
    const stop = await startApi(ApiConfig.parse(env), createLog('test', 'silent'), TEST_TIMINGS);
    await post(`/webhooks/${id}/test`);
    const states = async () =>
      (
        await database.pool.query<{ state: string; tries: number }>(
          'select state, tries from access.webhook_delivery order by id',
        )
      ).rows;
    // the interrupted delivery is not retried before its attempt would have timed out
    await expect.poll(states, { timeout: 20_000 }).toEqual([
      { state: 'waiting', tries: 1 },
      { state: 'delivered', tries: 1 },
    ]);
    await database.pool.query(
      `update access.webhook_delivery set next_attempt_at = now() where state = 'waiting'`,
    );
    await expect.poll(states, { timeout: 20_000 }).toEqual([
      { state: 'delivered', tries: 2 },
      { state: 'delivered', tries: 1 },
    ]);
    const [first, second, again] = received.map(({ headers }) => headers['webhook-id']);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
    await stop();
    await database.remove();
  });
});
