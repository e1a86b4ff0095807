import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { AuditPage, ListedMovie, Movie as MovieOfApi, NewKey } from '@marquee/contract';
import {
  DataProviderService,
  DeliveryState,
  Health,
  MovieQueryService,
  MovieSchema,
  MovieSort,
  ServingStatus,
  SortOrder,
  TotalCount,
  type DeliverRequestSchema,
  type MovieFilterSchema,
} from '@marquee/proto';
import { beforeAll, describe, expect, it } from 'vitest';
import { asMessage, errorOf, json, PROTOCOLS, withKey, type Addresses } from './grpc-clients.ts';
import { bearer, send } from './raw-request.ts';
import { useReferenceSystem } from './reference-system.ts';
import { useSharedSystem, type System } from './system.ts';

const root = join(import.meta.dirname, '../..');
const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;

const files = useReferenceSystem(1, {
  grpc: true,
  sources: true,
  timings: { readyKeepMs: 50 },
});
const { system } = files;
const keyed = useSharedSystem(() => ({
  grpc: true,
  workers: false,
  timings: { bodyMs: 300 },
  api: { API_PUBLISHED_ON: '0.0.0.0', API_ADMIN_KEY: ADMIN, SOURCE_UPLOAD_MAX_MB: '1' },
}));

const protocols = Object.entries(PROTOCOLS);

const movies = (key?: string, of: Addresses = system) =>
  createClient(MovieQueryService, PROTOCOLS.gRPC(of, key === undefined ? [] : [withKey(key)]));
const provider = (key?: string, of: Addresses = system) =>
  createClient(DataProviderService, PROTOCOLS.gRPC(of, key === undefined ? [] : [withKey(key)]));
const health = (of: Addresses = system) => createClient(Health, PROTOCOLS.gRPC(of));

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(messages);
}

type Filter = MessageInitShape<typeof MovieFilterSchema>;

const streamed = async (client: ReturnType<typeof movies>, filter: Filter = {}) =>
  (await all(client.streamMovies({ filter }))).map(({ movie }) => movie?.id ?? '');

/** All ids of a list, page by page. */
async function paged(client: ReturnType<typeof movies>, filter: Filter): Promise<string[]> {
  const ids: string[] = [];
  let pageToken = '';
  do {
    const page = await client.listMovies({ filter, pageSize: 200, pageToken });
    ids.push(...page.movies.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return ids;
}

async function listedByApi(query: Readonly<Record<string, string>>): Promise<string[]> {
  const text = new URLSearchParams({ ...query, fields: 'id', format: 'ndjson' }).toString();
  const { text: lines } = await send(system, 'GET', `/movies?${text}`);
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id);
}

/** The first page of 200. */
async function firstByApi(query: Readonly<Record<string, string>>): Promise<string[]> {
  const text = new URLSearchParams({ ...query, limit: '200', fields: 'id' }).toString();
  const { items } = (await system.get(`/movies?${text}`)) as { items: { id: string }[] };
  return items.map(({ id }) => id);
}

describe.each(protocols)('by %s', (_, transportTo) => {
  const client = () => createClient(MovieQueryService, transportTo(system));

  it('movies are those of the HTTP API, in each field', async () => {
    const { items } = (await system.get('/movies?limit=50&sort=year')) as { items: ListedMovie[] };
    const page = await client().listMovies({ pageSize: 50, sort: MovieSort.YEAR });
    expect(page.movies.map(json)).toEqual(items.map(asMessage));
    const id = items[0]?.id ?? '';
    const whole = MovieOfApi.parse(await system.get(`/movies/${id}`));
    expect(json((await client().getMovie({ id })).movie)).toEqual(asMessage(whole));
    expect(whole.people.length).toBeGreaterThan(0);
  });

  it('a stream has all movies, in the order of the pages', async () => {
    const titles = files.expectedTitles({ titleType: 'movie' });
    expect(titles.length).toBeGreaterThan(100);
    const ids = await streamed(client(), { type: ['movie'] });
    expect(ids.toSorted()).toEqual(titles.toSorted());
    expect(await paged(client(), { type: ['movie'] })).toEqual(ids);
  });

  it('a fault is explained as by the HTTP API', async () => {
    const { code, problem, error } = await errorOf(
      client().listMovies({ filter: { yearFrom: 2000, yearTo: 1999 } }),
    );
    const { body } = await system.ask('GET', '/movies?yearFrom=2000&yearTo=1999');
    expect(code).toBe(Code.InvalidArgument);
    expect(problem).toMatchObject({
      ...(body as object),
      requestId: expect.stringMatching(/^[\da-f-]{36}$/u) as string,
      faults: [{ where: 'yearTo' }],
    });
    expect(error.rawMessage).toContain('yearTo: expected 2000 or more');
    const streaming = await errorOf(streamed(client(), { genreAny: ['x'.repeat(600)] }));
    expect(streaming.problem).toMatchObject({ status: 400, code: 'bad-input' });
  });
});

describe('movies', () => {
  /** A title with a well-known person, a genre, a year and a word that others have too. */
  let told: { year: number; word: string; person: string; name: string; genre: string };

  beforeAll(() => {
    const { titles, names, people } = files.reference;
    const title = titles.find(
      ({ genres, startYear, primaryTitle, people: cast, titleType }) =>
        titleType === 'movie' &&
        genres.length > 0 &&
        startYear !== null &&
        primaryTitle !== null &&
        cast.some(({ nconst }) => (people.get(nconst) ?? 0) > 3),
    );
    const person = title?.people.find(({ nconst }) => (people.get(nconst) ?? 0) > 3)?.nconst;
    if (title?.startYear == null || person === undefined)
      throw new Error('the sample is too small');
    told = {
      year: title.startYear,
      word: /\p{L}{4,}/u.exec(title.primaryTitle ?? '')?.[0] ?? '',
      person,
      name: names.find(({ nconst }) => nconst === person)?.primaryName ?? '',
      genre: title.genres[0] ?? '',
    };
  });

  it('are found by year, title, cast member and genre, in all combinations', async () => {
    const parts: readonly (() => readonly [Filter, Record<string, string>])[] = [
      () => [
        { yearFrom: told.year, yearTo: told.year },
        { yearFrom: String(told.year), yearTo: String(told.year) },
      ],
      () => [{ q: told.word }, { q: told.word }],
      () => [{ person: told.person }, { person: told.person }],
      () => [{ genre: [told.genre] }, { genre: told.genre }],
    ];
    for (let chosen = 1; chosen < 2 ** parts.length; chosen++) {
      const some = parts.filter((_, i) => (chosen & (2 ** i)) !== 0).map((part) => part());
      const filter: Filter = Object.assign({}, ...some.map(([one]) => one)) as Filter;
      const query = Object.assign({}, ...some.map(([, one]) => one)) as Record<string, string>;
      const expected = await firstByApi(query);
      expect(expected.length, JSON.stringify(query)).toBeGreaterThan(0);
      const page = await movies().listMovies({ filter, pageSize: 200 });
      expect(page.movies.map(({ id }) => id)).toEqual(expected);
      if (some.length === parts.length) expect(await streamed(movies(), filter)).toEqual(expected);
    }
  });

  it.each<[Filter, Record<string, string>]>([
    [{ type: ['short', 'video'] }, { type: 'short,video' }],
    [{ genre: ['Drama', 'Crime'] }, { genre: 'Drama,Crime' }],
    [{ genreAny: ['Horror', 'Sci-Fi'] }, { genreAny: 'Horror,Sci-Fi' }],
    [{ genreNone: ['Drama'] }, { genreNone: 'Drama' }],
    [{ isAdult: true }, { isAdult: 'true' }],
    [{ isAdult: false }, { isAdult: 'false' }],
    [
      { runtimeMinutesFrom: 60, runtimeMinutesTo: 90 },
      { runtimeMinutesFrom: '60', runtimeMinutesTo: '90' },
    ],
    [
      { ratingFrom: 7.5, ratingTo: 9 },
      { ratingFrom: '7.5', ratingTo: '9' },
    ],
    [
      { votesFrom: 1, votesTo: 50 },
      { votesFrom: '1', votesTo: '50' },
    ],
    [{ audienceFrom: 9.1 }, { audienceFrom: '9.1' }],
    [
      { source: ['imdb'], votesFrom: 5000 },
      { source: 'imdb', votesFrom: '5000' },
    ],
    [{ sourceRating: ['imdb:8..', 'imdb:..9'] }, { sourceRating: 'imdb:8..,imdb:..9' }],
  ])('are filtered by %o as by the HTTP API', async (filter, query) => {
    const expected = await firstByApi(query);
    expect(expected.length).toBeGreaterThan(0);
    const page = await movies().listMovies({ filter, pageSize: 200 });
    expect(page.movies.map(({ id }) => id)).toEqual(expected);
  });

  it.each<[Filter]>([
    [{ country: ['DE'] }],
    [{ language: ['de'] }],
    [{ company: ['tmdb:3'] }],
    [{ watched: true }],
    [{ criticsFrom: 1, criticsTo: 10 }],
    [{ budgetFrom: 1n, budgetTo: 10n }],
    [{ revenueFrom: 1n, revenueTo: 10n }],
    [{ profitFrom: -10n, profitTo: 10n }],
    [{ performanceFrom: 1, performanceTo: 10 }],
    [{ soundtrackFrom: 1, soundtrackTo: 10 }],
    [{ screenplayFrom: 1, screenplayTo: 10 }],
  ])('that IMDb alone tells of have nothing to be found by %o', async (filter) => {
    expect(await streamed(movies(), filter)).toEqual([]);
  });

  it('are found by the whole name of a person, in a role', async () => {
    const expected = await listedByApi({ person: told.person, role: 'cast' });
    expect(await streamed(movies(), { person: told.name, role: ['cast'] })).toEqual(expected);
    expect(await errorOf(streamed(movies(), { person: 'Nobody At All' }))).toMatchObject({
      code: Code.InvalidArgument,
      problem: { faults: [{ where: 'person' }] },
    });
    expect((await errorOf(streamed(movies(), { role: ['cast'] }))).code).toBe(Code.InvalidArgument);
  });

  it('come in any order, with cursors of the HTTP API, and counted if asked', async () => {
    const request = { sort: MovieSort.TITLE, order: SortOrder.DESC, pageSize: 7 };
    const first = await movies().listMovies({ ...request, total: TotalCount.EXACT });
    const path = '/movies?sort=title&order=desc&limit=7';
    expect(await system.get(`${path}&fields=id`)).toEqual({
      items: first.movies.map(({ id }) => ({ id })),
      next: first.nextPageToken,
    });
    expect(first.totalSize).toBe(BigInt(files.reference.titles.length));
    const second = await movies().listMovies({ ...request, pageToken: first.nextPageToken });
    expect(second.totalSize).toBeUndefined();
    const rest = await all(
      movies().streamMovies({
        sort: request.sort,
        order: request.order,
        pageToken: first.nextPageToken,
      }),
    );
    expect(rest.slice(0, 7).map(({ movie }) => movie?.id)).toEqual(
      second.movies.map(({ id }) => id),
    );
    expect(rest.length).toBe(files.reference.titles.length - 7);
    for (const bad of [
      { pageSize: 0 },
      { pageSize: 201 },
      { pageToken: 'x' },
      // a value that an older contract does not have
      JSON.parse('{"sort": 99}') as object,
      { sort: MovieSort.RELEVANCE },
      { sort: MovieSort.YEAR, pageToken: first.nextPageToken },
    ])
      expect((await errorOf(movies().listMovies(bad))).code, JSON.stringify(bad)).toBe(
        Code.InvalidArgument,
      );
  });

  it('are found under any id, or not at all', async () => {
    const [title] = files.reference.titles;
    const id = title?.tconst ?? '';
    for (const given of [id, id.toUpperCase(), `https://www.imdb.com/title/${id}/`])
      expect((await movies().getMovie({ id: given })).movie?.id).toBe(id);
    await system.query(`insert into movies.redirect values ('mq000000000000001', $1)`, [id]);
    expect((await movies().getMovie({ id: 'MQ000000000000001' })).movie?.id).toBe(id);
    for (const [given, code] of [
      ['tt9999999', Code.NotFound],
      ['nm0000001', Code.InvalidArgument],
      ['', Code.InvalidArgument],
    ] as const)
      expect((await errorOf(movies().getMovie({ id: given }))).code, given).toBe(code);
  });

  it('have every field of the HTTP API in the contract', () => {
    const fields = MovieSchema.fields.map(({ jsonName }) => jsonName);
    const ofApi = new Set([...Object.keys(MovieOfApi.shape), ...Object.keys(ListedMovie.shape)]);
    expect(fields.toSorted()).toEqual([...ofApi].toSorted());
  });
});

/** Statements of the API that run now, on some of its connections. */
async function statements(connections: string): Promise<number> {
  const [running] = await system.query(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name like $1 and state <> 'idle'`,
    [`marquee api${connections}`],
  );
  return Number(running?.['count']);
}

describe('a deadline', () => {
  it('ends the call and cancels its statement, long before the limit of statements', async () => {
    const locker = await system.database.pool.connect();
    try {
      await locker.query('begin; lock table movies.movie in access exclusive mode');
      const began = performance.now();
      const call = movies().listMovies({ filter: { q: 'x' } }, { timeoutMs: 300 });
      await expect.poll(async () => statements('%'), { interval: 5 }).toBeGreaterThan(0);
      expect((await errorOf(call)).code).toBe(Code.DeadlineExceeded);
      await expect.poll(async () => statements('%'), { interval: 5 }).toBe(0);
      const took = performance.now() - began;
      // PostgreSQL itself ends a statement that waits for a lock after a second
      expect(took).toBeGreaterThan(299);
      expect(took).toBeLessThan(950);
      await locker.query('rollback');
    } finally {
      locker.release();
    }
    expect((await movies().listMovies({ pageSize: 1 })).movies.length).toBe(1);
  });

  it('that is years away is none', async () => {
    const ask = async (headers: Record<string, string>, body: string) => {
      const url = `${system.apiUrl}/${MovieQueryService.typeName}/ListMovies`;
      return (await fetch(url, { method: 'POST', headers, body })).text();
    };
    const json = { 'content-type': 'application/json', 'connect-timeout-ms': '9999999999' };
    expect(await ask(json, '{"pageSize": 1}')).toContain('"movies"');
    for (const far of ['99999999H', '99999999M', '99999999S']) {
      const web = { 'content-type': 'application/grpc-web+proto', 'grpc-timeout': far };
      expect(await ask(web, '\0'.repeat(5)), far).toContain('grpc-status: 0');
    }
  });

  it('is told from a statement that takes too long', { tags: ['long'] }, async () => {
    const locker = await system.database.pool.connect();
    try {
      await locker.query('begin; lock table movies.movie in access exclusive mode');
      expect(await errorOf(movies().listMovies({}))).toMatchObject({
        code: Code.DeadlineExceeded,
        problem: { status: 503, code: 'too-slow' },
      });
    } finally {
      await locker.query('rollback');
      locker.release();
    }
  });

  it('of a client that goes away ends its stream and frees the slot', async () => {
    for (let times = 0; times < 3; times++) {
      const stopped = new AbortController();
      const stream = movies().streamMovies({}, { signal: stopped.signal });
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      stopped.abort();
      await expect(iterator.next()).rejects.toThrow(ConnectError);
      await expect.poll(async () => statements(' streams')).toBe(0);
    }
  });
});

describe('streams', () => {
  it('are two at a time for an address', async () => {
    const open = async () => {
      const stopped = new AbortController();
      const stream = movies().streamMovies({}, { signal: stopped.signal });
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      return stopped;
    };
    const [first, second] = [await open(), await open()];
    expect(await errorOf(open())).toMatchObject({
      code: Code.ResourceExhausted,
      problem: { status: 429, code: 'too-many-streams' },
    });
    first.abort();
    second.abort();
    await expect.poll(async () => statements(' streams')).toBe(0);
  });
});

const DEFINITION = {
  schema: 1,
  id: 'my-films',
  name: 'My films',
  licence: { name: 'Private', republish: false },
  scales: { mine: { min: 0, max: 10, kind: 'own' } },
  files: [
    {
      name: 'films',
      pattern: 'films*.csv*',
      format: 'csv',
      id: 'id',
      fields: {
        title: 'title',
        ids: { imdb: { column: 'id', transforms: ['imdb-id'] } },
        ratings: [{ name: 'mine', value: { column: 'rating', transforms: [{ number: {} }] } }],
      },
    },
  ],
};

type Part = MessageInitShape<typeof DeliverRequestSchema>;

/** The parts of a delivery: a header, a digest, and chunks. */
async function* partsOf(
  content: string,
  header: object = { source: 'my-films' },
  sha256 = createHash('sha256').update(content).digest(),
  chunkBytes = 10,
): AsyncGenerator<Part> {
  yield { part: { case: 'header', value: header } };
  yield { part: { case: 'sha256', value: sha256 } };
  const bytes = Buffer.from(content);
  for (let from = 0; from < bytes.length; from += chunkBytes)
    yield await Promise.resolve({
      part: { case: 'chunk', value: bytes.subarray(from, from + chunkBytes) },
    } as const);
}

async function define(of: System, headers: Record<string, string> = {}): Promise<void> {
  const body = JSON.stringify(DEFINITION);
  const { status, text } = await send(of, 'PUT', '/sources/my-films', headers, body);
  expect(status, text).toBe(200);
}

describe('a delivery', () => {
  beforeAll(async () => define(system));

  it('is kept, read, merged, and told of at each change', async () => {
    const [title] = files.reference.titles;
    const id = title?.tconst ?? '';
    const content = `id,title,rating\n${id},Told,9.5\n`;
    const stopped = new AbortController();
    const states: (DeliveryState | undefined)[] = [];
    const watching = (async () => {
      for await (const { delivery } of provider().watchDeliveries(
        { source: 'my-films' },
        { signal: stopped.signal },
      ))
        states.push(delivery?.state);
    })().catch((error: unknown) => ConnectError.from(error).code);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const { delivery, isNew } = await provider().deliver(partsOf(content));
    expect({ isNew, ...delivery }).toMatchObject({
      isNew: true,
      source: 'my-films',
      file: 'films',
      sha256,
      bytes: BigInt(content.length),
      receivedBy: '127.0.0.1',
      state: DeliveryState.RECEIVED,
    });
    const number = delivery?.id ?? 0n;
    const seen = await all(provider().watchDeliveries({ source: 'my-films', delivery: number }));
    expect(seen.at(-1)?.delivery).toMatchObject({
      id: number,
      state: DeliveryState.TAKEN,
      isCurrent: true,
      rows: 1n,
      records: 1n,
      added: 1n,
      rejects: 0n,
    });
    const listed = await system.get(`/sources/my-films/deliveries/${number}`);
    expect(listed).toMatchObject({ id: Number(number), sha256, state: 'taken' });
    await expect.poll(() => states).toContain(DeliveryState.TAKEN);
    expect(states[0]).toBe(DeliveryState.RECEIVED);
    stopped.abort();
    expect(await watching).toBe(Code.Canceled);
    await system.merged(1);
    expect((await movies().getMovie({ id })).movie).toMatchObject({
      sources: ['imdb', 'my-films'],
      version: 1n,
    });
    expect(await streamed(movies(), { source: ['my-films'] })).toEqual([id]);

    const again = await provider().deliver(partsOf(content));
    expect([again.isNew, again.delivery?.id]).toEqual([false, number]);
    const other = { source: 'my-films', again: true, name: 'films-2.csv' };
    expect((await provider().deliver(partsOf(content, other))).isNew).toBe(true);
  });

  it('that is not whole, not as announced, or for nobody leaves nothing behind', async () => {
    const stored = async () => {
      const entries = await readdir(`${system.snapshots}/deliveries`, {
        recursive: true,
        withFileTypes: true,
      });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    };
    const before = await stored();
    const content = 'id,rating\ntt0000001,1\n';
    for (const [parts, code, problem] of [
      [partsOf(content, undefined, Buffer.alloc(32)), Code.InvalidArgument, 'digest-mismatch'],
      [partsOf(content, { source: 'my-film' }), Code.NotFound, 'not-found'],
      [partsOf(content, { source: 'imdb' }), Code.FailedPrecondition, 'no-files'],
      [partsOf(content, { source: 'Not An Id' }), Code.InvalidArgument, 'bad-input'],
      [partsOf(content, { source: 'my-films', file: 'films!' }), Code.InvalidArgument, 'bad-input'],
      [
        partsOf(content, { source: 'my-films', ignoreGates: ['all'] }),
        Code.InvalidArgument,
        'bad-input',
      ],
      [partsOf(''), Code.InvalidArgument, 'empty-file'],
    ] as const)
      expect(await errorOf(provider().deliver(parts)), problem).toMatchObject({
        code,
        problem: { code: problem },
      });
    async function* withoutHeader(): AsyncGenerator<Part> {
      yield await Promise.resolve({
        part: { case: 'chunk', value: Buffer.from(content) },
      } as const);
    }
    expect((await errorOf(provider().deliver(withoutHeader()))).problem).toMatchObject({
      faults: [{ where: 'header' }],
    });
    const stopped = new AbortController();
    async function* cutOff(): AsyncGenerator<Part> {
      yield { part: { case: 'header', value: { source: 'my-films' } } };
      yield { part: { case: 'chunk', value: Buffer.from('id,rating\n'.padEnd(100_000, 'x')) } };
      stopped.abort();
      await new Promise(() => undefined);
    }
    expect((await errorOf(provider().deliver(cutOff(), { signal: stopped.signal }))).code).toBe(
      Code.Canceled,
    );
    await expect.poll(stored).toEqual(before);
  });

  it('of an unknown source or number is not watched', async () => {
    for (const request of [{ source: 'my-film' }, { source: 'my-films', delivery: 999n }])
      expect((await errorOf(all(provider().watchDeliveries(request)))).code).toBe(Code.NotFound);
  });
});

describe('a server with keys', () => {
  let [reader, studio] = ['', ''];

  beforeAll(async () => {
    await define(keyed, bearer(ADMIN));
    const make = async (body: object) => {
      const { text } = await send(keyed, 'POST', '/keys', bearer(ADMIN), JSON.stringify(body));
      return NewKey.parse(JSON.parse(text)).secret;
    };
    reader = await make({ name: 'reader', role: 'reader', requestsPerMinute: 3 });
    studio = await make({ name: 'studio', role: 'reader', source: 'my-films' });
  });

  it.each(protocols)('asks for one by %s, before it reads messages', async (_, transportTo) => {
    const list = async (key?: string) =>
      createClient(
        MovieQueryService,
        transportTo(keyed, key === undefined ? [] : [withKey(key)]),
      ).listMovies({});
    expect(await errorOf(list())).toMatchObject({
      code: Code.Unauthenticated,
      problem: { status: 401, code: 'key-needed' },
    });
    expect(await errorOf(list(`mq_${'x'.repeat(43)}`))).toMatchObject({
      code: Code.Unauthenticated,
      problem: { code: 'key-unknown' },
    });
    expect((await errorOf(list(studio))).problem).toMatchObject({ code: 'key-of-a-source' });
    expect((await list(ADMIN)).movies).toEqual([]);
  });

  it('answers a request by no protocol without a key as the HTTP API does', async () => {
    const response = await fetch(`${keyed.apiUrl}/marquee.v1.MovieQueryService/ListMovies`, {
      method: 'POST',
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 401, code: 'key-needed' });
  });

  it('counts calls as requests', async () => {
    const list = movies(reader, keyed).listMovies;
    const { headers } = await new Promise<{ headers: Headers }>((resolve, reject) => {
      list({}, { onHeader: (given) => resolve({ headers: given }) }).catch(reject);
    });
    expect(headers.get('ratelimit')).toMatch(/^"requests";r=2;/u);
    expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/u);
    await list({});
    await send(keyed, 'GET', '/movies', bearer(reader));
    const { code, problem, error } = await errorOf(list({}));
    expect([code, problem?.code]).toEqual([Code.ResourceExhausted, 'too-many-requests']);
    expect(Number(error.metadata.get('retry-after'))).toBeGreaterThan(0);
  });

  it('lets a key for one source deliver to it, and records that', async () => {
    const content = 'id,rating\ntt0000001,1\n';
    const { delivery } = await provider(studio, keyed).deliver(partsOf(content));
    expect(delivery?.receivedBy).toBe('studio');
    const watched = provider(studio, keyed).watchDeliveries({ source: 'my-films' });
    for await (const { delivery: one } of watched) {
      expect(one?.id).toBe(delivery?.id);
      break;
    }
    const other = { source: 'other-films' };
    for (const call of [
      provider(studio, keyed).deliver(partsOf(content, other)),
      all(provider(studio, keyed).watchDeliveries(other)),
    ])
      expect(await errorOf(call)).toMatchObject({
        code: Code.PermissionDenied,
        problem: { code: 'key-of-a-source' },
      });
    const tooLarge = partsOf(
      'id,rating\n'.padEnd(2 ** 20 + 20, 'x'),
      undefined,
      undefined,
      2 ** 19,
    );
    expect((await errorOf(provider(studio, keyed).deliver(tooLarge))).problem).toMatchObject({
      status: 413,
      code: 'too-large',
    });
    const { text } = await send(keyed, 'GET', '/audit', bearer(ADMIN));
    const entries = AuditPage.parse(JSON.parse(text)).items.filter(({ path }) =>
      path?.endsWith('DataProviderService/Deliver'),
    );
    expect(entries).toMatchObject([
      { keyName: 'studio', method: 'POST', status: 413, asked: { source: 'my-films' } },
      { keyName: 'studio', method: 'POST', status: 200, asked: { source: 'my-films' } },
    ]);
  });

  it('lets anybody ask for its health', async () => {
    expect(await health(keyed).check({})).toMatchObject({ status: ServingStatus.SERVING });
  });

  it('ends a call whose message does not come', async () => {
    const session = connectHttp2(keyed.grpcUrl);
    const stream = session.request({
      ':method': 'POST',
      ':path': `/${MovieQueryService.typeName}/ListMovies`,
      'content-type': 'application/grpc',
      ...bearer(ADMIN),
    });
    const trailers = await new Promise((resolve, reject) => {
      stream.on('trailers', resolve).on('error', reject).resume();
    });
    expect(trailers).toMatchObject({ 'grpc-status': String(Code.DeadlineExceeded) });
    session.destroy();
  });
});

describe('health', () => {
  it('is that of GET /health/ready, for the server and its services', async () => {
    const { statuses } = await health().list({});
    expect(Object.keys(statuses).toSorted()).toEqual([
      '',
      'marquee.v1.DataProviderService',
      'marquee.v1.MovieQueryService',
    ]);
    for (const service of Object.keys(statuses))
      expect((await health().check({ service })).status).toBe(ServingStatus.SERVING);
    expect((await errorOf(health().check({ service: 'x' }))).code).toBe(Code.NotFound);
    for await (const { status } of health().watch({ service: 'x' })) {
      expect(status).toBe(ServingStatus.SERVICE_UNKNOWN);
      break;
    }
  });

  it('is told at each change, until the server stops', async () => {
    const seen: ServingStatus[] = [];
    const watching = (async () => {
      for await (const { status } of health().watch({})) seen.push(status);
    })().catch((error: unknown) => ConnectError.from(error).code);
    await expect.poll(() => seen).toEqual([ServingStatus.SERVING]);
    await system.query('alter table imdb.title_ratings rename to hidden');
    await expect.poll(() => seen.at(-1)).toBe(ServingStatus.NOT_SERVING);
    await system.query('alter table imdb.hidden rename to title_ratings');
    await expect.poll(() => seen.at(-1)).toBe(ServingStatus.SERVING);
    await system.stopApi();
    expect(await watching).toBe(Code.Unavailable);
    await system.startApi();
  });
});

describe('clients that know the contract from files or by reflection', () => {
  const protos = join(root, 'libs/proto/proto');

  it('grpc-js calls, streams, delivers, and gets the status', async () => {
    const definition = loadSync(
      ['marquee/v1/movie_query.proto', 'marquee/v1/data_provider.proto'],
      {
        includeDirs: [protos],
        longs: Number,
      },
    );
    const { marquee } = loadPackageDefinition(definition) as unknown as {
      marquee: { v1: Record<string, ServiceClientConstructor> };
    };
    const clientOf = (service: string) => {
      const Client = marquee.v1[service] as ServiceClientConstructor;
      return new Client(new URL(system.grpcUrl).host, credentials.createInsecure());
    };
    const query = clientOf('MovieQueryService');
    const page = await new Promise<{ movies: { id: string }[] }>((resolve, reject) => {
      query['listMovies']?.(
        { filter: { type: ['movie'] }, pageSize: 5 },
        (error: Error | null, answer: { movies: { id: string }[] }) =>
          error === null ? resolve(answer) : reject(error),
      );
    });
    const { items } = (await system.get('/movies?type=movie&limit=5')) as { items: ListedMovie[] };
    expect(page.movies.map(({ id }) => id)).toEqual(items.map(({ id }) => id));

    const stream = query['streamMovies']?.({ filter: { type: ['movie'] } }) as AsyncIterable<{
      movie: { id: string };
    }>;
    expect((await all(stream)).map(({ movie }) => movie.id)).toEqual(
      await listedByApi({ type: 'movie' }),
    );
    const failed = await new Promise((resolve) => {
      query['getMovie']?.({ id: 'tt9999999' }, (error: unknown) => resolve(error));
    });
    expect(failed).toMatchObject({ code: Code.NotFound });
    query.close();

    const deliveries = clientOf('DataProviderService');
    const delivered = await new Promise<{ delivery: { bytes: number } }>((resolve, reject) => {
      const call = deliveries['deliver']?.(
        (error: Error | null, answer: { delivery: { bytes: number } }) =>
          error === null ? resolve(answer) : reject(error),
      ) as { write: (part: object) => void; end: () => void };
      call.write({ header: { source: 'my-films', again: true } });
      call.write({ chunk: Buffer.from('id,rating\n') });
      call.write({ chunk: Buffer.from('tt0000001,4\n') });
      call.end();
    });
    expect(delivered.delivery.bytes).toBe(22);
    deliveries.close();
  });

  it.each([
    ['the files', ['--schema', protos]],
    ['reflection', ['--reflect', '--reflect-protocol', 'grpc-v1']],
    ['the older reflection', ['--reflect', '--reflect-protocol', 'grpc-v1alpha']],
  ])('buf curl lists movies, by %s', async (_, schema) => {
    const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/buf'), [
      'curl',
      ...['--protocol', 'grpc', '--http2-prior-knowledge', ...schema],
      ...['--data', '{"filter": {"type": ["movie"]}, "pageSize": 2}'],
      `${system.grpcUrl}/marquee.v1.MovieQueryService/ListMovies`,
    ]);
    const { items } = (await system.get('/movies?type=movie&limit=2')) as { items: ListedMovie[] };
    expect(JSON.parse(stdout)).toMatchObject({
      movies: items.map(({ id, title }) => ({ id, title })),
    });
  });

  it('curl posts JSON beside the HTTP API', async () => {
    const { status, text } = await send(
      system,
      'POST',
      '/marquee.v1.MovieQueryService/ListMovies',
      {},
      '{"pageSize": 1}',
    );
    const { items } = (await system.get('/movies?limit=1')) as { items: ListedMovie[] };
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ movies: [{ id: items[0]?.id }] });
  });

  it.each([
    ['POST', 'ListMovies', '', 'Post JSON'],
    ['POST', 'ListMovies', 'application/x-www-form-urlencoded', 'Post JSON'],
    ['POST', 'StreamMovies', 'application/json', 'buf curl'],
    ['GET', 'ListMovies?encoding=xml', '', 'Post JSON'],
  ])('%s %s with the content type "%s" is told what to send', async (method, path, type, hint) => {
    const response = await fetch(`${system.apiUrl}/marquee.v1.MovieQueryService/${path}`, {
      method,
      headers: type === '' ? {} : { 'content-type': type },
      // bytes, to which fetch adds no type
      body: method === 'POST' ? Buffer.from('{}') : null,
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      code: 'unsupported-media-type',
      detail: expect.stringContaining(type === '' ? 'no content type' : type) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });
});
