import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DIRECT_CONNECTIONS } from '@marquee/network/connections';
import { beforeEach, expect, it } from 'vitest';
import { TestExtractor } from '../testing/test-extractor.ts';
import { pollSchedules } from './poll-schedules.ts';
import { WebClient } from './web-client.ts';

const extractor = TestExtractor.use();

/** A server whose answers a test sets, with what was requested. */
let origin = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: IncomingMessage[] = [];
beforeEach(async () => {
  requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () => {
    server.closeAllConnections();
    server.close();
  };
});

const FILE = {
  name: 'films',
  pattern: 'films*',
  format: 'ndjson',
  id: 'nr',
  fields: { title: 'title' },
};
const definition = (schedule: object, file: object = FILE) => ({
  schema: 1,
  id: 'my-films',
  name: 'My films',
  licence: { name: 'Mine', republish: true },
  schedule,
  files: [file],
});

let now = Date.UTC(2026, 0, 1);
let errors: string[] = [];
/** Polls, so many minutes later. */
async function poll(minutes: number): Promise<void> {
  now += minutes * 60_000;
  errors = [];
  const web = new WebClient(DIRECT_CONNECTIONS, [
    {
      id: 'films-api',
      delivers: 'my-films',
      web: { origin, headers: { authorization: 'Bearer a-token' } },
      quota: { fileBytes: 1, filesPerDay: 1, bytesPerDay: 1 },
    },
  ]);
  await pollSchedules(
    {
      pool: extractor.database.pool,
      store: extractor.stores.deliveries,
      wake: async () => Promise.resolve(),
      signal: new AbortController().signal,
    },
    web,
    { now: () => now },
    (_, error) => errors.push(String(error)),
  );
}

/** Marks a definition as one that a file of this machine has. */
async function define(json: unknown, from: 'folder' | 'api' = 'folder'): Promise<void> {
  await extractor.define(json);
  await extractor.database.pool.query('update sources.source set origin = $1::text', [from]);
}

async function titles(): Promise<Record<string, unknown>> {
  await extractor.extract('my-films');
  const records = Object.entries(await extractor.records('my-films'));
  return Object.fromEntries(records.map(([id, { record }]) => [id, record.title]));
}

it('fetches a file when it is due and has changed, with the headers of its provider', async () => {
  await define(
    definition(
      { url: `${origin}/films.csv?day=today`, everyMinutes: 30 },
      { ...FILE, pattern: 'films*.csv', format: 'csv' },
    ),
  );
  let version = 1;
  answer = (request, response) => {
    const etag = `"v${version}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(`nr,title\n1,Version ${version}\n`);
  };
  await poll(0);
  expect(await titles()).toEqual({ '1': 'Version 1' });
  await poll(29);
  expect(requests).toHaveLength(1);
  await poll(1);
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"v1"']);
  expect(await extractor.deliveries()).toHaveLength(1);
  version = 2;
  await poll(30);
  expect(await titles()).toEqual({ '1': 'Version 2' });
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(
    Array.from({ length: 3 }, () => 'Bearer a-token'),
  );
  const { rows } = await extractor.database.pool.query(
    'select name, received_by from sources.delivery order by id',
  );
  expect(rows[0]).toEqual({ name: 'films.csv', received_by: `schedule: ${origin}/films.csv` });
});

it('takes a failed request as no news, and tries again, each time later', async () => {
  await define(definition({ url: `${origin}/films.ndjson`, everyMinutes: 60 }));
  answer = (_, response) => response.writeHead(500).end();
  await poll(0);
  expect(errors).toEqual([expect.stringContaining('status 500, expected 200')]);
  await poll(1);
  await poll(1);
  expect(requests).toHaveLength(2);
  answer = (_, response) => response.writeHead(200).end('{"nr":1,"title":"The Comet"}\n');
  await poll(1);
  expect(await titles()).toEqual({ '1': 'The Comet' });
  const { rows } = await extractor.database.pool.query('select failures, error from sources.poll');
  expect(rows).toEqual([{ failures: 0, error: null }]);
});

it('fetches for the other sources if a definition cannot be read', async () => {
  await define(definition({ url: `${origin}/films.ndjson` }));
  // as a version before this one may have left it
  await extractor.database.pool.query(
    `insert into sources.source (id, definition, definition_hash, origin, priority)
     values ('an-older-one', '{"schedule": {}}', sha256(''), 'api', 2)`,
  );
  answer = (_, response) => response.writeHead(200).end('{"nr":1,"title":"The Comet"}\n');
  await poll(0);
  expect(errors).toEqual([expect.stringContaining('DefinitionError')]);
  expect(await titles()).toEqual({ '1': 'The Comet' });
});

it('applies the changes of an API since a cursor to the file before, page by page', async () => {
  const changes = {
    first: '0',
    items: 'data.items',
    id: 'nr',
    removed: 'gone',
    cursor: 'data.next',
  };
  await define(definition({ url: `${origin}/changes?since={cursor}`, everyMinutes: 10, changes }));
  const log: { nr: number; title?: string; gone?: boolean }[] = [
    { nr: 1, title: 'The Comet' },
    { nr: 2, title: 'Low Tide' },
    { nr: 3, title: 'Dusk' },
  ];
  answer = ({ url = '' }, response) => {
    const since = Number(new URL(url, origin).searchParams.get('since'));
    const items = log.slice(since, since + 2);
    response.end(JSON.stringify({ data: { items, next: since + items.length } }));
  };
  await poll(0);
  expect(await titles()).toEqual({ '1': 'The Comet', '2': 'Low Tide', '3': 'Dusk' });
  expect(requests.map(({ url }) => url)).toEqual([
    '/changes?since=0',
    '/changes?since=2',
    '/changes?since=3',
  ]);
  await poll(10);
  expect(await extractor.deliveries()).toHaveLength(1);
  log.push({ nr: 2, title: 'High Tide' }, { nr: 3, gone: true }, { nr: 4, title: 'Dawn' });
  await poll(10);
  expect(await titles()).toEqual({ '1': 'The Comet', '2': 'High Tide', '4': 'Dawn' });
  const { rows } = await extractor.database.pool.query<{ cursor: string; base: string }>(
    `select cursor, encode(base, 'hex') as base from sources.poll`,
  );
  expect(rows[0]?.cursor).toBe('6');
  expect(await text(await extractor.stores.deliveries.open(rows[0]?.base ?? ''))).toBe(
    '{"nr":1,"title":"The Comet"}\n{"nr":2,"title":"High Tide"}\n{"nr":4,"title":"Dawn"}\n',
  );
  // without the file before, it asks for everything again
  await extractor.stores.deliveries.remove(rows[0]?.base ?? '');
  requests = [];
  await poll(10);
  expect(requests[0]?.url).toBe('/changes?since=0');
});

it('takes the changes of an API in parts that fit into memory', { tags: ['long'] }, async () => {
  const changes = { items: 'items', id: 'nr', cursor: 'next' };
  await define(definition({ url: `${origin}/?c={cursor}`, changes, everyMinutes: 10 }));
  const title = 'x'.repeat(16 * 2 ** 20);
  const pages = 6;
  answer = ({ url = '' }, response) => {
    const nr = Number(new URL(url, origin).searchParams.get('c'));
    const items = nr < pages ? [{ nr: nr % 2, title: `${title}${nr}` }] : [];
    response.end(JSON.stringify({ items, next: Math.min(nr + 1, pages) }));
  };
  await poll(0);
  expect(errors).toEqual([]);
  expect(requests).toHaveLength(4);
  await poll(10);
  expect(requests).toHaveLength(pages + 1);
  const { rows } = await extractor.database.pool.query('select cursor from sources.poll');
  expect(rows).toEqual([{ cursor: String(pages) }]);
});

it('keeps the cursor where it is if an answer is not as the definition says', async () => {
  const changes = { items: 'items', id: 'nr', cursor: 'next' };
  await define(definition({ url: `${origin}/?c={cursor}`, changes }));
  answer = (_, response) => response.end('{"items":[{"title":"no id"}],"next":"9"}');
  await poll(0);
  expect(errors).toEqual([expect.stringContaining('An item has no id at nr')]);
  const { rows } = await extractor.database.pool.query('select cursor, failures from sources.poll');
  expect(rows).toEqual([{ cursor: null, failures: 1 }]);
});

it('follows redirects, but none in a circle', async () => {
  await define(definition({ url: `${origin}/films.ndjson`, everyMinutes: 1 }));
  answer = ({ url }, response) =>
    url === '/films.ndjson'
      ? response.writeHead(302, { location: '/today.ndjson' }).end()
      : response.end('{"nr":1,"title":"The Comet"}\n');
  await poll(0);
  expect(await titles()).toEqual({ '1': 'The Comet' });
  answer = (_, response) => response.writeHead(302, { location: '/films.ndjson' }).end();
  requests = [];
  await poll(1);
  expect(errors).toEqual([expect.stringContaining('is redirected in a circle')]);
  expect(requests).toHaveLength(1);
});

it('gives the headers of its provider to no other server', async () => {
  await define(definition({ url: `${origin}/films.ndjson`, everyMinutes: 1 }));
  const other = origin.replace('127.0.0.1', 'localhost');
  answer = ({ url }, response) =>
    url === '/films.ndjson'
      ? response.writeHead(302, { location: `${other}/elsewhere` }).end()
      : response.end('{"nr":1,"title":"The Comet"}\n');
  await poll(0);
  expect(errors).toEqual([]);
  expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/films.ndjson', 'Bearer a-token'],
    ['/elsewhere', undefined],
  ]);
});

it.each([
  ['file:///etc/passwd', 'is not an http or https URL'],
  ['http://169.254.169.254/latest/meta-data/', '169.254.169.254 is no public address'],
  ['http://0xa9fea9fe/', '169.254.169.254 is no public address'],
  ['http://[::ffff:169.254.169.254]/', 'is no public address'],
  ['http://[fe80::1]/', 'is no public address'],
  ['http://[fd00:ec2::254]/', 'is no public address'],
])('does not follow a redirect to %s', async (location, why) => {
  await define(definition({ url: `${origin}/films.ndjson`, everyMinutes: 1 }));
  answer = (_, response) => response.writeHead(302, { location }).end();
  await poll(0);
  expect(errors).toEqual([expect.stringContaining(why)]);
  expect(requests).toHaveLength(1);
});

it('follows only a few redirects', async () => {
  await define(definition({ url: `${origin}/films.ndjson`, everyMinutes: 1 }));
  answer = (_, response) =>
    response.writeHead(302, { location: `/films.ndjson?${requests.length}` }).end();
  await poll(0);
  expect(errors).toEqual([expect.stringContaining('is redirected more than 5 times')]);
  expect(requests).toHaveLength(6);
});

it('requests no private address for a definition that came over the API', async () => {
  await define(definition({ url: `${origin}/films.ndjson` }), 'api');
  await poll(0);
  expect(errors).toEqual([expect.stringContaining('127.0.0.1 is no public address')]);
  expect(requests).toEqual([]);
});
