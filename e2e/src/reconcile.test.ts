import { createRequire } from 'node:module';
import {
  ExtendResponse,
  Flyout,
  ProposedProperties,
  ReconcileManifest,
  ReconcileResults,
  ReconcileSuggestions,
} from '@marquee/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultsOf } from './reconciliation-schemas.ts';
import { buildSearchTables } from './search-tables.ts';
import { parseProblem, useSharedSystem } from './system.ts';

/** The used part of cocoda-sdk, which has no types. */
interface CocodaSdk {
  readonly ReconciliationApiProvider: new (registry: object) => {
    _api: { api: string };
    getMappings(query: object): Promise<readonly object[]>;
  };
}

const { ReconciliationApiProvider } = createRequire(import.meta.url)('cocoda-sdk') as CocodaSdk;

const ORIGIN = 'https://tools.example.org';

const system = useSharedSystem(() => ({ workers: false }));
beforeAll(async () => {
  await system.query(`
    insert into imdb.title_basics (tconst, title_type, primary_title, original_title, is_adult, start_year, runtime_minutes, genres) values
      ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', false, 1977, 101, '{Drama,War}'),
      ('tt0000002', 'movie', 'The Long Winter', 'The Long Winter', false, 1999, 88, '{Drama}'),
      ('tt0000003', 'tvSeries', 'Dusk Riders', 'Dusk Riders', false, 2008, null, '{Western}');
    insert into imdb.title_ratings values ('tt0000001', 7.1, 120000), ('tt0000002', 6.1, 90000), ('tt0000003', 8.1, 500000);
    insert into imdb.name_basics (nconst, primary_name, birth_year, death_year, primary_profession, known_for_titles) values
      ('nm0000001', 'Ada Winter', 1931, 2001, '{director,writer}', '{tt0000001}'),
      ('nm0000002', 'Ada Winter', 1980, null, '{actress}', '{tt0000003}'), ('nm0000003', 'Bo Frost', null, null, null, null);
    insert into imdb.title_crew (tconst, directors, writers) values
      ('tt0000001', '{nm0000001}', '{nm0000001}'), ('tt0000002', '{nm0000003}', null);
    insert into imdb.title_principals (tconst, ordering, nconst, category) values
      ('tt0000001', 1, 'nm0000001', 'director'), ('tt0000003', 1, 'nm0000002', 'actress')`);
  await buildSearchTables(system.database.pool);
  const document = {
    ...(await movieOf('tt0000003')),
    id: 'mq5',
    imdb: null,
    title: 'Paper Lanterns',
    year: 2011,
    ids: { tmdb: ['862'] },
    people: [],
    budget: { amount: 1500.5, currency: 'EUR' },
    releaseDate: '2011-05-03',
    ratings: [
      {
        source: 'stars',
        name: 'stars',
        value: 83,
        scale: { min: 0, max: 100 },
        votes: 12,
        kind: 'critics',
      },
      { source: 'stars', name: 'own', value: 1, scale: { min: 0, max: 10 }, votes: 1, kind: 'own' },
    ],
  };
  await system.query(
    `insert into movies.movie (id, version, title, original_title, type, year, sources, search_text, document, provenance)
     values ('mq5', 1, 'Paper Lanterns', 'Paper Lanterns', 'movie', 2011, '{stars}', E'paper lanterns\\nfanal de papel', $1::jsonb, '{}')`,
    [document],
  );
  await system.query(
    `insert into movies.redirect (id, movie) values ('mq3', 'mq4'), ('mq4', 'mq5')`,
  );
});

/** A movie as IMDb alone tells of it. */
async function movieOf(id: string): Promise<object> {
  return (await system.get(`/movies/${id}`)) as object;
}

/** Sends a form as OpenRefine's server does. */
async function form(
  fields: Readonly<Record<string, unknown>>,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const body = new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
  );
  const response = await fetch(`${system.apiUrl}/reconcile`, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function candidates(query: object): Promise<ReconcileResults[string]['result']> {
  const { status, body } = await form({ queries: { q0: query } });
  expect(status, JSON.stringify(body)).toBe(200);
  expect(faultsOf('results', body)).toBe('');
  return ReconcileResults.parse(body)['q0']?.result ?? [];
}

describe('the manifest', () => {
  it('is valid, and its addresses answer', async () => {
    const answer = await system.get('/reconcile');
    expect(faultsOf('manifest', answer)).toBe('');
    const { view, preview, suggest, extend } = ReconcileManifest.parse(answer);
    const of = ({ url }: { url: string }) => url.replace('{{id}}', 'tt0000001');
    expect((await fetch(of(view), { redirect: 'manual' })).headers.get('location')).toBe(
      `${system.apiUrl}/title/tt0000001`,
    );
    expect((await fetch(of(preview))).status).toBe(200);
    for (const [kind, { service_url, service_path, flyout_service_path = '' }] of Object.entries(
      suggest,
    )) {
      const id = { entity: 'mq5', type: 'movie', property: 'year' }[kind] ?? '';
      const found = await (await fetch(`${service_url}${service_path}?prefix=${id}`)).json();
      expect(faultsOf('suggestions', found)).toBe('');
      expect(ReconcileSuggestions.parse(found).result[0]?.id).toBe(id);
      const flyout = await fetch(`${service_url}${flyout_service_path.replace('${id}', id)}`);
      const text: unknown = await flyout.json();
      expect(faultsOf('flyout', text)).toBe('');
      expect(Flyout.parse(text).id).toBe(id);
    }
    const { service_url, service_path } = extend.propose_properties;
    const proposal = await (await fetch(`${service_url}${service_path}?type=movie&limit=3`)).json();
    expect(faultsOf('proposal', proposal)).toBe('');
    expect(ProposedProperties.parse(proposal).properties).toHaveLength(3);
  });

  it('has a key in its addresses if it was asked for with one', async () => {
    const { preview, suggest } = ReconcileManifest.parse(await system.get('/reconcile?key=secret'));
    expect(preview.url).toBe(`${system.apiUrl}/reconcile/preview?id={{id}}&key=secret`);
    expect(suggest.type.service_path).toBe('/suggest/type?key=secret');
  });
});

describe('queries', () => {
  it.each<[name: string, query: object, id: string, isSure: boolean]>([
    ['a name', { query: 'Dusk Riders' }, 'tt0000003', true],
    [
      'a name and a year',
      { query: 'long winter', properties: [{ pid: 'year', v: '1999' }] },
      'tt0000002',
      true,
    ],
    ['two films of a name', { query: 'The Long Winter', type: 'movie' }, 'tt0000001', false],
    [
      'a director',
      {
        query: 'The Long Winter',
        properties: [{ pid: 'director', v: [{ id: 'nm0000001', name: 'Winter, Ada' }] }],
      },
      'tt0000001',
      true,
    ],
    [
      'a length',
      {
        query: 'The Long Winter',
        properties: [
          { pid: 'runtimeMinutes', v: 88 },
          { pid: 'releaseDate', v: '1999-03-31' },
        ],
      },
      'tt0000002',
      true,
    ],
    [
      'another name than that of an id',
      {
        query: 'Dusk Riders',
        properties: [
          { pid: 'imdb', v: 'tt2' },
          { pid: 'imdb', v: '2' },
        ],
      },
      'tt0000002',
      true,
    ],
    ['an id elsewhere alone', { properties: [{ pid: 'id:tmdb', v: 862 }] }, 'mq5', true],
    ['an id as the name', { query: 'tt0000002', type: ['title'] }, 'tt0000002', true],
    [
      'a movie of another source',
      { query: 'Paper Lanterns', properties: [{ pid: 'year', v: 2011 }] },
      'mq5',
      true,
    ],
    ['another name of such a movie', { query: 'Fanal de papel', type: 'movie' }, 'mq5', true],
    ['a misspelt name of it', { query: 'Paper Lantrens' }, 'mq5', true],
    [
      'a person',
      { query: 'Ada Winter', type: 'name', properties: [{ pid: 'birthYear', v: 1980 }] },
      'nm0000002',
      true,
    ],
    [
      'a person by a title',
      { query: 'ada winter', type: 'name', properties: [{ pid: 'knownFor', v: 'Dusk Riders' }] },
      'nm0000002',
      true,
    ],
    ['namesakes', { query: 'Ada Winter', type: 'name' }, 'nm0000002', false],
    [
      'a person without a type',
      { query: 'Ada Winter', properties: [{ pid: 'profession', v: 'director' }] },
      'nm0000001',
      true,
    ],
  ])('%s: finds it, and says whether it is sure', async (_, query, id, isSure) => {
    const [first, ...others] = await candidates(query);
    expect([first?.id, first?.match]).toEqual([id, isSure]);
    expect(others.some(({ match }) => match)).toBe(false);
  });

  it('have candidates with types, facts, and what the score is made of', async () => {
    const [first] = await candidates({
      query: 'The Long Winter',
      limit: 1,
      properties: [{ pid: 'year', v: 1978 }],
    });
    expect(first).toMatchObject({
      name: 'The Long Winter',
      description: 'Film · 1977 · Drama, War',
      type: [{ id: 'movie', name: 'Film' }, { id: 'title' }],
      // a year off 0.93 × votes 0.985
      score: 91.6,
    });
    expect(first?.features).toContainEqual({ id: 'yearDifference', value: 1 });
    expect(await candidates({ query: 'Zzyzx Qwortle' })).toEqual([]);
    expect(await candidates({ query: 'Dusk Riders', type: 'name' })).toEqual([]);
  });

  it('are answered by GET too, each by itself', async () => {
    const queries = JSON.stringify({ a: { query: 'Dusk Riders' }, b: { query: 'Paper Lanterns' } });
    const answer = await system.get(`/reconcile?queries=${encodeURIComponent(queries)}&callback=x`);
    expect(faultsOf('results', answer)).toBe('');
    expect(ReconcileResults.parse(answer)).toMatchObject({
      a: { result: [{ id: 'tt0000003' }] },
      b: { result: [{ id: 'mq5' }] },
    });
  });

  it('come fifty at a time, in about a second', async () => {
    const names = [
      'The Long Winter',
      'Dusk Riders',
      'Ada Winter',
      'Paper Lantrens',
      'Nobody knows',
    ];
    const queries = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`q${i}`, { query: names[i % 5] }]),
    );
    await form({ queries });
    const begun = performance.now();
    const { body } = await form({ queries });
    // a fraction of it on a machine that does nothing else
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(Object.keys(ReconcileResults.parse(body))).toHaveLength(50);
  });

  it.each<[fields: Readonly<Record<string, unknown>>, fault: string]>([
    [{ queries: { q0: {} } }, 'queries.q0: expected a query or properties'],
    [{ queries: { q0: { query: 'x', type: 'film' } } }, 'queries.q0.type: unknown type "film"'],
    [
      { queries: { q0: { query: 'x', properties: [{ pid: 'yeer', v: 1 }] } } },
      'unknown property "yeer"; did you mean year?',
    ],
    [{ queries: 7 }, 'queries: '],
    [
      { extend: { ids: ['tt0000001'], properties: [{ id: 'watched' }] } },
      'unknown property "watched"',
    ],
  ])('%j: is an error that says what is wrong', async (fields, fault) => {
    const { status, body } = await form(fields);
    expect(status).toBe(400);
    expect(parseProblem(body).detail).toContain(fault);
  });

  it('that are too many, or no JSON, are errors', async () => {
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [i, { query: 'x' }]));
    expect((await form({ queries: many })).status).toBe(400);
    const broken = await fetch(`${system.apiUrl}/reconcile`, {
      method: 'POST',
      body: new URLSearchParams({ queries: '{' }),
    });
    expect(parseProblem(await broken.json()).detail).toContain('queries: expected a JSON document');
  });
});

describe('data extension', () => {
  it('has properties of movies and people, of IMDb alone and of several sources', async () => {
    const properties = [
      'year',
      'genres',
      'director',
      'rating',
      'budget',
      'budgetCurrency',
      'releaseDate',
      'id:tmdb',
      'rating:stars',
      'knownFor',
      'birthYear',
    ];
    const { status, body } = await form({
      extend: {
        ids: ['tt0000001', 'mq4', 'nm0000001', 'tt9999999', 'x'],
        properties: properties.map((id) => ({ id })),
      },
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(faultsOf('extension', body)).toBe('');
    const { meta, rows } = ExtendResponse.parse(body);
    expect(meta[2]).toEqual({
      id: 'director',
      name: 'Director',
      type: { id: 'name', name: 'Person' },
    });
    expect(rows['tt0000001']).toMatchObject({
      year: [{ int: 1977 }],
      genres: [{ str: 'Drama' }, { str: 'War' }],
      director: [{ id: 'nm0000001', name: 'Ada Winter' }],
      rating: [{ float: 7.1 }],
      budget: [],
      knownFor: [],
    });
    expect(rows['mq4']).toMatchObject({
      budget: [{ float: 1500.5 }],
      budgetCurrency: [{ str: 'EUR' }],
      releaseDate: [{ date: '2011-05-03T00:00:00Z' }],
      'id:tmdb': [{ str: '862' }],
      // not that of the owner of the library
      'rating:stars': [{ float: 83 }],
    });
    expect(rows['nm0000001']).toMatchObject({
      birthYear: [{ int: 1931 }],
      knownFor: [{ id: 'tt0000001', name: 'The Long Winter' }],
      year: [],
    });
    for (const id of ['tt9999999', 'x'])
      expect(Object.values(rows[id] ?? {}).flat(), id).toEqual([]);
  });
});

describe('data extension of a movie of IMDb alone', () => {
  it('follows the rules of people, as GET /movies/{id} does', async () => {
    const extend = { ids: ['tt0000001'], properties: [{ id: 'rating' }] };
    const ratings = async () => {
      const { rating } = (await movieOf('tt0000001')) as { rating: { value: number } | null };
      const { rows } = ExtendResponse.parse((await form({ extend })).body);
      return [rating?.value ?? null, rows['tt0000001']?.['rating']];
    };
    expect(await ratings()).toEqual([7.1, [{ float: 7.1 }]]);
    const rule = { kind: 'weighted-mean', cap: 10, weights: { imdb: 0 }, of: ['audience'] };
    const path = `${system.apiUrl}/rules/rating`;
    const headers = { 'content-type': 'application/json' };
    await fetch(path, { method: 'PUT', headers, body: JSON.stringify(rule) });
    await expect.poll(ratings).toEqual([null, []]);
    await fetch(path, { method: 'DELETE' });
    await expect.poll(ratings).toEqual([7.1, [{ float: 7.1 }]]);
  });
});

describe('suggestions', () => {
  const suggest = async (kind: string, query: string) =>
    ReconcileSuggestions.parse(await system.get(`/reconcile/suggest/${kind}?${query}`)).result;

  it('begin with the text, and go on after a cursor', async () => {
    expect((await suggest('entity', 'prefix=long+win')).map(({ id }) => id)).toEqual([
      'tt0000001',
      'tt0000002',
    ]);
    expect(await suggest('entity', 'prefix=long+win&cursor=1&type=x')).toMatchObject([
      { id: 'tt0000002', description: 'Film · 1999', notable: [{ id: 'movie' }, { id: 'title' }] },
    ]);
    expect((await suggest('entity', 'prefix=paper+lan')).map(({ id }) => id)).toEqual(['mq5']);
    expect((await suggest('entity', 'prefix=ada')).map(({ id }) => id)).toContain('nm0000001');
    expect(await suggest('entity', 'prefix=***')).toEqual([]);
    expect((await suggest('type', 'prefix=tv+ser')).map(({ id }) => id)).toEqual(['tvSeries']);
    expect((await suggest('property', 'prefix=of+birth')).map(({ id }) => id)).toEqual([
      'birthYear',
    ]);
    expect((await suggest('property', 'prefix=rating')).map(({ id }) => id)).toContain(
      'rating:imdb',
    );
  });
});

describe('a preview', () => {
  it('is a page that others may frame, without scripts', async () => {
    const response = await fetch(`${system.apiUrl}/reconcile/preview?id=mq3`);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('x-frame-options')).toBeNull();
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*frame-ancestors \*/u,
    );
    expect(await response.text()).toMatch(/<h1>Paper Lanterns<\/h1>[^]*mq5/u);
    expect((await fetch(`${system.apiUrl}/reconcile/preview?id=tt9999999`)).status).toBe(404);
  });
});

describe('pages of other websites', () => {
  it('may use the service, and nothing else', async () => {
    const headers = { origin: ORIGIN, 'sec-fetch-site': 'cross-site' };
    const answer = await form({ queries: { q0: { query: 'Dusk Riders' } } }, headers);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const preflight = await fetch(`${system.apiUrl}/reconcile`, {
      method: 'OPTIONS',
      headers: {
        ...headers,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      '*',
    ]);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    const elsewhere = await fetch(`${system.apiUrl}/ratings`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ ids: 'tt0000001' }),
    });
    expect([elsewhere.status, elsewhere.headers.get('access-control-allow-origin')]).toEqual([
      403,
      null,
    ]);
  });
});

describe('a client of others', () => {
  it('finds its mappings here: Cocoda', async () => {
    const provider = new ReconciliationApiProvider({
      uri: 'urn:marquee',
      api: `${system.apiUrl}/reconcile`,
      schemes: [{ uri: 'urn:imdb', namespace: 'https://www.imdb.com/title/' }],
    });
    provider._api = { api: `${system.apiUrl}/reconcile` };
    const mappings = await provider.getMappings({
      from: { uri: 'urn:x', prefLabel: { en: 'Dusk Riders' }, inScheme: [{ uri: 'urn:mine' }] },
      mode: 'or',
    });
    expect(mappings[0]).toMatchObject({
      to: { memberSet: [{ uri: 'https://www.imdb.com/title/tt0000003' }] },
      type: ['http://www.w3.org/2004/02/skos/core#exactMatch'],
    });
  });
});
