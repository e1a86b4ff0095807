import { Problem } from '@marquee/contract';
import { parseRow, type Row } from '@marquee/datasets';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

const TITLES = [
  'tt0000001\tmovie\tThe Long Winter\tDer lange Winter\t0\t1977\t\\N\t104\tDrama,History',
  'tt0000002\tmovie\t"Swing" \\ Sway\tSwing\t0\t1980\t\\N\t90\tComedy',
  'tt0000003\ttvSeries\tThe Harbour\tThe Harbour\t0\t1979\t1981\t\\N\tDrama',
  'tt0000004\tmovie\t12.10\t12.10\t1\t\\N\t\\N\t\\N\t\\N',
  'tt10000001\tshort\tUp\tUp\t\\N\t1999\t\\N\t5\tShort,Slapstick',
].map((line) => parseRow('title.basics', line));

const NAMES = [
  'nm0000001\tAda Winter\t1931\t1999\tactress,producer,luthier\ttt0000001,tt0000003',
  'nm0000002\tאדה\t525\t456\twriter\t\\N',
  'nm0000003\t\\N\t\\N\t\\N\t\t\\N',
].map((line) => parseRow('name.basics', line));

const system = useSharedSystem(() => ({ workers: false }));
beforeAll(async () => {
  const { pool } = system.database;
  for (const {
    tconst,
    titleType,
    primaryTitle,
    originalTitle,
    isAdult,
    startYear,
    endYear,
    runtimeMinutes,
    genres,
  } of TITLES) {
    await pool.query('insert into imdb.title_basics values ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      tconst,
      titleType,
      primaryTitle,
      originalTitle,
      isAdult,
      startYear,
      endYear,
      runtimeMinutes,
      genres,
    ]);
  }
  for (const {
    nconst,
    primaryName,
    birthYear,
    deathYear,
    primaryProfession,
    knownForTitles,
  } of NAMES) {
    await pool.query('insert into imdb.name_basics values ($1, $2, $3, $4, $5, $6)', [
      nconst,
      primaryName,
      birthYear,
      deathYear,
      primaryProfession,
      knownForTitles,
    ]);
  }
  await pool.query(
    `insert into imdb.title_akas (title_id, ordering, title, region, language) values ('tt0000001', 1, 'Zimo', 'XQ', 'qzz')`,
  );
  // as the loader does at start-up
  await buildSearchTables(pool);
});

interface Page {
  readonly items: (Row<'title.basics'> | Row<'name.basics'>)[];
  readonly next: string | null;
}

const ids = async (path: string): Promise<string[]> => {
  const { status, body } = await system.ask('GET', path);
  expect(status).toBe(200);
  return (body as Page).items.map((item) => ('tconst' in item ? item.tconst : item.nconst));
};

describe('titles', () => {
  it('are returned by id, every field as in the file', async () => {
    for (const title of TITLES)
      expect(await system.ask('GET', `/titles/${title.tconst}`)).toEqual({
        status: 200,
        body: title,
      });
  });

  it.each([
    ['', ['tt0000001', 'tt0000002', 'tt0000003', 'tt0000004', 'tt10000001']],
    ['&titleType=movie', ['tt0000001', 'tt0000002', 'tt0000004']],
    ['&genre=Drama', ['tt0000001', 'tt0000003']],
    ['&startYearFrom=1979', ['tt0000002', 'tt0000003', 'tt10000001']],
    ['&startYearTo=1979', ['tt0000001', 'tt0000003']],
    ['&startYearFrom=1978&startYearTo=1980', ['tt0000002', 'tt0000003']],
    ['&isAdult=true', ['tt0000004']],
    ['&isAdult=false&genre=Drama&titleType=movie', ['tt0000001']],
    ['&primaryTitle=12.10', ['tt0000004']],
    [`&primaryTitle=${encodeURIComponent('"Swing" \\ Sway')}`, ['tt0000002']],
    ['&genre=Western', []],
    ['&titleType=TVPILOT', []],
    ['&country=aq', []],
    ['&language=tlh', []],
    // words that no earlier file had
    ['&genre=slapstick', ['tt10000001']],
    ['&country=xq&language=QZZ', ['tt0000001']],
  ])('finds with %s', async (query, expected) => {
    expect(await ids(`/titles?sort=id${query}`)).toEqual(expected);
  });

  it('are listed page by page, once each', async () => {
    const seen: string[] = [];
    for (let path: string | null = '/titles?sort=id&limit=2'; path !== null;) {
      const page = (await system.ask('GET', path)).body as Page;
      seen.push(...page.items.flatMap((item) => ('tconst' in item ? [item.tconst] : [])));
      path = page.next === null ? null : `/titles?sort=id&limit=2&after=${page.next}`;
    }
    expect(seen).toEqual(TITLES.map(({ tconst }) => tconst));
  });
});

describe('names', () => {
  it('are returned by id, every field as in the file', async () => {
    for (const name of NAMES)
      expect(await system.ask('GET', `/names/${name.nconst}`)).toEqual({ status: 200, body: name });
  });

  it.each([
    ['', ['nm0000001', 'nm0000002', 'nm0000003']],
    [`?primaryName=${encodeURIComponent('אדה')}`, ['nm0000002']],
    ['?profession=producer', ['nm0000001']],
    ['?profession=Luthier', ['nm0000001']],
    ['?profession=publicist', []],
    ['?birthYearTo=1900', ['nm0000002']],
    ['?birthYearFrom=1931&birthYearTo=1931', ['nm0000001']],
  ])('finds with %s', async (query, expected) => {
    expect(await ids(`/names${query}`)).toEqual(expected);
  });
});

describe('invalid input', () => {
  it.each([
    ['GET', '/titles/tt1', undefined, 400, 'tconst'],
    ['GET', '/titles/nm0000001', undefined, 400, 'tconst'],
    ['GET', '/names/tt0000001', undefined, 400, 'nconst'],
    ['GET', '/titles?person=tt0000001', undefined, 400, 'person'],
    ['POST', '/titles/batch', { ids: ['tt0000001', 'nm0000001'] }, 400, 'ids.1'],
    ['GET', '/runs/17', undefined, 400, 'id'],
    ['GET', '/titles?limit=0', undefined, 400, 'limit'],
    ['GET', '/titles?limit=201', undefined, 400, 'limit'],
    ['GET', '/titles?limit=ten', undefined, 400, 'limit'],
    ['GET', '/titles?limit=1&limit=2', undefined, 400, 'limit'],
    ['GET', '/titles?startYearFrom=1990.5', undefined, 400, 'startYearFrom'],
    ['GET', '/titles?genre=', undefined, 400, 'genre'],
    ['GET', '/titles?genre=,', undefined, 400, 'genre'],
    ['GET', '/names?profession=%20,,', undefined, 400, 'profession'],
    ['GET', '/titles?genre=a%00b', undefined, 400, 'genre'],
    ['GET', '/titles?isAdult=1', undefined, 400, 'isAdult'],
    ['GET', '/titles?after=0000001', undefined, 400, 'after'],
    ['GET', '/titles?year=1990', undefined, 400, 'year'],
    ['GET', '/names?title=x', undefined, 400, 'title'],
    ['GET', '/runs?after=x', undefined, 400, 'after'],
    ['GET', '/runs?limit=201', undefined, 400, 'limit'],
    ['POST', '/run-downloader', { datasets: ['title.stars'] }, 400, 'datasets.0'],
    ['POST', '/run-downloader', { datasets: 'title.basics' }, 400, 'datasets'],
    ['POST', '/run-downloader', { datasets: [] }, 400, 'datasets'],
    ['POST', '/run-downloader', { dataset: ['title.basics'] }, 400, 'dataset'],
    ['POST', '/run-loader', { ignoreGates: ['all'] }, 400, 'ignoreGates.0'],
    ['POST', '/updatedata', { force: 'yes' }, 400, 'force'],
    ['POST', '/updatedata', [], 400, 'the value'],
  ] as const)('%s %s %j is rejected with %i: %s', async (method, path, body, status, where) => {
    const answer = await system.ask(method, path, body);
    expect(answer.status).toBe(status);
    const problem = Problem.parse(answer.body);
    expect(problem).toMatchObject({ code: 'bad-input', status, faults: [{ where }] });
    expect(problem.detail).toContain(where);
  });

  it.each([
    ['/titles?titleType=film', 'titleType', 'movie'],
    ['/titles?titleType=movie,tv', 'titleType', 'tvSeries'],
    ['/titles?titleType=show', 'titleType', 'tvSeries'],
    ['/titles?titleType=series', 'titleType', 'tvSeries'],
    ['/titles?titleType=Episode', 'titleType', 'tvEpisode'],
    ['/titles?titleType=tvserie', 'titleType', 'tvSeries'],
    ['/titles?titleType=nonsense', 'titleType', undefined],
    ['/titles?titleType=person', 'titleType', undefined],
    ['/titles?genre=Drma', 'genre', 'Drama'],
    ['/titles?genreAny=Drama,scifi', 'genreAny', 'Sci-Fi'],
    ['/titles?genreNone=slapstik&format=csv', 'genreNone', 'Slapstick'],
    ['/titles?region=Germany', 'region', 'country'],
    ['/titles?yearFrom=1990', 'yearFrom', 'startYearFrom'],
    ['/titles?country=Germany', 'country', 'DE'],
    ['/titles?country=west%20germany', 'country', 'XWG'],
    ['/titles?country=UK', 'country', 'GB'],
    ['/titles?country=Grmany', 'country', 'DE'],
    ['/titles?country=QX', 'country', undefined],
    ['/titles?language=german', 'language', 'de'],
    ['/titles?language=ger', 'language', 'de'],
    ['/titles?person=nm0000001&role=acter', 'role', 'actor'],
    ['/titles?person=nm0000001&role=stars', 'role', 'cast'],
    ['/titles?sort=ratings', 'sort', 'rating'],
    ['/titles?sort=newest', 'sort', 'year'],
    ['/titles?order=descending', 'order', 'desc'],
    ['/titles?fields=tconst,primarytitel', 'fields', 'primaryTitle'],
    ['/titles?format=jsonl', 'format', 'ndjson'],
    ['/facets?titleType=film', 'titleType', 'movie'],
    ['/facets?genre=Drma&q=winter', 'genre', 'Drama'],
    ['/charts/top?titleType=film', 'titleType', 'movie'],
    ['/charts/popular?genre=Drma', 'genre', 'Drama'],
    ['/search?q=winter&kind=person', 'kind', 'name'],
    ['/suggest?q=winter&kind=movie', 'kind', 'title'],
    ['/names?profession=acter', 'profession', 'actor'],
    ['/names?sort=born', 'sort', 'birthYear'],
    ['/titles/tt0000001/akas?region=Germany', 'region', 'DE'],
    ['/titles/tt0000001/akas?language=German', 'language', 'de'],
    ['/titles/tt0000001/credits?category=writers', 'category', 'writer'],
    ['/titles/tt0000001?include=rating', 'include', 'ratings'],
    ['/names/nm0000001/filmography?titleType=film', 'titleType', 'movie'],
    ['/names/nm0000001/filmography?category=directr', 'category', 'director'],
    ['/changes?dataset=title.basic', 'dataset', 'title.basics'],
    ['/changes?kind=updated', 'kind', 'update'],
  ])('%s names the nearest of what exists: %s', async (path, where, suggestion) => {
    const { status, body } = await system.ask('GET', path);
    expect(status).toBe(400);
    const [fault] = Problem.parse(body).faults ?? [];
    expect(fault).toEqual({
      where,
      what:
        suggestion === undefined
          ? (expect.stringMatching(/^unknown value .+; (?:expected|people are)/u) as string)
          : (expect.stringContaining(`did you mean ${suggestion}?`) as string),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  });

  it.each([
    [
      '/titles?startYearFrom=2000&startYearTo=1990',
      'startYearTo',
      'startYearFrom is 2000; got 1990',
    ],
    ['/titles?averageRatingFrom=8&averageRatingTo=3', 'averageRatingTo', 'is 8; got 3'],
    ['/titles?numVotesFrom=9&numVotesTo=8&format=ndjson', 'numVotesTo', 'is 9; got 8'],
    ['/titles?runtimeMinutesFrom=90&runtimeMinutesTo=60', 'runtimeMinutesTo', 'is 90; got 60'],
    ['/facets?startYearFrom=2000&startYearTo=1990', 'startYearTo', 'is 2000; got 1990'],
    ['/names?birthYearFrom=1990&birthYearTo=1980', 'birthYearTo', 'is 1990; got 1980'],
    ['/names?deathYearFrom=1990&deathYearTo=1980', 'deathYearTo', 'is 1990; got 1980'],
    ['/names/nm0000001/filmography?startYearFrom=2&startYearTo=1', 'startYearTo', 'is 2; got 1'],
  ])('%s is a crossed range: %s', async (path, where, what) => {
    const { status, body } = await system.ask('GET', path);
    expect(status).toBe(400);
    expect(Problem.parse(body).faults).toEqual([
      { where, what: expect.stringContaining(what) as string },
    ]);
  });

  it('names every fault of a request', async () => {
    const { body } = await system.ask('GET', '/titles?genre=Drma,Comdy&titleType=film');
    expect(Problem.parse(body).faults?.map(({ suggestion }) => suggestion)).toEqual([
      'movie',
      'Drama',
      'Comedy',
    ]);
  });

  it.each([
    '/titles/tt9999999',
    '/names/nm9999999',
    '/runs/0199aaaa-0000-7000-8000-000000000000',
    '/runs/0199aaaa-0000-7000-8000-000000000000/events',
  ])('%s is 404', async (path) => {
    const { status, body } = await system.ask('GET', path);
    expect(status).toBe(404);
    expect(Problem.parse(body)).toMatchObject({
      code: 'not-found',
      detail: expect.stringContaining(path.split('/')[2] ?? '') as string,
    });
  });

  it('answers 404 for unknown paths', async () => {
    const { status, body } = await system.ask('GET', '/film/tt0000001');
    expect(status).toBe(404);
    expect(Problem.parse(body)).toMatchObject({
      code: 'no-such-route',
      detail: 'Cannot GET /film/tt0000001: no such route.',
    });
  });

  it.each([
    ['text/plain', '{}', 415],
    ['application/x-www-form-urlencoded', 'force=true', 415],
    ['application/json', '{', 400],
    ['application/json', JSON.stringify({ datasets: ['x'.repeat(100_000)] }), 413],
  ])('a body of type %s is rejected: %s', async (type, body, status) => {
    const response = await fetch(`${system.apiUrl}/run-downloader`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    Problem.parse(await response.json());
    expect((await system.ask('GET', '/runs')).body).toEqual({ items: [], next: null });
  });
});

describe('a page of another website', () => {
  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
  ])('cannot start a run (%j)', async (headers) => {
    const response = await fetch(`${system.apiUrl}/run-downloader`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(Problem.parse(await response.json()).code).toBe('other-site');
    expect((await system.ask('GET', '/runs')).body).toEqual({ items: [], next: null });
  });

  it('is distinguished from one of this server', async () => {
    const response = await fetch(`${system.apiUrl}/run-loader`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', origin: system.apiUrl },
    });
    expect(Problem.parse(await response.json()).code).toBe('no-snapshot');
  });
});

describe('health and docs', () => {
  it('is live and ready', async () => {
    expect(await system.ask('GET', '/health/live')).toEqual({
      status: 200,
      body: { status: 'ok' },
    });
    expect(await system.ask('GET', '/health/ready')).toEqual({
      status: 200,
      body: { status: 'ok' },
    });
  });

  it('serves the Swagger UI at /docs without external files', async () => {
    const page = await (await fetch(`${system.apiUrl}/docs`)).text();
    expect(page).toContain('swagger-ui');
    expect(page).not.toMatch(/(src|href)="https?:/u);
    const script = await fetch(`${system.apiUrl}/docs/swagger-ui-bundle.js`);
    expect(script.status).toBe(200);
  });
});
