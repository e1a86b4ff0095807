import {
  Lock,
  LockList,
  Movie,
  MovieChangePage,
  MovieExplanation,
  MovieHistoryPage,
  ProfitPage,
  RuleChange,
  RuleList,
} from '@marquee/contract';
import { expireChanges } from '@marquee/aggregator';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { merge, tellOf, type Told } from './told-movies.ts';
import { send } from './raw-request.ts';
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
      text: 'year: 1977, from imdb tt0000001 since 1970-01-01, by the rule priority, which comes first among the sources that have it. Not chosen: movies-metadata 12 has 1978.',
    });
    const accept = { accept: 'text/plain' };
    const { text, headers } = await send(system, 'GET', '/movies/tt0000001/explain', accept);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.split('\n')[0]).toBe('tt0000001 The Long Winter (1977)');
    expect(text).toContain(
      '\ngenres: Drama, Romance, from imdb tt0000001 and movies-metadata 12 (delivery 1) since 2026-08-15',
    );
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
    const { items } = MovieChangePage.parse(await system.get(`/movies/changes?since=${cursor}`));
    expect(items.map(({ movie }) => movie)).toEqual(['mq50', 'mq51']);
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
