import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, send } from './raw-request.ts';
import { startSystem, useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const TITLE = '/titles/tt0000001';

/** Disables polling: within a test, the API learns of publishes by notifications only. */
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

describe('the response for published data', () => {
  // after a change by a test, responses are not cacheable for a moment
  beforeEach(async () =>
    expect
      .poll(async () => (await send(open, 'GET', TITLE)).headers['etag'], { interval: 5 })
      .toBeDefined(),
  );

  it('is cacheable until the next scheduled update, and revalidated without the database', async () => {
    const first = await send(open, 'GET', TITLE);
    expect(first.headers).toMatchObject({
      etag: expect.stringMatching(/^W\/"[\w-]{22}"$/u) as string,
      'cache-control': expect.stringMatching(/^public, max-age=\d{4,8}$/u) as string,
    });
    // assumes that tests do not run in the last days of a year
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

  it('is cached in memory for any encoding, and created again after a publish', async () => {
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

  it('has a different ETag for each request and format, and none if it is not cacheable', async () => {
    const responses = await Promise.all([
      send(open, 'GET', `${TITLE}/akas?limit=1`),
      send(open, 'GET', `${TITLE}/akas?limit=2`),
      send(open, 'GET', TITLE),
      send(open, 'GET', TITLE, { accept: 'text/csv' }),
    ]);
    expect(new Set(responses.map(({ headers }) => headers['etag'])).size).toBe(4);
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

  it('changes at once after a publish', async () => {
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

  it('must be revalidated if a publish happened while it was created', async () => {
    const client = await open.database.pool.connect();
    await client.query('begin; lock table imdb.title_basics in access exclusive mode');
    const answered = send(open, 'GET', `${TITLE}?include=ratings`);
    // of this database only: other test files use the same PostgreSQL
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

  it('must be revalidated each time during a run', async () => {
    const run = randomUUID();
    await open.database.pool.query(
      `insert into ingest.run (id, kind, datasets) values ($1, 'load', '{title.basics}')`,
      [run],
    );
    await expect
      .poll(async () => (await send(open, 'GET', TITLE)).headers['cache-control'], { interval: 5 })
      .toBe('public, no-cache');
    // and bypasses the cache: a client that has seen new data must not get the old data from memory
    await open.database.pool.query(
      `update imdb.title_basics set runtime_minutes = runtime_minutes + 1 where tconst = 'tt0000001'`,
    );
    expect((await send(open, 'GET', TITLE)).text).toContain('"runtimeMinutes":105');
    await open.database.pool.query(`delete from ingest.run where id = $1`, [run]);
    await expect
      .poll(async () => (await send(open, 'GET', TITLE)).headers['cache-control'], { interval: 5 })
      .toMatch(/^public, max-age/u);
  });

  it('is private if requested with a key', async () => {
    const { headers } = await send(locked, 'GET', TITLE, bearer(ADMIN));
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(
      await send(locked, 'GET', TITLE, { 'if-none-match': String(headers['etag']) }),
    ).toMatchObject({ status: 401 });
  });

  it('is compressed if it is long enough and the client accepts it', async () => {
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

describe('security headers', () => {
  it('are part of every response', async () => {
    for (const path of [TITLE, '/docs', '/nowhere']) {
      expect((await send(open, 'GET', path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'self'") as string,
        'x-frame-options': 'SAMEORIGIN',
      });
    }
  });
});

describe('every documented operation', () => {
  it('has its access rules, its errors, and the attribution of the data', async () => {
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
        // paths without an access policy are for admins only
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

describe('a stopping server', () => {
  it('finishes its requests', async () => {
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
