import {
  ListedMoviePage,
  Lock,
  LockList,
  Movie,
  MovieChangePage,
  MovieExplanation,
  MovieHistoryPage,
  ProfitPage,
  MERGED_FIELDS,
  RuleChange,
  RuleList,
} from '@marquee/contract';
import { expireChanges } from '@marquee/aggregator';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { merge, tellOf, type Told } from './told-movies.ts';
import { send } from './raw-request.ts';
import { buildSearchTables } from './search-tables.ts';
import { parseProblem, useSharedSystem } from './system.ts';

const system = useSharedSystem(() => ({ workers: false }));
const usd = (amount: number) => ({ amount, currency: 'USD' });

const WINTER: Told[] = [
  [
    'movies-metadata',
    '12',
    {
      title: 'Long Winter',
      year: 1978,
      genres: ['Drama', 'Romance'],
      countries: ['DE'],
      languages: ['de'],
      companies: [{ id: 'tmdb:3', name: 'Example Pictures' }],
      budget: usd(1_000_000),
      revenue: usd(9_000_000),
    },
  ],
  [
    'rotten-tomatoes',
    'm/winter',
    {
      title: 'The Long Winter',
      ratings: [
        { name: 'tomatometer', value: 83, scale: { min: 0, max: 100 }, votes: 40, kind: 'critics' },
      ],
      cRatings: { performance: [{ value: 8, scale: { min: 0, max: 10 }, votes: 2 }] },
    },
  ],
];
const TIDE: Told[] = [
  [
    'movies-metadata',
    '13',
    {
      title: 'Low Tide',
      type: 'movie',
      year: 2001,
      genres: ['Comedy'],
      countries: ['US'],
      people: [{ name: 'Ada Winter', role: 'director', imdb: 'nm0000001' }],
      companies: [
        { id: 'tmdb:3', name: 'Example Pictures' },
        { id: 'tmdb:4', name: 'Second Studio' },
      ],
      budget: usd(4_000_000),
      revenue: usd(1_000_000),
    },
  ],
  ['nfo', 'low-tide.nfo', { title: 'Low Tide', watched: true }],
];
const BARE: Told[] = [['movielens', '9', { title: 'Winter of Sand', year: 1977 }]];

beforeAll(async () => {
  await system.query(`
    insert into imdb.title_basics values
      ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', false, 1977, null, 104, '{Drama}'),
      ('tt0000005', 'movie', 'Known To One', null, false, 1999, null, 90, '{Drama}');
    insert into imdb.title_akas values ('tt0000001', 1, 'Der lange Winter', 'DE', 'de', '{}', '{}', false);
    insert into imdb.title_principals (tconst, ordering, nconst, category) values
      ('tt0000001', 1, 'nm0000001', 'actress'), ('tt0000001', 2, 'nm0000002', 'director'), ('tt0000005', 1, 'nm0000001', 'actress');
    insert into imdb.title_ratings values ('tt0000001', 7.8, 5000)`);
  await tellOf(system, 'tt0000001', WINTER);
  await tellOf(system, 'mq000000000000013', TIDE);
  await tellOf(system, 'mq000000000000009', BARE);
  await system.query(`insert into movies.redirect values ('mq000000000000001', 'tt0000001')`);
});

const ids = async (query: string): Promise<string[]> => {
  const { items } = (await system.get(`/movies?fields=id&${query}`)) as { items: { id: string }[] };
  return items.map(({ id }) => id);
};
const put = async (path: string, body: unknown) => {
  const { status, text } = await send(system, 'PUT', path, {}, JSON.stringify(body));
  return { status, body: JSON.parse(text) as unknown };
};

describe('a movie', () => {
  it('is the merged one, with its provenance if asked for, of some fields alone', async () => {
    expect(Movie.parse(await system.get('/movies/tt0000001'))).toMatchObject({
      title: 'The Long Winter',
      genres: ['Drama', 'Romance'],
      budget: usd(1_000_000),
      rating: { votes: 5040 },
      cRatings: { performance: { value: 8, voices: 2 }, soundtrack: null },
      sources: ['imdb', 'movies-metadata', 'rotten-tomatoes'],
      version: 1,
    });
    expect(await system.get('/movies/tt0000001?include=provenance&fields=id,year')).toEqual({
      id: 'tt0000001',
      year: 1977,
      provenance: {
        year: {
          rule: 'priority',
          at: '1970-01-01T00:00:00.000Z',
          from: [{ source: 'imdb', record: 'tt0000001', delivery: null }],
          by: null,
          lost: [{ source: 'movies-metadata', record: '12', value: 1978 }],
        },
      },
    });
  });

  it('has the same shape if IMDb alone tells of it, with the version 0', async () => {
    const alone = Movie.parse(await system.get('/movies/tt0000005'));
    expect(alone).toMatchObject({ title: 'Known To One', version: 0, sources: ['imdb'] });
    expect(await system.get('/movies/tt0000005?include=provenance&fields=title')).toMatchObject({
      provenance: { title: { from: [{ source: 'imdb', record: 'tt0000005' }] } },
    });
  });

  it('is found under any id that it has had, and any form of an id', async () => {
    const { status, headers } = await send(system, 'GET', '/movies/mq000000000000001?fields=id');
    expect([status, headers['location'], headers['cache-control']]).toEqual([
      308,
      '/movies/tt0000001?fields=id',
      'no-store',
    ]);
    expect(await system.get('/movies/mq000000000000001?fields=id')).toEqual({ id: 'tt0000001' });
    expect(await system.get('/movies/MQ000000000000013?fields=id')).toEqual({
      id: 'mq000000000000013',
    });
    expect(await system.get('/movies/TT1?fields=id').catch(() => null)).toBeNull();
    expect(await system.get('/movies/TT00001?fields=id')).toEqual({ id: 'tt0000001' });
  });

  it('refuses other ids, and says what they are or where to look', async () => {
    const refused = async (id: string) => {
      const { status, body } = await system.ask('GET', `/movies/${id}`);
      const { detail, hint } = parseProblem(body);
      return `${status} ${detail} ${hint ?? ''}`;
    };
    expect(await refused('nm0000001')).toMatch(/^400 .*GET \/names\/nm0000001/u);
    expect(await refused('x')).toMatch(/^400 .*tt and 7 to 10 digits, or mq/u);
    expect(await refused('tt0000999')).toMatch(/^404 .*GET \/published/u);
    expect(await refused('mq77')).toMatch(/^404 .*GET \/movies/u);
  });

  it('is no longer served from the cache once it has changed', async () => {
    const get = async () => send(system, 'GET', '/movies/mq000000000000009');
    const first = await get();
    expect(first.headers['cache-control']).toBe('public, no-cache');
    const again = { 'if-none-match': String(first.headers['etag']) };
    const unchanged = await send(system, 'GET', '/movies/mq000000000000009', again);
    expect(unchanged.status).toBe(304);
    await tellOf(system, 'mq000000000000009', [['movielens', '9', { title: 'Sand' }]]);
    await expect.poll(async () => (await get()).text).toContain('"Sand"');
    const changed = await send(system, 'GET', '/movies/mq000000000000009', again);
    expect(changed.status).toBe(200);
    await tellOf(system, 'mq000000000000009', BARE);
  });

  it('is explained field by field, as JSON and as text', async () => {
    const { fields } = MovieExplanation.parse(
      await system.get('/movies/mq000000000000001/explain'),
    );
    expect(fields.find(({ field }) => field === 'year')).toMatchObject({
      value: 1977,
      rule: 'priority',
      text: 'year: 1977, by the rule priority (the first in the order of sources), from imdb tt0000001 since 1970-01-01. Not chosen: movies-metadata 12 has 1978.',
    });
    const accept = { accept: 'text/plain' };
    const { text, headers } = await send(system, 'GET', '/movies/tt0000001/explain', accept);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.split('\n')[0]).toBe('tt0000001 The Long Winter (1977)');
    expect(text).toContain(
      '\ngenres: Drama, Romance, by the rule union (all values together), from imdb tt0000001 and movies-metadata 12 (delivery 1) since 2026-08-15',
    );
    // people read it: no field is shown as JSON
    expect(text).not.toMatch(/[{}"]/u);
  });
});

describe('movies', () => {
  const [WINTER_ID, TIDE_ID, BARE_ID] = ['tt0000001', 'mq000000000000013', 'mq000000000000009'];

  it.each([
    ['q=lange', [WINTER_ID]],
    ['q=winter', [BARE_ID, WINTER_ID]],
    ['q=the%20long%20winter', [WINTER_ID]],
    ['q=winter&sort=votes', [WINTER_ID, BARE_ID]],
    ['q=wint%20sa', [BARE_ID]],
    ['q=mq000000000000001', [WINTER_ID]],
    ['q=.*', []],
    ['genre=Drama,Romance', [WINTER_ID]],
    ['genreAny=Comedy,Romance', [WINTER_ID, TIDE_ID]],
    ['genreNone=Drama', [TIDE_ID, BARE_ID]],
    ['type=movie', [WINTER_ID, TIDE_ID]],
    ['country=DE,AT', [WINTER_ID]],
    ['language=de', [WINTER_ID]],
    ['company=tmdb:4', [TIDE_ID]],
    ['source=imdb,rotten-tomatoes', [WINTER_ID]],
    ['sourceRating=rotten-tomatoes:80..', [WINTER_ID]],
    ['sourceRating=rotten-tomatoes/tomatometer:..80', []],
    ['sourceRating=rotten-tomatoes:80..,imdb:7..8', [WINTER_ID]],
    ['person=nm0000001', [WINTER_ID, TIDE_ID]],
    ['person=nm0000001&role=cast', [WINTER_ID]],
    ['person=nm0000001&role=director', [TIDE_ID]],
    ['person=NM0000002&q=winter', [WINTER_ID]],
    ['person=nm0000002&yearFrom=1978', []],
    ['watched=true', [TIDE_ID]],
    ['yearFrom=1990', [TIDE_ID]],
    ['yearTo=1990', [WINTER_ID, BARE_ID]],
    ['profitTo=-1', [TIDE_ID]],
    ['budgetFrom=2000000&revenueTo=5000000', [TIDE_ID]],
    ['performanceFrom=7.5', [WINTER_ID]],
    ['sort=profit', [WINTER_ID, TIDE_ID, BARE_ID]],
    ['sort=profit&order=asc', [TIDE_ID, WINTER_ID, BARE_ID]],
    ['sort=year', [TIDE_ID, WINTER_ID, BARE_ID]],
    ['sort=title', [TIDE_ID, WINTER_ID, BARE_ID]],
    ['sort=id&order=desc', [WINTER_ID, TIDE_ID, BARE_ID]],
  ])('are listed by %s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it.each([
    'relevance',
    'votes',
    'rating',
    'year',
    'title',
    'runtime',
    'budget',
    'revenue',
    'profit',
    'id',
  ])('come page by page, each once, in either order of %s', async (sort) => {
    for (const order of ['asc', 'desc']) {
      const query = `sort=${sort}&order=${order}${sort === 'relevance' ? '&q=w' : ''}`;
      const whole = await ids(query);
      const pages: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const page = (await system.get(
          `/movies?limit=1&${query}${next === '' ? '' : `&after=${next}`}`,
        )) as { items: Movie[]; next: string | null };
        pages.push(...page.items.map(({ id }) => id));
        ({ next } = page);
      }
      expect(pages).toEqual(whole);
    }
  });

  it('refuse a cursor of other filters, and bounds that are none', async () => {
    const { next } = (await system.get('/movies?limit=1&budgetFrom=5')) as { next: string };
    expect((await system.ask('GET', `/movies?limit=1&revenueFrom=5&after=${next}`)).status).toBe(
      400,
    );
    for (const query of [
      'sourceRating=imdb',
      'sourceRating=imdb:..',
      'yearFrom=2000&yearTo=1999',
      'sort=relevance',
      'role=director',
    ])
      expect((await system.ask('GET', `/movies?${query}`)).status, query).toBe(400);
  });

  it('are also CSV, with their profit', async () => {
    const { text } = await send(
      system,
      'GET',
      '/movies?format=csv&fields=id,title,profit&sort=profit',
    );
    expect(text.split('\n')).toEqual([
      'id,title,profit',
      'tt0000001,The Long Winter,8000000',
      'mq000000000000013,Low Tide,-3000000',
      'mq000000000000009,Winter of Sand,',
      '',
    ]);
  });
});

describe('a lock', () => {
  beforeEach(async () => {
    await system.query('delete from movies.lock');
    await system.query('delete from movies.pending');
  });

  it('sets a field, under any id of the movie, and has the movie merged again', async () => {
    const { status, body } = await put('/movies/mq000000000000001/locks/title', {
      value: 'Winter',
      note: 'poster',
    });
    expect(status).toBe(200);
    expect(Lock.parse(body)).toMatchObject({
      movie: 'tt0000001',
      field: 'title',
      value: 'Winter',
      note: 'poster',
    });
    await put('/movies/tt0000005/locks/year', { value: null });
    expect(LockList.parse(await system.get('/movies/tt0000005/locks')).items).toMatchObject([
      { field: 'year', value: null, note: null },
    ]);
    expect(
      await system.query('select movie, cause from movies.pending order by movie'),
    ).toMatchObject([
      { movie: 'tt0000001', cause: { kind: 'lock', field: 'title' } },
      { movie: 'tt0000005', cause: { kind: 'lock', field: 'year' } },
    ]);
  });

  it('is removed once', async () => {
    await put('/movies/tt0000001/locks/title', { value: 'Winter' });
    await system.query('delete from movies.pending');
    expect((await send(system, 'DELETE', '/movies/tt0000001/locks/title')).status).toBe(204);
    expect((await send(system, 'DELETE', '/movies/tt0000001/locks/title')).status).toBe(404);
    expect(await system.query('select movie from movies.pending')).toEqual([
      { movie: 'tt0000001' },
    ]);
  });

  it('refuses a value that the field cannot have, and a movie that is none', async () => {
    const refused = async (path: string, body: unknown) => {
      const answer = await put(path, body);
      return `${answer.status} ${parseProblem(answer.body).detail}`;
    };
    expect(await refused('/movies/tt0000001/locks/year', { value: 'x' })).toMatch(/^400 .*value/u);
    expect(await refused('/movies/tt0000001/locks/budget', { value: { amount: 1 } })).toMatch(
      /^400 .*value\.currency/u,
    );
    expect(await refused('/movies/tt0000001/locks/tittle', { value: 'x' })).toMatch(
      /^400 .*title/u,
    );
    expect(await refused('/movies/tt0000001/locks/title', {})).toMatch(/^400 .*expected a value/u);
    expect(await refused('/movies/tt0000999/locks/title', { value: 'x' })).toMatch(/^404/u);
    expect(await system.query('select from movies.pending')).toEqual([]);
  });

  it.each([
    ['year', 9_007_199_254_740_991, 'value'],
    ['runtimeMinutes', 9_007_199_254_740_991, 'value'],
    ['releaseDate', '0000-01-01', 'value'],
    ['budget', { amount: 1e300, currency: 'USD' }, 'value.amount'],
    ['rating', { value: 8, votes: 2 ** 40 }, 'value.votes'],
    ['title', '', 'value'],
    ['title', 'a\0', 'value'],
    ['title', '\ud800', 'value'],
    ['ids', { 'a\0': ['1'] }, 'value.a'],
    ['homepage', 'javascript:alert(1)', 'value'],
  ])('of %s refuses %j, which no merge could store', async (field, value, where) => {
    const { status, body } = await put(`/movies/tt0000001/locks/${field}`, { value });
    expect(status, JSON.stringify(body)).toBe(400);
    expect(parseProblem(body).faults?.[0]?.where).toBe(where);
    expect(await system.query('select from movies.lock')).toEqual([]);
  });

  it('takes any field of a movie as it is', async () => {
    const movie = Movie.parse(await system.get('/movies/tt0000001'));
    for (const field of MERGED_FIELDS) {
      const { status, body } = await put(`/movies/tt0000001/locks/${field}`, {
        value: movie[field],
      });
      expect([field, status, body]).toEqual([field, 200, expect.objectContaining({ field })]);
    }
  });

  it('is in the movie once it is merged, and no longer once it is removed', async () => {
    await put('/movies/tt0000005/locks/year', { value: 2001 });
    await merge(system);
    const get = async () => Movie.parse(await system.get('/movies/tt0000005'));
    await expect.poll(async () => (await get()).year).toBe(2001);
    expect(await get()).toMatchObject({ version: 1, title: 'Known To One', sources: ['imdb'] });
    const { fields } = MovieExplanation.parse(await system.get('/movies/tt0000005/explain'));
    expect(fields.find(({ field }) => field === 'year')?.text).toMatch(
      /^year: 2001, locked by .+ since .+\. Not chosen: imdb tt0000005 has 1999\.$/u,
    );
    expect(await ids('yearFrom=2001&sort=id')).toContain('tt0000005');
    await send(system, 'DELETE', '/movies/tt0000005/locks/year');
    await merge(system);
    await expect.poll(get).toMatchObject({ year: 1999, version: 0, updatedAt: null });
  });
});

describe('a rule', () => {
  it('is the shipped one until another is set, and again after a reset', async () => {
    const ruleOf = async () =>
      RuleList.parse(await system.get('/rules')).items.find(({ field }) => field === 'year');
    const shipped = await ruleOf();
    expect(shipped).toMatchObject({
      isOwn: false,
      setBy: null,
      rule: { kind: 'priority', sources: ['imdb'] },
    });
    const rule = { kind: 'newest' };
    const tried = RuleChange.parse((await put('/rules/year?dryRun=true', rule)).body);
    // one movie has two years
    expect(tried).toMatchObject({ rule, movies: 1, isDryRun: true });
    expect(await ruleOf()).toEqual(shipped);
    await put('/rules/year', { kind: 'most-votes' });
    expect(RuleChange.parse((await put('/rules/year', rule)).body)).toMatchObject({
      movies: null,
      version: 2,
      isOwn: true,
    });
    expect(await ruleOf()).toMatchObject({ rule, isOwn: true, version: 2 });
    const { status, text } = await send(system, 'DELETE', '/rules/year');
    expect([status, RuleChange.parse(JSON.parse(text)).isOwn]).toEqual([200, false]);
    expect(await ruleOf()).toEqual(shipped);
  });

  it('is refused if its field cannot have it', async () => {
    const { status, body } = await put('/rules/title', { kind: 'union' });
    expect([status, parseProblem(body).detail]).toEqual([
      400,
      expect.stringContaining('title cannot have a rule of kind union'),
    ]);
    expect((await put('/rules/title', { kind: 'best' })).status).toBe(400);
    const unstorable = { kind: 'priority', sources: ['imdb', '\0'] };
    expect(parseProblem((await put('/rules/title', unstorable)).body).faults).toMatchObject([
      { where: 'sources.1' },
    ]);
  });
});

describe('the changes of movies', () => {
  it('are those of one movie, newest first, or of all from a cursor on', async () => {
    const history = MovieHistoryPage.parse(
      await system.get('/movies/mq000000000000009/changes?limit=2'),
    );
    expect(history.items.map(({ version, fields }) => [version, fields])).toEqual([
      [3, ['year', 'title']],
      [2, ['year', 'title']],
    ]);
    const start = MovieChangePage.parse(await system.get('/movies/changes?since=now'));
    expect(start).toMatchObject({ items: [], next: null });
    await tellOf(system, 'mq000000000000013', [
      ['nfo', 'low-tide.nfo', { title: 'Low Tide', watched: true, tagline: 'Wade.' }],
    ]);
    const { items, cursor } = MovieChangePage.parse(
      await system.get(`/movies/changes?since=${start.cursor}`),
    );
    expect(items).toMatchObject([
      { movie: 'mq000000000000013', version: 2, fields: ['tagline'], cause: { kind: 'record' } },
    ]);
    expect(await system.get(`/movies/changes?since=${cursor}`)).toEqual({
      items: [],
      next: null,
      cursor,
    });
    const stream = await send(
      system,
      'GET',
      `/movies/changes?format=ndjson&since=${start.cursor}&fields=movie`,
    );
    expect(stream.text).toBe('{"movie":"mq000000000000013"}\n');
    const all = MovieChangePage.parse(await system.get('/movies/changes?limit=1000'));
    const ofOne = MovieChangePage.parse(await system.get('/movies/changes?movie=tt0000001'));
    expect(all.items.length).toBeGreaterThan(6);
    // PostgreSQL itself takes offsets of up to 15:59
    expect(
      await system.get('/movies/changes?limit=1000&since=2020-01-01T00:00:00%2B20:00'),
    ).toEqual(all);
    expect(ofOne.items.map(({ version }) => version)).toEqual([1]);
  });

  it('are gone once they are no longer kept', async () => {
    const [first] = MovieChangePage.parse(await system.get('/movies/changes?limit=1')).items;
    await system.query(
      `update movies.change set changed_at = now() - interval '40 days' where version = 2`,
    );
    await expireChanges(system.database.pool, 30, new AbortController().signal);
    const { status, body } = await system.ask('GET', `/movies/changes?since=${first?.cursor}`);
    expect([status, parseProblem(body).code]).toEqual([410, 'changes-gone']);
    const { items } = MovieChangePage.parse(await system.get('/movies/changes'));
    expect(items.map(({ version }) => version)).not.toContain(2);
  });

  it('do not pass a reader that is in the middle of them', async () => {
    const early = await system.database.pool.connect();
    const late = await system.database.pool.connect();
    const insert = (movie: string) =>
      `insert into movies.change (movie, version, cause) values ('${movie}', 1, '{}')`;
    await early.query('begin');
    await early.query(insert('mq50'));
    const second = late.query(insert('mq51'));
    const { cursor } = MovieChangePage.parse(await system.get('/movies/changes?since=now'));
    await early.query('commit');
    await second;
    early.release();
    late.release();
    // an earlier test may have asked the same, whose answer is cached until the API is told of a change
    await expect
      .poll(async () =>
        MovieChangePage.parse(await system.get(`/movies/changes?since=${cursor}`)).items.map(
          ({ movie }) => movie,
        ),
      )
      .toEqual(['mq50', 'mq51']);
  });
});

describe('profits', () => {
  const sums = (row: Record<string, unknown>) => Object.values(row);

  beforeAll(async () =>
    tellOf(system, 'mq000000000000014', [
      [
        'movies-metadata',
        '14',
        {
          title: 'Pocket Money',
          year: 2001,
          companies: [{ id: 'tmdb:4', name: 'Second Studio' }],
          budget: usd(100),
          revenue: usd(900),
        },
      ],
    ]),
  );

  it('are summed by company and year, in full, with what is left out', async () => {
    const page = ProfitPage.parse(await system.get('/aggregates/profit?by=company,year&limit=2'));
    expect(
      page.items.map((group) => [
        group.company,
        group.companyName,
        group.year,
        group.movies,
        group.profit,
      ]),
    ).toEqual([
      ['tmdb:3', 'Example Pictures', 1977, 1, 8_000_000],
      ['tmdb:4', 'Second Studio', 2001, 1, -3_000_000],
    ]);
    expect(page).toMatchObject({
      by: ['company', 'year'],
      attribution: 'full',
      sum: { groups: 3, budget: 9_000_000, revenue: 11_000_000, profit: 2_000_000 },
      leftOut: { withoutBoth: 1, tooSmall: 1, tooSmallProfit: 800 },
    });
    const rest = ProfitPage.parse(
      await system.get(`/aggregates/profit?by=company,year&limit=2&after=${page.next}`),
    );
    expect(rest.items.map(({ company, year }) => [company, year])).toEqual([['tmdb:3', 2001]]);
    const whole = ProfitPage.parse(
      await system.get('/aggregates/profit?by=company,year&small=true'),
    );
    expect([whole.sum.profit, whole.leftOut.tooSmall]).toEqual([2_000_800, 0]);
  });

  it('are shared among companies, by decade, and as CSV', async () => {
    const shared = ProfitPage.parse(
      await system.get('/aggregates/profit?by=company&attribution=shared'),
    );
    expect(shared.items.map(({ company, profit }) => [company, profit])).toEqual([
      ['tmdb:3', 6_500_000],
      ['tmdb:4', -1_500_000],
    ]);
    const decades = await send(
      system,
      'GET',
      '/aggregates/profit?by=decade&sort=year&order=asc&format=csv&fields=decade,movies,profit',
    );
    expect(decades.text).toBe('decade,movies,profit\n1970,1,8000000\n2000,1,-3000000\n');
    const years = ProfitPage.parse(await system.get('/aggregates/profit?yearFrom=2000'));
    expect(years.items.map(sums)).toEqual([
      [null, null, null, null, 2001, null, 1, 4_000_000, 1_000_000, -3_000_000],
    ]);
    expect((await system.ask('GET', '/aggregates/profit?by=company,genre')).status).toBe(400);
  });
});

/** IMDb's titles: id, type, title, year, runtime, genres, rating, votes. */
const TITLES: (readonly [string, string, string | null, ...(number | null)[]])[] = [
  ['tt0000101', 'movie', 'Älpler', 1977, 104, 7.8, 5000],
  ['tt0000102', 'movie', 'alpine', 1977, 104, 7.8, 5000],
  ['tt0000103', 'movie', '...', 1977, 90, 7.8, 90],
  ['tt0000104', 'movie', null, null, null, null, null],
  ['tt0000105', 'movie', '🌊 Tide', 2001, null, 9.1, 12],
  ['tt0000106', 'tvSeries', 'ｔide', 2001, 45, 9.1, 12],
  ['tt0000107', 'tvSeries', 'Zeal', null, 45, null, null],
  ['tt0000108', 'tvEpisode', 'Zeal', 2003, null, null, null],
  ['tt0000109', 'movie', 'Long Winter', 2003, null, 1, 7],
  ['tt0000110', 'movie', 'The Long Winter of Glass', 1950, 300, 10, 900],
  ['tt0000111', 'short', 'Told Of', 1950, 3, 6.5, 900],
  ['tt0000112', 'short', 'Told Of Too', null, 3, 6.5, 8],
  ['tt0000113', 'movie', 'Told Of More', 1960, 100, 9.9, 100_000],
  ['tt0000114', 'movie', 'Told Of Most', 1961, 101, 9.8, 90_000],
];

describe('all movies', () => {
  let known: Movie[] = [];

  beforeAll(async () => {
    for (const [id, type, title, year, runtime, rating, votes] of TITLES) {
      await system.query(
        `insert into imdb.title_basics values ($1, $2, $3, $3, false, $4, null, $5, '{Drama}')`,
        [id, type, title, year, runtime],
      );
      if (rating !== null)
        await system.query('insert into imdb.title_ratings values ($1, $2, $3)', [
          id,
          rating,
          votes,
        ]);
    }
    await system.query(`
      insert into imdb.title_principals (tconst, ordering, nconst, category) values
        ('tt0000103', 1, 'nm0000007', 'actor'), ('tt0000111', 1, 'nm0000007', 'self'), ('tt0000111', 2, 'nm0000007', 'writer')`);
    await buildSearchTables(system.database.pool);
    const stars = (value: number, votes: number | null) => ({
      ratings: [
        { name: 'stars', value, scale: { min: 0.5, max: 5 }, votes, kind: 'audience' as const },
      ],
    });
    await tellOf(system, 'tt0000111', [['movielens', '111', { title: 'Told Of', year: 1951 }]]);
    await tellOf(system, 'tt0000112', [['movielens', '112', { year: 1999, ...stars(5, 7000) }]]);
    await tellOf(system, 'tt0000113', [['movielens', '113', { ...stars(1, 100_000) }]]);
    await tellOf(system, 'tt0000114', [['movielens', '114', { genres: ['Horror'] }]]);
    await tellOf(system, 'mq000000000000021', [['movielens', '21', { title: '…' }]]);
    await tellOf(system, 'mq000000000000022', [
      [
        'movielens',
        '22',
        { title: 'Alpine', year: 1977, runtimeMinutes: 104, ...stars(3.9, 5000) },
      ],
    ]);
    await tellOf(system, 'mq000000000000023', [
      ['movielens', '23', { title: 'Long Winter', year: 2003, ...stars(4, null) }],
    ]);
    // moves it in time, and leaves its rating between two of IMDb's
    await put('/movies/tt0000114/locks/year', { value: 1899 });
    await put('/movies/mq000000000000022/locks/rating', { value: { value: 7.85, votes: 5000 } });
    await merge(system);
    const rows = await system.query(
      'select tconst as id from imdb.title_basics union select id from movies.movie',
    );
    known = await Promise.all(
      rows.map(async ({ id }) => (await system.get(`/movies/${String(id)}`)) as Movie),
    );
  });

  /** All ids of a list, page by page. */
  const paged = async (query: string, limit: number): Promise<string[]> => {
    const found: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = ListedMoviePage.parse(
        await system.get(`/movies?limit=${limit}&${query}${after === '' ? '' : `&after=${after}`}`),
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      found.push(...page.items.flatMap(({ id }) => id ?? []));
      after = page.next;
    }
    return found;
  };

  it.each(['votes', 'rating', 'year', 'runtime', 'title', 'id'])(
    'are in one order of %s, each once, whatever the page',
    async (sort) => {
      for (const order of ['asc', 'desc'] as const) {
        const expected = sorted(known, sort, order);
        expect(await paged(`sort=${sort}&order=${order}`, 4), order).toEqual(expected);
      }
    },
  );

  it('leave no gap and double nothing in pages of any length', { tags: ['long'] }, async () => {
    for (const sort of ['votes', 'rating', 'title'])
      for (const order of ['asc', 'desc'] as const)
        for (const limit of [1, 2, 3, 200]) {
          const query = `sort=${sort}&order=${order}&genreNone=Horror`;
          const wanted = known.filter(({ genres }) => !genres.includes('Horror'));
          expect(await paged(query, limit), query).toEqual(sorted(wanted, sort, order));
        }
  });

  it.each<[string, (movie: Movie) => boolean]>([
    ['yearFrom=1899&yearTo=1960', ({ year }) => year !== null && year >= 1899 && year <= 1960],
    ['yearFrom=1961&yearTo=1961', ({ year }) => year === 1961],
    ['ratingFrom=7.8&ratingTo=9.9', ({ rating }) => within(rating?.value, 7.8, 9.9)],
    ['audienceFrom=7.8', ({ ratings, rating }) => ratings.length > 0 && within(rating?.value, 7.8)],
    ['votesTo=12', ({ rating }) => (rating?.votes ?? 0) <= 12],
    ['votesFrom=5000', ({ rating }) => (rating?.votes ?? 0) >= 5000],
    ['runtimeMinutesFrom=45&runtimeMinutesTo=101', (one) => within(one.runtimeMinutes, 45, 101)],
    ['type=tvSeries,short', ({ type }) => type === 'tvSeries' || type === 'short'],
    ['genre=Drama', ({ genres }) => genres.includes('Drama')],
    ['genreNone=Horror', ({ genres }) => !genres.includes('Horror')],
    ['isAdult=false', ({ isAdult }) => isAdult === false],
    ['person=nm0000007', ({ id }) => id === 'tt0000103' || id === 'tt0000111'],
    ['person=nm0000007&role=writer', ({ id }) => id === 'tt0000111'],
    ['source=imdb', ({ sources }) => sources.includes('imdb')],
    ['source=movielens', ({ sources }) => sources.includes('movielens')],
    ['sourceRating=imdb:6.45..7.85', ({ ratings }) => within(imdbOf(ratings), 6.45, 7.85)],
    ['profitFrom=-9000000000', ({ budget, revenue }) => budget !== null && revenue !== null],
  ])('are filtered by %s as merged, and counted', async (query, isWanted) => {
    const expected = known.filter(isWanted).map(({ id }) => id);
    const { items, total } = ListedMoviePage.parse(
      await system.get(`/movies?limit=200&sort=id&total=exact&${query}`),
    );
    expect(items.map(({ id }) => id)).toEqual(expected.toSorted());
    expect(total).toBe(expected.length);
  });

  it('are listed as far as they are merged where IMDb does not have the order', async () => {
    const merged = known.filter(({ version }) => version > 0).map(({ id }) => id);
    expect((await paged('sort=profit', 5)).toSorted()).toEqual(merged.toSorted());
  });

  it('appear once, at their merged place', async () => {
    expect(await paged('sort=year&order=asc&yearTo=1950', 2)).toEqual([
      'tt0000114',
      'tt0000110',
      'tt0000111',
    ]);
  });

  it('are found by text: whole names first, then beginnings, then by votes', async () => {
    const expected = ['tt0000109', 'mq000000000000023'];
    const found = await paged('q=long%20winter', 2);
    expect(found.slice(0, 2)).toEqual(expected);
    expect(found).toEqual([...new Set(found)]);
    expect(found).toContain('tt0000110');
    expect(await paged('q=long%20winter', 200)).toEqual(found);
    const byVotes = known.filter(({ id }) => found.includes(id));
    expect(await paged('q=long%20winter&sort=votes', 3)).toEqual(sorted(byVotes, 'votes', 'desc'));
    expect(await paged('q=tt0000110', 2)).toEqual(['tt0000110']);
  });

  it('are shown and streamed in the same form', async () => {
    const { items } = ListedMoviePage.parse(await system.get('/movies?sort=id&limit=200'));
    for (const { profit, poster, ...movie } of items)
      expect(known.find(({ id }) => id === movie.id)).toMatchObject(movie);
    const first = ListedMoviePage.parse(await system.get('/movies?sort=title&limit=4'));
    const { text } = await send(
      system,
      'GET',
      `/movies?format=csv&fields=id,version&sort=title&after=${first.next ?? ''}`,
    );
    const streamed = text.trim().split('\n').slice(1);
    const expected = sorted(known, 'title', 'asc').slice(4);
    expect(streamed).toEqual(
      expected.map((id) => `${id},${known.find((one) => one.id === id)?.version ?? ''}`),
    );
  });
});

function within(value: number | null | undefined, from: number, to = Infinity): boolean {
  return typeof value === 'number' && value >= from && value <= to;
}

function imdbOf(ratings: Movie['ratings']): number | undefined {
  return ratings.find(({ source }) => source === 'imdb')?.value;
}

/** The ids of movies in an order: unknown values last, ties by votes, year and id. */
function sorted(movies: readonly Movie[], sort: string, order: 'asc' | 'desc'): string[] {
  const sign = order === 'asc' ? 1 : -1;
  const titleOf = ({ title }: Movie) =>
    title === null
      ? null
      : title
          .normalize('NFKD')
          .replaceAll(/[\u0300-\u036f]/gu, '')
          .replace(/^[ "'([{#.\-…“„«¿¡]+/u, '')
          .toLowerCase();
  const votesOf = ({ rating }: Movie) => rating?.votes ?? 0;
  const valueOf = (movie: Movie): number | string | null => {
    if (sort === 'votes') return votesOf(movie);
    if (sort === 'rating') return movie.rating?.value ?? null;
    if (sort === 'year') return movie.year;
    if (sort === 'runtime') return movie.runtimeMinutes;
    return sort === 'title' ? titleOf(movie) : '';
  };
  const compare = (a: number | string, b: number | string) =>
    typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  const isByTies = sort !== 'title' && sort !== 'id';
  return movies
    .toSorted((a, b) => {
      const [first, second] = [valueOf(a), valueOf(b)];
      if ((first === null) !== (second === null)) return first === null ? 1 : -1;
      return (
        sign *
        ((first === null || second === null ? 0 : compare(first, second)) ||
          (isByTies ? votesOf(a) - votesOf(b) || (a.year ?? 0) - (b.year ?? 0) : 0) ||
          compare(a.id, b.id))
      );
    })
    .map(({ id }) => id);
}
