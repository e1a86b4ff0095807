import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { text } from 'node:stream/consumers';
import { runInNewContext } from 'node:vm';
import { Problem } from '@marquee/contract';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, send, sendRaw } from './raw-request.ts';
import { startSystem, useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const TITLE = '/titles/tt0000001';

/** Disables polling: within a test, the API learns of publishes by notifications only. */
const timings = { watchPollMs: 3_600_000, watchSilentMs: 3_600_000 };

const open = useSharedSystem(() => ({ workers: false, schedule: '0 0 1 1 *', timings }));
const hasty = useSharedSystem(() => ({
  workers: false,
  grpc: true,
  timings: { headMs: 200 },
}));
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
    expect(first.headers['vary']).toBe('Accept, Accept-Encoding, Authorization, X-API-Key, Cookie');
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
    const versionOf = async () => (await send(open, 'GET', `${TITLE}/akas`)).headers['etag'];
    const before = await versionOf();
    expect(before).toBeDefined();
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
    // the server is told of it in another moment than its client
    await expect.poll(versionOf, { interval: 5 }).not.toBe(before);
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

describe('the document of a page of the site', () => {
  const tricky = `Tom & "Jerry" <script>alert('x')</script></title> $& </script><!--`;
  beforeAll(async () => {
    for (const system of [open, locked])
      await system.query(
        `with title as (insert into imdb.title_basics values
            ('tt0000002', 'tvSeries', 'The Harbour', 'The Harbour', false, 2008, 2013, 45, '{Drama}'),
            ('tt0000003', 'tvEpisode', $1::text, $1::text, false, 2009, null, 58, '{Drama}')
          ), rating as (insert into imdb.title_ratings values ('tt0000003', 8.7, 12345)),
          episode as (insert into imdb.title_episode values ('tt0000003', 'tt0000002', 1, 3)),
          crew as (insert into imdb.title_crew values ('tt0000003', '{nm0000001}', null)),
          credit as (insert into imdb.title_principals (tconst, ordering, nconst, category, characters)
            values ('tt0000003', 1, 'nm0000001', 'actress', '{Ingrid}'))
        insert into imdb.name_basics values ('nm0000001', 'Ada Winter', 1931, 1999, '{actress,director}', '{tt0000003}')`,
        [tricky],
      );
  });
  const signs: Readonly<Record<string, string>> = { 38: '&', 60: '<', 62: '>', 34: '"', 39: "'" };
  const unescaped = (text = '') =>
    text.replaceAll(/&#(\d+);/gu, (_, code: string) => signs[code] ?? '?');

  /** What a program that previews links, and the site, read from a document. */
  function parse(text: string) {
    const meta = (name: string) =>
      unescaped(
        new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)"`, 'u').exec(text)?.[1],
      );
    const [, title] = /<title>([^<]*)<\/title>/u.exec(text) ?? [];
    const [, root = ''] = /<div id="root">(.*?)<\/div>/su.exec(text) ?? [];
    const [, preload] =
      /<script type="application\/json" id="preload">(.*?)<\/script>/su.exec(text) ?? [];
    return {
      title: unescaped(title),
      description: meta('description'),
      og: ['title', 'description', 'type'].map((name) => meta(`og:${name}`)),
      root,
      preload: JSON.parse(preload ?? 'null') as Record<string, unknown> | null,
    };
  }
  const page = async (path: string, headers: Record<string, string> = {}, system = open) => {
    const answer = await send(system, 'GET', path, { accept: 'text/html', ...headers });
    return { ...answer, ...parse(answer.text) };
  };

  it('has title, description, first paint and the response of the API, all of it escaped', async () => {
    const path = '/titles/tt0000003?include=ratings,crew,series,principals';
    const { status, headers, title, description, og, root, preload, text } =
      await page('/title/tt0000003');
    expect({ status, title }).toEqual({ status: 200, title: `${tricky} (2009) · marquee` });
    expect(description).toBe(
      'The Harbour · Season 1, episode 3 · TV episode · 2009 · 58 min · Drama · ★ 8.7 of 12,345 votes. Directed by Ada Winter. With Ada Winter.',
    );
    expect(og).toEqual([`${tricky} (2009)`, description, 'video.episode']);
    expect(unescaped(/<h1>(.*?)<\/h1>/su.exec(root)?.[1])).toBe(tricky);
    expect(root).toContain('<a href="/name/nm0000001">Ada Winter</a>');
    expect(preload?.[path]).toEqual(JSON.parse((await send(open, 'GET', path)).text));
    expect(preload?.['/session']).toMatchObject({ role: null, reading: 'open' });
    // texts are escaped: a title with markup adds no element to the document
    const elements = (html: string) => html.match(/<(?:script|title|!--)/gu)?.length;
    expect(elements(text)).toBe(elements((await page('/title/tt0000001')).text));
    expect(String(headers['content-security-policy'])).toMatch(/^default-src 'self';style-src/u);
    const again = await page('/title/tt0000003', { 'if-none-match': String(headers['etag']) });
    expect(again).toMatchObject({ status: 304, headers: { 'cache-control': 'private, no-cache' } });
  });

  it('tells of people, of what is searched for, and of the other pages', async () => {
    expect(await page('/name/nm0000001')).toMatchObject({
      title: 'Ada Winter · marquee',
      description: `1931–1999 · Actress, Director. Known for ${tricky} (2009).`,
      og: ['Ada Winter', expect.any(String) as string, 'profile'],
    });
    const find = '/find?q=%3Cb%3Ewinter&genre=Drama&titleType=tvSeries&startYearFrom=1990';
    expect((await page(find)).title).toBe('“<b>winter” · Drama · TV series · 1990– · marquee');
    expect((await page('/find?q=a&q=b')).title).toBe('All titles · marquee');
    for (const [path, title] of [
      ['/', 'marquee'],
      ['/genre/Sci-Fi', 'Sci-Fi · marquee'],
      ['/decade/1990', '1990s · marquee'],
      ['/new', 'New titles · marquee'],
      ['/explore', 'Explore · marquee'],
      ['/movie', 'Movies · marquee'],
      ['/data/sources', 'Sources · marquee'],
      ['/data/matches', 'Matches · marquee'],
      ['/data/rules', 'Rules · marquee'],
      ['/sign-in', 'Sign in · marquee'],
    ] as const) {
      const { status, title: found, preload } = await page(path);
      expect({ path, status, found }).toEqual({ path, status: 200, found: title });
      expect(preload).toHaveProperty(['/published']);
      expect(preload).toHaveProperty(['/sources']);
    }
  });

  it('is 404 for what is not there, and redirects to the address as the site writes it', async () => {
    for (const path of ['/title/tt9999999', '/name/nm9999999', '/title/harbour', '/nowhere'])
      expect(await page(path), path).toMatchObject({ status: 404, title: 'marquee' });
    for (const [from, to] of [
      ['/Find?q=a%20b', '/find?q=a%20b'],
      ['/title/TT0000001', '/title/tt0000001'],
      ['/Title/tt0000001?season=2', '/title/tt0000001?season=2'],
      ['/title/nm0000001', '/name/nm0000001'],
      ['/NAME/TT0000001/', '/title/tt0000001'],
      ['/movie/tt0000001', '/title/tt0000001'],
      ['/title/MQ17', '/movie/mq17'],
      ['/Genre/Sci-Fi', '/genre/Sci-Fi'],
    ] as const)
      expect(await page(from), from).toMatchObject({ status: 301, headers: { location: to } });
    expect((await send(open, 'GET', '/Find')).status).toBe(404);
    expect((await page('//evil.example/Find')).status).toBe(404);
    for (const file of ['/robots.txt', '/favicon.ico'])
      expect((await send(open, 'GET', file)).status, file).toBeLessThan(400);
  });

  it('has no data of a keyed server for who is signed out', async () => {
    const path = '/titles/tt0000003?include=ratings,crew,series,principals';
    const signedOut = await page('/title/tt0000003', {}, locked);
    expect(signedOut).toMatchObject({ status: 200, title: 'marquee' });
    expect(Object.keys(signedOut.preload ?? {})).toEqual(['/session']);
    expect(signedOut.text).not.toContain('Harbour');
    const signIn = await send(locked, 'POST', '/session', {}, JSON.stringify({ key: ADMIN }));
    const [setCookie = ''] = signIn.headers['set-cookie'] as string[];
    const [cookie = ''] = setCookie.split(';');
    const signedIn = await page('/title/tt0000003', { cookie }, locked);
    expect(signedIn.preload).toHaveProperty([path]);
    expect(signedIn.preload?.['/session']).toMatchObject({ role: 'admin' });
    expect(String(signedIn.headers['vary'])).toContain('Cookie');
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
    expect(Object.keys(document.components.securitySchemes)).toEqual([
      'bearer',
      'header',
      'session',
    ]);
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, { responses, security }] of Object.entries(item)) {
        expect(Object.keys(responses), `${method} ${path}`).toEqual(
          expect.arrayContaining(['503', 'default']),
        );
        // paths without an access policy are for admins only
        if (path.startsWith('/health') || ['/session', '/sign-out'].includes(path))
          expect(security).toBeUndefined();
        else
          expect(Object.keys(responses), `${method} ${path}`).toEqual(
            expect.arrayContaining(['401', '403']),
          );
      }
    }
    const keyed = [{ bearer: [] }, { header: [] }, { session: [] }];
    expect(document.paths['/keys']?.['post']?.security).toEqual(keyed);
    // an open server needs no key for it
    expect(document.paths['/titles']?.['get']?.security).toBeUndefined();
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

describe('a draining server', () => {
  it('is not ready, and answers on all connections until each knows that it closes', async () => {
    const system = await startSystem({ workers: false, grpc: true, api: { DRAIN_SECONDS: '1' } });
    const calls = connectHttp2(system.grpcUrl);
    const left = once(calls, 'goaway');
    const ended = once(calls, 'close');
    const stream = text(
      await ask(`${system.apiUrl}/events`, new Agent(), { accept: 'text/event-stream' }),
    );
    const answers: number[] = [];
    // each as a client of keep-alive: it asks on its connection until an answer closes that
    const clients = Array.from({ length: 50 }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (;;) {
        const answer = await ask(`${system.apiUrl}/published`, agent);
        await text(answer);
        answers.push(answer.statusCode ?? 0);
        if (answer.headers.connection === 'close') return;
      }
    });
    await expect.poll(() => answers.length).toBeGreaterThan(200);
    const stopped = system.stopApi();
    expect(await system.ask('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { code: 'not-ready', detail: 'The server is shutting down.' },
    });
    // a connection that is new still gets its answer
    expect(await send(system, 'GET', '/health/live')).toMatchObject({
      status: 200,
      headers: { connection: 'close' },
    });
    await Promise.all(clients);
    expect(new Set(answers)).toEqual(new Set([200]));
    const [code] = (await left) as [number];
    expect(code).toBe(0);
    await ended;
    expect(await stream).toMatch(/^retry:/u);
    await stopped;
    await expect(send(system, 'GET', '/health/live')).rejects.toThrow('ECONNREFUSED');
    await system.stop();
  });
});

async function ask(url: string, agent: Agent, headers = {}): Promise<IncomingMessage> {
  const sent = request(url, { agent, headers }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

describe('what is no ordinary request', () => {
  it('answers CONNECT, as it is no proxy', async () => {
    const answer = await sendRaw(open, 'CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 405 [^]*\r\nAllow: /u);
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(Problem.parse(JSON.parse(body))).toMatchObject({ status: 405, code: 'wrong-method' });
  });

  it.each(['/assets/../keys', '/assets/%2e%2e/keys', '/docs/%2e%2e/keys', '/assets/none.js'])(
    'tells that %s is not there, as of other paths',
    async (path) => {
      const answer = await sendRaw(
        open,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 [^]*"code":"no-such-route"/u);
    },
  );

  it('closes connections whose head is late, also without a byte', async () => {
    for (const bytes of ['', 'GET /titles HTTP/1.1\r\nHost: loc'])
      expect(await sendRaw(hasty, bytes)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request-timeout"/u);
    const client = connectHttp2(hasty.grpcUrl);
    await once(client, 'remoteSettings');
    // the greeting of the server, and the end
    for (const bytes of ['', 'PRI * HTTP/2.0\r\n'])
      expect((await sendRaw({ apiUrl: hasty.grpcUrl }, bytes)).length).toBeLessThan(100);
    // one that speaks HTTP/2 may be silent
    expect(client.closed || client.destroyed).toBe(false);
    client.close();
  });

  it('shows its own document at /docs, whatever the query says', async () => {
    const { text } = await send(open, 'GET', '/docs/swagger-ui-init.js');
    let shown: unknown;
    const bundle = Object.assign(
      (config: { url: unknown }) => {
        shown = config.url;
        return { initOAuth: () => undefined };
      },
      { presets: {}, plugins: {} },
    );
    const window: Record<string, unknown> = {
      location: { search: '?url=https://evil.example/api.json', origin: 'http://localhost' },
    };
    runInNewContext(text, { window, SwaggerUIBundle: bundle, SwaggerUIStandalonePreset: {} });
    (window['onload'] as () => void)();
    expect(shown).toBe('/openapi.json');
  });
});
