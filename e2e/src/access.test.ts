import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Code, createClient, type Interceptor } from '@connectrpc/connect';
import { ApiConfig, startApi } from '@marquee/api';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { AuditPage, Key, KeyList, NewKey, Problem, type KeyRequest } from '@marquee/contract';
import { createLog, freePort } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { MovieQueryService } from '@marquee/proto';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf, PROTOCOLS } from './grpc-clients.ts';
import { bearer, send, sendRaw } from './raw-request.ts';
import { startRedis } from './redis.ts';
import { startSystem, useSharedSystem, type System } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const TITLE = '/titles/tt0000001';

const open = useSharedSystem(() => ({ workers: false, grpc: true, schedule: '0 0 1 1 *' }));
/** What is seen within a test is what was notified: no look comes by itself. */
const timings = { watchPollMs: 3_600_000, watchSilentMs: 3_600_000 };
const locked = useSharedSystem(() => ({
  workers: false,
  timings,
  api: {
    API_PUBLISHED_ON: '0.0.0.0',
    API_ADMIN_KEY: ADMIN,
    CORS_ORIGINS: 'https://films.example.org',
    TRUSTED_PROXIES: '127.0.0.1',
  },
}));
beforeAll(async () => {
  for (const system of [open, locked])
    await system.query(
      `insert into imdb.title_basics values ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', false, 1977, null, 104, '{Drama}')`,
    );
});

async function refusalOf(
  system: System,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Problem & { headers: Record<string, unknown> }> {
  const answer = await send(system, method, path, headers, body);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/u);
  const problem = Problem.parse(JSON.parse(answer.text));
  expect(problem).toMatchObject({
    status: answer.status,
    requestId: answer.headers['x-request-id'],
  });
  expect(answer.headers['cache-control']).toBe('no-store');
  return { ...problem, headers: answer.headers };
}

async function makeKey(asked: Partial<KeyRequest> & Pick<KeyRequest, 'role'>): Promise<NewKey> {
  const { status, text } = await send(
    locked,
    'POST',
    '/keys',
    bearer(ADMIN),
    JSON.stringify({ name: randomUUID(), ...asked }),
  );
  expect(status, text).toBe(201);
  return NewKey.parse(JSON.parse(text));
}

describe('errors', () => {
  it.each([
    ['POST', TITLE, 'GET, HEAD'],
    ['DELETE', '/titles', 'GET, HEAD'],
    ['GET', '/updatedata', 'POST'],
    ['PUT', '/health/live', 'GET, HEAD'],
    ['OPTIONS', '/health/live', 'GET, HEAD'],
  ])(
    '%s %s is the wrong method, and the answer says which are right',
    async (method, path, allow) => {
      const { status, code, headers } = await refusalOf(open, method, path);
      expect({ status, code, allow: headers['allow'] }).toEqual({
        status: 405,
        code: 'wrong-method',
        allow,
      });
    },
  );

  it('tells a route that is not there, whatever the body is', async () => {
    expect(await refusalOf(open, 'GET', '/nowhere')).toMatchObject({
      status: 404,
      code: 'no-such-route',
    });
    expect(
      await refusalOf(open, 'POST', '/nowhere', { 'content-type': 'text/plain' }),
    ).toMatchObject({ status: 404, code: 'no-such-route' });
  });

  it('gives each request an id of its own', async () => {
    const ids = await Promise.all(
      Array.from(
        { length: 20 },
        async () => (await send(open, 'GET', '/health/live')).headers['x-request-id'],
      ),
    );
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/u);
  });

  it('answers a URL that is too long or badly encoded', async () => {
    expect(await refusalOf(open, 'GET', `/titles?after=${'x'.repeat(9000)}`)).toMatchObject({
      status: 414,
      code: 'url-too-long',
    });
    expect(await refusalOf(open, 'GET', `/titles/${'x'.repeat(500)}`)).toMatchObject({
      status: 414,
    });
    expect(await refusalOf(open, 'GET', '/titles/%ZZ')).toMatchObject({ status: 400 });
    for (const query of ['q=caf%E9', 'q=100%', 'q=%zz'])
      expect(await refusalOf(open, 'GET', `/titles?${query}`)).toMatchObject({
        status: 400,
        code: 'bad-encoding',
      });
    expect((await send(open, 'GET', '/titles?q=caf%C3%A9')).text).not.toContain('bad-encoding');
  });

  it.each([
    ['nonsense\r\n\r\n', 400, 'broken-request'],
    ['GET /titles HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'broken-request'],
    ['GET /titles HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 421, 'wrong-host'],
    [
      'GET /titles HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      400,
      'broken-request',
    ],
    [
      `GET /titles HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    [
      'POST /updatedata HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n',
      400,
      'broken-request',
    ],
  ])('answers what is no HTTP, or not for us: %j', async (bytes, status, code) => {
    const answer = await sendRaw(open, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'));
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(Problem.parse(JSON.parse(body))).toMatchObject({ status, code });
  });

  it('answers HTTP/1.0, which needs no Host header', async () => {
    expect(await sendRaw(open, `GET ${TITLE} HTTP/1.0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 200 .*"tconst":"tt0000001"/su,
    );
  });

  it('refuses a body that is packed, or holds what PostgreSQL does not', async () => {
    expect(
      await refusalOf(open, 'POST', '/run-loader', { 'content-encoding': 'gzip' }, '{}'),
    ).toMatchObject({ status: 415, detail: expect.stringContaining('"gzip"') as string });
    expect(
      await refusalOf(open, 'POST', '/run-loader', {}, '{"snapshots":["x\\u0000"]}'),
    ).toMatchObject({
      status: 400,
      faults: [{ where: 'snapshots.0', what: 'expected a text without NUL' }],
    });
  });

  it('says what is needed and is not there', async () => {
    expect((await refusalOf(open, 'GET', '/search')).faults).toEqual([
      { where: 'q', what: 'expected a value, got none' },
    ]);
  });

  it('refuses to count in a stream, which could not tell', async () => {
    for (const path of ['/titles', '/names', '/search?q=winter', `${TITLE}/akas`]) {
      expect(
        await refusalOf(
          open,
          'GET',
          `${path}${path.includes('?') ? '&' : '?'}total=exact&format=csv`,
        ),
      ).toMatchObject({
        status: 400,
        detail: 'A stream of csv cannot contain a total.',
      });
    }
  });

  it.each(['0x10', '', '1e2', '+5', '5.0', ' 5', '05', '1_0'])(
    'takes %j for no number',
    async (limit) => {
      expect(
        await refusalOf(open, 'GET', `/runs?limit=${encodeURIComponent(limit)}`),
      ).toMatchObject({
        status: 400,
        faults: [{ where: 'limit', what: 'expected a whole number from 1 to 200' }],
      });
    },
  );

  it.each([
    ['/runs?limt=5', 'limt', 'unknown parameter; did you mean limit?', { suggestion: 'limit' }],
    ['/runs?page=5', 'page', 'unknown parameter; did you mean after?', { suggestion: 'after' }],
    [
      '/runs?colour=5',
      'colour',
      'unknown parameter; expected one of limit, after, fields, total, format, csv',
      {},
    ],
    ['/published?verbose=1', 'verbose', 'unknown parameter; expected none', {}],
    [`/runs?${'x'.repeat(60)}=1`, 'x'.repeat(60), 'unknown parameter', {}],
  ])(
    'refuses a parameter that is not there, and guesses what was meant: %s',
    async (path, where, what, suggestion) => {
      expect((await refusalOf(open, 'GET', path)).faults).toEqual([{ where, what, ...suggestion }]);
    },
  );

  it('guesses what a field of a body was meant to be', async () => {
    expect(
      (await refusalOf(open, 'POST', '/run-loader', {}, '{"dataset":["title.basics"]}')).faults,
    ).toEqual([
      {
        where: 'dataset',
        what: 'unknown field; did you mean datasets?',
        suggestion: 'datasets',
      },
    ]);
    expect(
      (await refusalOf(open, 'POST', '/run-downloader', {}, '{"constructor":1}')).faults,
    ).toEqual([{ where: 'constructor', what: 'unknown field; expected one of datasets' }]);
    expect(
      (await refusalOf(open, 'POST', '/titles/batch', {}, '{"ids":["tt0000001"],"tconsts":[]}'))
        .faults,
    ).toEqual([{ where: 'tconsts', what: 'unknown field; expected one of ids' }]);
  });

  it('says so when another transaction holds a table for almost a second', async () => {
    const client = await open.database.pool.connect();
    await client.query('begin; lock table ingest.data_control in access exclusive mode');
    const problem = await refusalOf(open, 'GET', '/published');
    await client.query('rollback');
    client.release();
    expect(problem).toMatchObject({
      status: 503,
      code: 'busy',
      detail: 'A service is at work on what this request needs, and did not finish in time.',
      headers: { 'retry-after': '5' },
    });
  });
});

describe('a server on loopback', () => {
  it('reads and operates without a key', async () => {
    expect((await send(open, 'GET', TITLE)).status).toBe(200);
    expect(await refusalOf(open, 'POST', '/run-loader')).toMatchObject({
      status: 409,
      code: 'no-snapshot',
    });
    expect((await send(open, 'GET', '/metrics')).status).toBe(200);
  });

  it('makes no keys without one: they would outlive its being open', async () => {
    expect(await refusalOf(open, 'POST', '/keys', {}, '{"name":"x","role":"admin"}')).toMatchObject(
      { status: 401, code: 'key-needed' },
    );
  });

  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example'])(
    'is not there for a page that came by the name %j',
    async (host) => {
      for (const path of [TITLE, '/', '/title/tt0000001'])
        expect(await refusalOf(open, 'GET', path, { host })).toMatchObject({
          status: 421,
          code: 'wrong-host',
        });
    },
  );

  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:3000', '[::1]:3000'])(
    'is there for %s',
    async (host) => {
      expect((await send(open, 'GET', TITLE, { host })).status).toBe(200);
    },
  );

  it.each(['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Real-IP', 'Via'])(
    'is not there for others through a proxy that nobody told it of, which shows by %s',
    async (header) => {
      const through = { [header]: '1.1 nginx' };
      for (const [method, path, body] of [
        ['GET', TITLE],
        ['GET', '/'],
        ['GET', '/health/live'],
        ['GET', '/nowhere'],
        ['POST', '/run-loader', '{}'],
        ['POST', '/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'],
      ] as const)
        expect(await refusalOf(open, method, path, through, body), path).toMatchObject({
          status: 403,
          code: 'unknown-proxy',
          hint: expect.stringContaining('set API_NAMES') as string,
        });
      const throughProxy: Interceptor = (next) => async (call) => {
        call.header.set(header, '1.1 nginx');
        return next(call);
      };
      for (const [name, transportTo] of Object.entries(PROTOCOLS)) {
        const movies = createClient(MovieQueryService, transportTo(open, [throughProxy]));
        const { code, problem } = await errorOf(movies.listMovies({}));
        expect({ code, hint: problem?.hint }, name).toEqual({
          code: Code.PermissionDenied,
          hint: expect.stringContaining('set API_NAMES') as string,
        });
      }
      expect((await send(locked, 'GET', TITLE, { ...bearer(ADMIN), ...through })).status).toBe(200);
    },
  );

  it('has no limit', async () => {
    expect((await send(open, 'GET', TITLE)).headers['ratelimit']).toBeUndefined();
  });
});

describe('a server that others can reach', () => {
  it('does not start without a key to operate it, and says what to do', async () => {
    const database = await createTestDatabase();
    const config = (more: Record<string, string>) =>
      ApiConfig.parse({
        DATABASE_URL: database.url,
        QUEUE_URL: database.url,
        SNAPSHOT_DIR: 'none',
        ...more,
      });
    const log = createLog('test', 'silent');
    for (const more of [
      { API_HOST: '0.0.0.0' },
      { API_PUBLISHED_ON: '192.0.2.1' },
      { API_NAMES: 'films.example.org' },
      { TRUSTED_PROXIES: '10.0.0.0/8' },
    ]) {
      await expect(startApi(config({ ...more, API_PORT: '0' }), log)).rejects.toThrow(
        /no key exists that could operate it.*\n.*make key ROLE=admin/u,
      );
    }
    await expect(
      startApi(config({ API_HOST: '0.0.0.0', OPERATING: 'open', API_ADMIN_KEY: ADMIN }), log),
    ).rejects.toThrow(/OPERATING=open/u);
    await database.remove();
  });

  it('can be read without a key where it is told so, and not operated', async () => {
    const system = await startSystem({
      workers: false,
      api: { API_PUBLISHED_ON: '0.0.0.0', API_ADMIN_KEY: ADMIN, READING: 'open' },
    });
    for (const [path, status] of [
      ['/published', 200],
      [TITLE, 404],
      ['/omdb/?i=tt0000001', 200],
    ] as const)
      expect((await send(system, 'GET', path)).status, path).toBe(status);
    for (const path of ['/run-loader', '/updatedata', '/webhooks'])
      expect(await refusalOf(system, 'POST', path), path).toMatchObject({
        status: 401,
        code: 'key-needed',
      });
    expect(await refusalOf(system, 'GET', '/metrics')).toMatchObject({ status: 401 });
    await system.stop();
  });

  it('needs a key for everything but health and documents', async () => {
    for (const path of [TITLE, '/runs', '/published', '/metrics', '/audit', '/keys']) {
      const { status, code, headers } = await refusalOf(locked, 'GET', path);
      expect({ path, status, code }).toEqual({ path, status: 401, code: 'key-needed' });
      expect(headers['www-authenticate']).toMatch(/^Bearer/u);
    }
    for (const path of ['/health/ready', '/openapi.json', '/docs'])
      expect((await send(locked, 'GET', path)).status).toBe(200);
  });

  it('takes a key in either header, and lets its role do what it may', async () => {
    const [reader, operator] = [
      await makeKey({ role: 'reader' }),
      await makeKey({ role: 'operator' }),
    ];
    for (const headers of [
      bearer(reader.secret),
      { 'x-api-key': reader.secret },
      { authorization: `bearer  ${reader.secret}` },
    ])
      expect((await send(locked, 'GET', TITLE, headers)).status).toBe(200);
    expect(await refusalOf(locked, 'POST', '/run-loader', bearer(reader.secret))).toMatchObject({
      status: 403,
      code: 'role-too-low',
    });
    expect(await refusalOf(locked, 'POST', '/run-loader', bearer(operator.secret))).toMatchObject({
      status: 409,
      code: 'no-snapshot',
    });
    for (const path of ['/keys', '/webhooks', '/audit'])
      expect(await refusalOf(locked, 'GET', path, bearer(operator.secret)), path).toMatchObject({
        status: 403,
        code: 'role-too-low',
      });
    expect(await refusalOf(locked, 'GET', TITLE, bearer(`mq_${'x'.repeat(43)}`))).toMatchObject({
      status: 401,
      code: 'key-unknown',
    });
    expect(await refusalOf(locked, 'GET', TITLE, bearer('hunter2'))).toMatchObject({
      status: 401,
      code: 'key-unknown',
    });
  });

  it('shows a key once, and keeps nothing of it but its hash', async () => {
    const { secret, ...key } = await makeKey({
      role: 'reader',
      name: 'the website',
      requestsPerMinute: 7,
      expiresAt: '2099-01-01T00:00:00Z',
    });
    expect(key).toMatchObject({
      name: 'the website',
      role: 'reader',
      requestsPerMinute: 7,
      expiresAt: '2099-01-01T00:00:00.000Z',
      lastUsedAt: null,
      revokedAt: null,
    });
    const { text } = await send(locked, 'GET', '/keys', bearer(ADMIN));
    expect(KeyList.parse(JSON.parse(text)).items).toContainEqual(key);
    expect(text).not.toContain(secret);
    const { rows } = await locked.database.pool.query<{ text: string }>(
      'select k::text || coalesce((select string_agg(a::text, $1) from access.audit a), $1) as text from access.key k',
      [' '],
    );
    for (const { text: kept } of rows) expect(kept).not.toContain(secret);
  });

  it('refuses what makes no key', async () => {
    for (const body of [
      '{}',
      '{"name":"x","role":"god"}',
      '{"name":"","role":"reader"}',
      '{"name":"  ","role":"reader"}',
      '{"name":"x","role":"reader","expiresAt":"2001-01-01T00:00:00Z"}',
      '{"name":"x","role":"reader","expiresAt":"soon"}',
      '{"name":"x","role":"reader","requestsPerMinute":0}',
      '',
    ]) {
      expect(await refusalOf(locked, 'POST', '/keys', bearer(ADMIN), body)).toMatchObject({
        status: 400,
        code: 'bad-input',
      });
    }
  });

  it('writes down when a key was last used', async () => {
    const { id, secret } = await makeKey({ role: 'reader' });
    await send(locked, 'GET', TITLE, bearer(secret));
    await expect
      .poll(
        async () =>
          (
            await locked.database.pool.query<{ used: boolean }>(
              'select last_used_at is not null as used from access.key where id = $1',
              [id],
            )
          ).rows[0]?.used,
      )
      .toBe(true);
  });

  it('lets a key go no further once it is revoked or has expired, in every process', async () => {
    const port = await freePort();
    const config = ApiConfig.parse({
      DATABASE_URL: locked.database.url,
      QUEUE_URL: locked.database.url,
      SNAPSHOT_DIR: locked.snapshots,
      API_PORT: port,
      READING: 'keyed',
      OPERATING: 'keyed',
    });
    const stop = await startApi(config, createLog('test', 'silent'), timings);
    const both = [locked, { ...locked, apiUrl: `http://127.0.0.1:${port}` }];
    const { id, secret } = await makeKey({ role: 'reader' });
    for (const system of both)
      expect((await send(system, 'GET', TITLE, bearer(secret))).status).toBe(200);
    const revoked = await send(locked, 'DELETE', `/keys/${id}`, bearer(ADMIN));
    expect(Key.parse(JSON.parse(revoked.text)).revokedAt).not.toBeNull();
    for (const system of both)
      await expect
        .poll(async () => (await send(system, 'GET', TITLE, bearer(secret))).text, { interval: 5 })
        .toContain('key-revoked');
    expect(await refusalOf(locked, 'DELETE', `/keys/${randomUUID()}`, bearer(ADMIN))).toMatchObject(
      { status: 404 },
    );

    const other = await makeKey({ role: 'reader' });
    for (const system of both)
      expect((await send(system, 'GET', TITLE, bearer(other.secret))).status).toBe(200);
    await locked.database.pool.query(
      `update access.key set expires_at = now() - interval '1 s' where id = $1`,
      [other.id],
    );
    for (const system of both)
      await expect
        .poll(async () => (await send(system, 'GET', TITLE, bearer(other.secret))).text, {
          interval: 5,
        })
        .toContain('key-expired');
    await stop();
  });

  it('limits a key to its own limit, and tells how many are left', async () => {
    const { secret } = await makeKey({ role: 'reader', requestsPerMinute: 2 });
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await send(locked, 'GET', TITLE, bearer(secret)));
    expect(
      answers.map(({ status, headers }) => [
        status,
        headers['ratelimit-policy'],
        String(headers['ratelimit']).replace(/t=\d+/u, 't=…'),
      ]),
    ).toEqual([
      [200, '"requests";q=2;w=60', '"requests";r=1;t=…'],
      [200, '"requests";q=2;w=60', '"requests";r=0;t=…'],
      [429, '"requests";q=2;w=60', '"requests";r=0;t=…'],
    ]);
    expect(Problem.parse(JSON.parse(answers[2]?.text ?? ''))).toMatchObject({
      code: 'too-many-requests',
    });
    expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('limits who has no key by address, as trusted proxies tell it, and never the health checks', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const ask = async (address: string) =>
      (await send(locked, 'GET', '/docs', from(address))).headers['ratelimit'];
    expect(await ask('192.0.2.1')).toContain('r=599;');
    expect(await ask('192.0.2.1')).toContain('r=598;');
    expect(await ask('192.0.2.2')).toContain('r=599;');
    // an address of IPv6 counts with its network
    expect(await ask('2001:db8:0:1::1')).toContain('r=599;');
    expect(await ask('2001:db8:0:1:ffff::2')).toContain('r=598;');
    // what is no address was made up, and is the proxy's
    const { text } = await send(
      locked,
      'POST',
      '/run-loader',
      { ...bearer(ADMIN), ...from(`<script>${'A'.repeat(3000)}`) },
      '{"datasets":["nothing"]}',
    );
    expect(Problem.parse(JSON.parse(text)).status).toBe(400);
    expect(await locked.query(`select distinct address from access.audit`)).toEqual([
      { address: '127.0.0.1' },
    ]);
    const [first, second] = [await ask('unknown'), await ask('x'.repeat(3000))].map((limit) =>
      Number(/r=(\d+)/u.exec(String(limit))?.[1]),
    );
    expect(second).toBe(Number(first) - 1);
    // what somebody beyond the proxy has made up does not count
    expect(await ask('198.51.100.7, 192.0.2.2')).toContain('r=598;');
    expect(
      (await send(locked, 'GET', '/health/live', from('192.0.2.1'))).headers['ratelimit'],
    ).toBeUndefined();
  });

  it('counts keys that are made up by address as well, and looks for none once there were too many', async () => {
    const madeUp = async (path = TITLE) =>
      send(locked, 'GET', path, {
        ...bearer(`mq_${randomBytes(32).toString('base64url')}`),
        'x-forwarded-for': '192.0.2.3',
      });
    expect((await madeUp()).headers['ratelimit']).toContain('r=599;');
    expect(await madeUp('/metrics')).toMatchObject({
      status: 401,
      headers: { ratelimit: expect.stringContaining('r=598;') as string },
    });
    for (let left = 598; left > 0; left -= 46)
      await Promise.all(
        Array.from({ length: 46 }, async () =>
          send(locked, 'GET', '/docs', { 'x-forwarded-for': '192.0.2.3' }),
        ),
      );
    const client = await locked.database.pool.connect();
    await client.query('begin; lock table access.key in access exclusive mode');
    const refused = await madeUp();
    await client.query('rollback');
    client.release();
    expect(refused.status).toBe(429);
  });

  it('lets pages of the websites it is told of ask, and of no others', async () => {
    const preflight = (origin: string) =>
      send(locked, 'OPTIONS', TITLE, {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      });
    const good = await preflight('https://films.example.org');
    expect(good).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': 'https://films.example.org' },
    });
    expect(
      (await preflight('https://evil.example')).headers['access-control-allow-origin'],
    ).toBeUndefined();
    const { headers } = await send(locked, 'GET', TITLE, {
      ...bearer(ADMIN),
      origin: 'https://films.example.org',
    });
    expect(headers['access-control-allow-origin']).toBe('https://films.example.org');
    expect(headers['vary']).toMatch(/Origin/iu);
    // of lists too, which say themselves what they follow from
    expect(
      (
        await send(locked, 'GET', '/titles?limit=1', {
          ...bearer(ADMIN),
          origin: 'https://films.example.org',
        })
      ).headers['vary'],
    ).toMatch(/Origin.*Accept/iu);
    // a refusal can be read as well
    expect(
      (await send(locked, 'GET', TITLE, { origin: 'https://films.example.org' })).headers[
        'access-control-allow-origin'
      ],
    ).toBe('https://films.example.org');
    expect(
      (await send(open, 'GET', TITLE, { origin: 'https://films.example.org' })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined();
  });

  it('writes down who asked for what that could change anything', async () => {
    const { id, name, secret } = await makeKey({ role: 'operator' });
    await send(
      locked,
      'POST',
      '/run-loader',
      { ...bearer(secret), 'x-forwarded-for': '192.0.2.9' },
      '{"ignoreGates":["row-loss"]}',
    );
    await send(locked, 'POST', '/run-loader');
    const { text } = await send(locked, 'GET', '/audit?limit=2', bearer(ADMIN));
    const { items, next } = AuditPage.parse(JSON.parse(text));
    expect(items).toEqual([
      expect.objectContaining({
        keyId: id,
        keyName: name,
        address: '192.0.2.9',
        method: 'POST',
        path: '/run-loader',
        asked: { ignoreGates: ['row-loss'] },
        status: 409,
        madeId: null,
      }),
      expect.objectContaining({
        keyId: null,
        keyName: 'API_ADMIN_KEY',
        method: 'POST',
        path: '/keys',
        asked: { name, role: 'operator' },
        status: 201,
        madeId: id,
      }),
    ]);
    const older = AuditPage.parse(
      JSON.parse(
        (
          await send(
            locked,
            'GET',
            `/audit?limit=200&after=${next ?? ''}&total=exact`,
            bearer(ADMIN),
          )
        ).text,
      ),
    );
    expect(older.items.every((entry) => String(entry.id) < String(items.at(-1)?.id))).toBe(true);
    expect(older.total).toBe(older.items.length + 2);
    const csv = await send(
      locked,
      'GET',
      '/audit?limit=2&format=csv&fields=at,path,asked,status',
      bearer(ADMIN),
    );
    expect(csv.text).toBe(
      `at,path,asked,status\n${items.map(({ at, path, asked, status }) => `${at ?? ''},${path ?? ''},"${JSON.stringify(asked).replaceAll('"', '""')}",${status ?? ''}\n`).join('')}`,
    );
  });
});

describe('the audit log', () => {
  it('holds no secret, wherever somebody has put one', async () => {
    await send(
      locked,
      'POST',
      `/webhooks?token=${ADMIN}`,
      bearer(ADMIN),
      '{"url":"https://user:hunter3@films.example.org/hook?key=1"}',
    );
    await send(locked, 'DELETE', `/keys/${ADMIN}`, bearer(ADMIN));
    await makeKey({ name: `of ${ADMIN}`, role: 'reader' });
    const { rows } = await locked.database.pool.query<{
      path: string;
      asked: unknown;
      row: string;
    }>('select path, asked, a::text as row from access.audit a order by id desc limit 3');
    expect(rows.map(({ path, asked }) => ({ path, asked }))).toEqual([
      { path: '/keys', asked: { name: 'of mq_…', role: 'reader' } },
      { path: '/keys/mq_…', asked: null },
      { path: '/webhooks', asked: { url: 'https://…@films.example.org/hook?key=1' } },
    ]);
    expect(rows.map(({ row }) => row).join()).not.toMatch(
      new RegExp(`hunter3|${ADMIN.slice(3)}`, 'u'),
    );
  });
});

describe("OMDb's clients", () => {
  it('bring their key in the query, and are told in their own shape what is wrong with it', async () => {
    const { secret } = await makeKey({ role: 'reader' });
    expect((await send(locked, 'GET', `/omdb/?i=tt0000001&apikey=${secret}`)).status).toBe(200);
    for (const [query, error] of [
      ['', 'No API key provided.'],
      ['&apikey=', 'No API key provided.'],
      ['&apikey=trilogy', 'Invalid API key!'],
      [`&apiKey=mq_${'x'.repeat(43)}`, 'Invalid API key!'],
    ]) {
      const { status, text } = await send(locked, 'GET', `/omdb/?i=tt0000001${query ?? ''}`);
      expect({ status, body: JSON.parse(text) as unknown }).toEqual({
        status: 401,
        body: { Response: 'False', Error: error },
      });
    }
    expect((await send(open, 'GET', '/omdb/?i=tt0000001&apikey=trilogy')).status).toBe(200);
    const limited = await makeKey({ role: 'reader', requestsPerMinute: 1 });
    const [first, second] = [
      await send(locked, 'GET', `/omdb/?i=tt0000001&apikey=${limited.secret}`),
      await send(locked, 'GET', `/omdb/?i=tt0000001&apikey=${limited.secret}`),
    ];
    expect([first.status, second.status, JSON.parse(second.text)]).toEqual([
      200,
      429,
      { Response: 'False', Error: 'Request limit reached!' },
    ]);
  });
});

describe('make-key', () => {
  const makeKeyBy = (database: string, ...args: string[]) =>
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../apps/api/dist/make-key.js'), ...args],
      { env: { DATABASE_URL: database }, encoding: 'utf8' },
    );

  it('makes the first key without the API, and writes that down', async () => {
    const { status, stdout, stderr } = makeKeyBy(
      locked.database.url,
      '--role',
      'admin',
      '--name',
      'me',
      '--requests-per-minute',
      '100',
    );
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('role admin for me') as string,
    });
    const answer = await send(locked, 'GET', '/keys', bearer(stdout.trim()));
    expect(KeyList.parse(JSON.parse(answer.text)).items[0]).toMatchObject({
      name: 'me',
      role: 'admin',
      requestsPerMinute: 100,
    });
    const { text } = await send(locked, 'GET', '/audit?limit=1', bearer(stdout.trim()));
    expect(AuditPage.parse(JSON.parse(text)).items).toMatchObject([
      { keyName: 'make-key', path: '/keys', asked: { name: 'me', role: 'admin' } },
    ]);
  });

  it.each([
    [['--role', 'god', '--name', 'x'], 'ROLE: expected reader, operator, admin'],
    [['--role', 'admin'], 'NAME: '],
    [['--rule', 'admin'], "Unknown option '--rule'"],
  ])('refuses %j', (args, said) => {
    expect(makeKeyBy(locked.database.url, ...args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining(said) as string,
    });
  });
});

describe('limits in Redis', { skip: lacks('redis') }, () => {
  it('count for all processes together', async () => {
    const redis = await startRedis();
    const systems = await Promise.all(
      [1, 2].map(async () =>
        startSystem({
          workers: false,
          queueUrl: redis.url,
          api: { ADDRESS_REQUESTS_PER_MINUTE: '3' },
        }),
      ),
    );
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++)
      for (const system of systems) statuses.push((await send(system, 'GET', '/published')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    await Promise.all(systems.map(async (system) => system.stop()));
    await redis.stop();
  });
});
