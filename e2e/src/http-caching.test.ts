import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiConfig, startApi } from '@marquee/api';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { freePort } from '@marquee/process';
import { pino } from 'pino';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, send } from './raw-request.ts';
import { startSystem, useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const TITLE = '/titles/tt0000001';

/** What is seen within a test is what was notified: no look comes by itself. */
const timings = { watchPollMs: 3_600_000, watchSilentMs: 3_600_000 };

const open = useSharedSystem(() => ({ workers: false, schedule: '0 0 1 1 *', timings }));
const locked = useSharedSystem(() => ({
  workers: false,
  api: { API_PUBLISHED_ON: '0.0.0.0', API_ADMIN_KEY: ADMIN },
}));
beforeAll(async () => {
  for (const system of [open, locked])
    await system.query(
      `insert into imdb.title_basics values ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', false, 1977, null, 104, '{Drama}')`,
    );
});

describe('what is published', () => {
  // for a moment after it is changed, as tests do, nothing is known of it
  beforeEach(async () =>
    expect
      .poll(async () => (await send(open, 'GET', TITLE)).headers['etag'], { interval: 5 })
      .toBeDefined(),
  );

  it('is kept until the next update is due, and told to be the same without the database', async () => {
    const first = await send(open, 'GET', TITLE);
    expect(first.headers).toMatchObject({
      etag: expect.stringMatching(/^W\/"[\w-]{22}"$/u) as string,
      'cache-control': expect.stringMatching(/^public, max-age=\d{4,8}$/u) as string,
    });
    // no test is begun in the last days of a year
    const untilNewYear = (Date.UTC(new Date().getUTCFullYear() + 1, 0, 1) - Date.now()) / 1000;
    const maxAge = Number(/\d+$/u.exec(String(first.headers['cache-control']))?.[0]);
    expect(maxAge).toBeGreaterThan(untilNewYear - 60);
    expect(maxAge).toBeLessThan(untilNewYear + 60);
    expect(first.headers['vary']).toBe('Accept, Accept-Encoding, Authorization, X-API-Key');
    const client = await open.database.pool.connect();
    await client.query('begin; lock table imdb.title_basics in access exclusive mode');
    const again = await send(open, 'GET', TITLE, {
      'if-none-match': `"x", ${String(first.headers['etag'])}`,
    });
    await client.query('rollback');
    client.release();
    expect(again).toMatchObject({
      status: 304,
      text: '',
      headers: {
        etag: first.headers['etag'],
        'cache-control': expect.stringContaining('public') as string,
        vary: first.headers['vary'],
      },
    });
  });

  it('is answered from memory to who asks for it again, in any packing, and made anew when something else is published', async () => {
    const { database } = open;
    await database.pool.query(
      `insert into imdb.title_akas select 'tt0000001', i, 'The Long Winter', null, null, null, null, false from generate_series(1, 50) i`,
    );
    const path = `${TITLE}/akas?limit=50`;
    const first = await send(open, 'GET', path);
    const client = await database.pool.connect();
    await client.query('begin; lock table imdb.title_akas in access exclusive mode');
    const [again, packed] = [
      await send(open, 'GET', path),
      await send(open, 'GET', path, { 'accept-encoding': 'gzip' }),
    ];
    await client.query('rollback');
    client.release();
    const { date: _, 'x-request-id': id, ...headers } = first.headers;
    expect(again).toMatchObject({
      status: 200,
      text: first.text,
      headers: { ...headers, 'x-request-id': expect.not.stringContaining(String(id)) as string },
    });
    expect(packed).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } });

    await database.pool.query(
      `update imdb.title_akas set title = 'Der lange Winter' where ordering = 50`,
    );
    expect((await send(open, 'GET', path)).text).toBe(first.text);
    await database.pool.query(
      `update ingest.data_control set rows = rows + 1 where dataset = 'title.akas'`,
    );
    await expect
      .poll(async () => (await send(open, 'GET', path)).text, { interval: 5 })
      .toContain('Der lange Winter');
  });

  it('has another mark for each request and form, and none where it is not there', async () => {
    const marks = await Promise.all([
      send(open, 'GET', `${TITLE}/akas?limit=1`),
      send(open, 'GET', `${TITLE}/akas?limit=2`),
      send(open, 'GET', TITLE),
      send(open, 'GET', TITLE, { accept: 'text/csv' }),
    ]);
    expect(new Set(marks.map(({ headers }) => headers['etag'])).size).toBe(4);
    for (const path of [
      '/titles/tt9999999',
      '/titles?x=1',
      '/published',
      '/runs',
      '/health/live',
    ]) {
      const { headers } = await send(open, 'GET', path);
      expect(headers['etag'], path).toBeUndefined();
      expect(headers['cache-control'], path).toBe('no-store');
    }
  });

  it('is another at once when something is published', async () => {
    const { headers } = await send(open, 'GET', TITLE);
    await open.database.pool.query(
      `update ingest.data_control set rows = rows + 1 where dataset = 'title.basics'`,
    );
    await expect
      .poll(
        async () =>
          (await send(open, 'GET', TITLE, { 'if-none-match': String(headers['etag']) })).status,
        { interval: 5 },
      )
      .toBe(200);
  });

  it('is asked for again where something else was published while it was being answered', async () => {
    const client = await open.database.pool.connect();
    await client.query('begin; lock table imdb.title_basics in access exclusive mode');
    const answered = send(open, 'GET', `${TITLE}?include=ratings`);
    // of this database: other test files use others of the same PostgreSQL
    const waiting = `select from pg_locks join pg_database d on d.oid = database
      where datname = current_database() and relation = 'imdb.title_basics'::regclass and not granted`;
    await expect
      .poll(async () => (await open.query(waiting)).length, { interval: 5 })
      .toBeGreaterThan(0);
    await open.database.pool.query(
      `update ingest.data_control set rows = rows + 1 where dataset = 'title.basics'`,
    );
    await client.query('rollback');
    client.release();
    expect((await answered).headers['cache-control']).toBe('public, no-cache');
  });

  it('is asked for again each time while a run is going', async () => {
    const run = randomUUID();
    await open.database.pool.query(
      `insert into ingest.run (id, kind, datasets) values ($1, 'load', '{title.basics}')`,
      [run],
    );
    await expect
      .poll(async () => (await send(open, 'GET', TITLE)).headers['cache-control'], { interval: 5 })
      .toBe('public, no-cache');
    // also of the database: who has seen what is being published is not answered from memory with
    // what was
    await open.database.pool.query(
      `update imdb.title_basics set runtime_minutes = runtime_minutes + 1 where tconst = 'tt0000001'`,
    );
    expect((await send(open, 'GET', TITLE)).text).toContain('"runtimeMinutes":105');
    await open.database.pool.query(`delete from ingest.run where id = $1`, [run]);
    await expect
      .poll(async () => (await send(open, 'GET', TITLE)).headers['cache-control'], { interval: 5 })
      .toMatch(/^public, max-age/u);
  });

  it('is for nobody else where it was asked for with a key', async () => {
    const { headers } = await send(locked, 'GET', TITLE, bearer(ADMIN));
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(
      await send(locked, 'GET', TITLE, { 'if-none-match': String(headers['etag']) }),
    ).toMatchObject({ status: 401 });
  });

  it('is compressed where it is long enough, for whoever can take that', async () => {
    const long = await send(open, 'GET', `${TITLE}/akas?limit=50`, { 'accept-encoding': 'gzip' });
    expect(long.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: expect.stringMatching(/Accept-Encoding/iu) as string,
    });
    expect(
      (await send(open, 'GET', TITLE, { 'accept-encoding': 'gzip' })).headers['content-encoding'],
    ).toBeUndefined();
    expect(
      (await send(open, 'GET', `${TITLE}/akas?limit=50`)).headers['content-encoding'],
    ).toBeUndefined();
  });
});

describe('what is measured', () => {
  it('is there for Prometheus', async () => {
    await send(open, 'GET', TITLE);
    const { text, headers } = await send(open, 'GET', '/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(
      /marquee_http_request_duration_seconds_count\{method="GET",route="\/titles\/:tconst",status="200"\} \d+/u,
    );
    for (const pool of ['queries', 'lookups', 'prepared', 'streams'])
      expect(text).toContain(`marquee_pool{pool="${pool}",state="idle"} `);
    expect(text).toMatch(/marquee_queue_jobs\{queue="loader",state="waiting"\} 0/u);
    expect(text).toMatch(/marquee_queue_jobs\{queue="downloader",state="prioritized"\} 0/u);
    expect(text).toMatch(/marquee_up\{what="database"\} 1/u);
    expect(text).toMatch(/marquee_rows\{dataset="title.basics"\} \d+/u);
  });

  it('is all there for each of several that ask at once, with what waits in the queue', async () => {
    const id = await open.start('/updatedata', { force: true });
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => send(open, 'GET', '/metrics')),
    );
    for (const { text } of answers) {
      expect(text).toMatch(/marquee_queue_jobs\{queue="downloader",state="prioritized"\} 7/u);
      expect(text).toMatch(/marquee_queue_jobs\{queue="loader",state="waiting-children"\} 8/u);
      expect(text).toMatch(/marquee_rows\{dataset="title.basics"\} \d+/u);
    }
    expect((await open.ask('POST', `/runs/${id}/cancel`)).status).toBe(202);
  });
});

describe('the headers that protect pages', () => {
  it('are on every answer', async () => {
    for (const path of [TITLE, '/docs', '/nowhere']) {
      expect((await send(open, 'GET', path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'self'") as string,
        'x-frame-options': 'SAMEORIGIN',
      });
    }
  });
});

describe('every operation of the document', () => {
  it('says who may ask, what can go wrong, and to whom the data belongs', async () => {
    const document = JSON.parse((await send(open, 'GET', '/openapi.json')).text) as {
      info: { description: string; termsOfService: string };
      components: { securitySchemes: object };
      paths: Record<
        string,
        Record<string, { responses: Record<string, unknown>; security?: unknown[] }>
      >;
    };
    expect(document.info.description).toContain(
      "IMDb's data: Information courtesy of IMDb (https://www.imdb.com). Used with permission.",
    );
    expect(document.info.description).toContain(
      'or sample data of the same shape, as in the demo: `isMadeUp` of `GET /published` says which',
    );
    expect(document.info.termsOfService).toMatch(/^https:\/\/help.imdb.com\//u);
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'header']);
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, { responses, security }] of Object.entries(item)) {
        expect(Object.keys(responses), `${method} ${path}`).toEqual(
          expect.arrayContaining(['503', 'default']),
        );
        // a route without a declaration of access is for admins alone
        if (path.startsWith('/health')) expect(security).toBeUndefined();
        else
          expect(Object.keys(responses), `${method} ${path}`).toEqual(
            expect.arrayContaining(['401', '403']),
          );
      }
    }
    expect(document.paths['/keys']?.['post']?.security).toEqual([{ bearer: [] }, { header: [] }]);
    expect(document.paths['/titles']?.['get']?.security).toEqual([
      { bearer: [] },
      { header: [] },
      {},
    ]);
  });
});

describe('a server that is being stopped', () => {
  it('finishes what is under way', async () => {
    const system = await startSystem({ workers: false });
    const client = await system.database.pool.connect();
    await client.query('begin; lock table ingest.run in access exclusive mode');
    const answer = fetch(`${system.apiUrl}/runs`);
    await expect
      .poll(
        async () =>
          (
            await client.query<{ n: number }>(
              `select count(*)::int as n from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
            )
          ).rows[0]?.n,
      )
      .toBeGreaterThan(0);
    const stopped = system.stop();
    await client.query('commit');
    client.release();
    expect((await answer).status).toBe(200);
    await stopped;
  });
});

describe('traces', () => {
  it('are sent where they are wanted: the request under its caller, and what it asks the database under that', async () => {
    const spans: Record<string, unknown>[] = [];
    const collector = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const sent = JSON.parse(Buffer.concat(chunks).toString()) as {
          resourceSpans: {
            resource: { attributes: unknown };
            scopeSpans: { spans: Record<string, unknown>[] }[];
          }[];
        };
        for (const { resource, scopeSpans } of sent.resourceSpans) {
          expect(resource.attributes).toEqual([
            { key: 'service.name', value: { stringValue: 'marquee-api' } },
          ]);
          spans.push(...scopeSpans.flatMap((scope) => scope.spans));
        }
        response.end('{}');
      })();
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const system = await startSystem({
      workers: false,
      api: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      },
    });
    const traceId = randomBytes(16).toString('hex');
    expect(
      (
        await send(system, 'GET', '/published', {
          traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
        })
      ).status,
    ).toBe(200);
    // what has not been sent is, at the end
    await system.stop();
    collector.close();
    const ours = spans.filter((span) => span['traceId'] === traceId);
    const request = ours.find(({ name }) => name === 'GET /published');
    const database = ours.filter(({ name }) => name === 'database');
    expect(request).toBeDefined();
    expect(database.length).toBeGreaterThan(0);
    for (const span of database) expect(span['parentSpanId']).toBe(request?.['spanId']);
    expect(JSON.stringify(database)).toContain('from ingest.data_control');
  });
});

describe('the access log', () => {
  it('says of each request who asked for what, when and how long it took, and holds no key', async () => {
    const database = await createTestDatabase();
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const port = await freePort();
    const stop = await startApi(
      ApiConfig.parse({
        DATABASE_URL: database.url,
        QUEUE_URL: database.url,
        API_PORT: port,
        API_ADMIN_KEY: ADMIN,
      }),
      log,
    );
    const system = { ...locked, apiUrl: `http://127.0.0.1:${port}` };
    const { headers } = await send(system, 'GET', `${TITLE}?x=1`, bearer(ADMIN));
    await send(system, 'GET', `/omdb?i=tt0000001&apikey=${ADMIN}`);
    await send(system, 'GET', '/health/live');
    const { id: run } = JSON.parse(
      (await send(system, 'POST', '/run-downloader', bearer(ADMIN))).text,
    ) as { id: string };
    await stop();
    await database.remove();
    const requests = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request');
    expect(requests).toMatchObject([
      {
        level: 30,
        request: headers['x-request-id'],
        method: 'GET',
        route: '/titles/:tconst',
        status: 400,
        address: '127.0.0.1',
        key: 'API_ADMIN_KEY',
        ms: expect.any(Number) as number,
        time: expect.any(Number) as number,
      },
      { level: 30, route: '/omdb', status: 200, key: 'API_ADMIN_KEY' },
      { level: 20, route: '/health/live', status: 200, key: null },
      {
        level: 30,
        method: 'POST',
        route: '/run-downloader',
        status: 202,
        key: 'API_ADMIN_KEY',
        made: run,
      },
    ]);
    expect(lines.join('')).not.toContain(ADMIN);
  });
});
