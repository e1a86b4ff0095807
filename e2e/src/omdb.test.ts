import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, globalAgent, request, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DATASET_NAMES, fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import { Client, Episode, Game, ImdbError, Movie, TVShow } from 'imdb-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSystem, type System } from './system.ts';

const TITLES: [
  tconst: string,
  type: string,
  title: string,
  start: number | null,
  end: number | null,
  minutes: number | null,
  genres: string[] | null,
  rating: number | null,
  votes: number | null,
][] = [
  ['tt0000001', 'movie', 'The Long Winter', 1977, null, 104, ['Drama', 'History'], 7.8, 123_456],
  ['tt0000002', 'short', 'The Long Winter', 1977, null, 9, ['Short'], 6, 12],
  ['tt0000003', 'movie', 'The Long Winter', 1999, null, null, null, 8, 1000],
  [
    'tt0000004',
    'tvSeries',
    'The Harbour',
    2008,
    2013,
    45,
    ['Crime', 'Drama', 'Thriller'],
    9.5,
    2_000_000,
  ],
  ['tt0000005', 'tvSeries', 'The Lighthouse', 2011, null, null, ['Drama'], null, null],
  ['tt0000006', 'tvMiniSeries', 'The Reactor', 2019, 2019, 330, ['Drama'], 9.3, 900],
  ['tt0000007', 'videoGame', 'Winter Wars', 2001, null, null, ['Action'], 7.1, 55],
  ['tt0000008', 'tvEpisode', 'Low Tide', 2008, null, 58, ['Crime'], 9, 41_000],
  ['tt0000009', 'tvEpisode', 'High Tide', 2008, null, 47, ['Crime'], 8.5, 30_000],
  ['tt0000010', 'tvEpisode', 'Ebb', 2009, null, 47, ['Crime'], null, null],
  ['tt0000011', 'tvEpisode', 'Unnumbered', 2009, null, 47, ['Crime'], null, null],
  ['tt0000012', 'movie', 'Nothing Known', null, null, null, null, null, null],
  ['tt0000013', 'movie', 'It', 2017, null, 135, ['Horror'], 7.3, 600],
  ['tt0000014', 'movie', 'M', 1931, null, 99, ['Crime'], 8.3, 170],
  ['tt0000015', 'tvSeries', '24', 2001, 2010, 44, ['Action'], 8.4, 200],
  ['tt0000016', 'movie', '$', 1971, null, 121, ['Comedy'], 6.3, 30],
];

const NAMES = ['Ada Winter', 'Bo Frost', 'Cy Snow', 'Di Hail', 'Ed Sleet', 'Fay Rime', 'Gus Ice'];

const MANY = Array.from({ length: 23 }, (_, i) => `tt00001${String(i).padStart(2, '0')}`);

const SERIES: readonly [tconst: string, title: string, start: number, end: number | null][] = [
  ['tt0000201', 'With Specials', 2010, 2014],
  ['tt0000202', 'By Year', 1995, 1996],
  ['tt0000203', 'With A Gap', 2010, 2014],
  ['tt0000204', 'Partly Unnumbered', 2010, 2014],
  ['tt0000205', 'Dusk', 2017, 2020],
  ['tt0000206', 'The Runner', 2014, null],
  ['tt0000207', 'The Runner', 2016, 2016],
  ['tt0000208', 'Numbered, Then By Year', 2010, 2021],
];

/** Parent, season and number of episodes. */
const SEASONS: readonly [parent: string, season: number, episode: number | null, tconst: string][] =
  [
    ['tt0000201', 0, 1, 'tt0000211'],
    ['tt0000201', 1, 1, 'tt0000212'],
    ['tt0000202', 1995, 1, 'tt0000213'],
    ['tt0000202', 1996, 1, 'tt0000214'],
    ['tt0000203', 1, 1, 'tt0000215'],
    ['tt0000203', 3, 1, 'tt0000216'],
    ['tt0000204', 1, 1, 'tt0000217'],
    ['tt0000204', 2, null, 'tt0000218'],
    ['tt0000208', 1, 1, 'tt0000219'],
    ['tt0000208', 2, 1, 'tt0000220'],
    ['tt0000208', 2021, 1, 'tt0000221'],
  ];

/** The files in IMDb's format. */
const FILES: Readonly<Record<DatasetName, readonly (readonly (string | number | null)[])[]>> = {
  'title.basics': [
    ...TITLES.map(([tconst, type, title, start, end, minutes, genres]) => [
      tconst,
      type,
      title,
      title,
      0,
      start,
      end,
      minutes,
      genres?.join(',') ?? null,
    ]),
    ...SERIES.map(([tconst, title, start, end]) => [
      tconst,
      'tvSeries',
      title,
      title,
      0,
      start,
      end,
      45,
      'Drama',
    ]),
    ...SEASONS.map(([, , , tconst]) => [
      tconst,
      'tvEpisode',
      'Part',
      'Part',
      0,
      2010,
      null,
      45,
      'Drama',
    ]),
    ...MANY.map((tconst) => [tconst, 'movie', 'Many', 'Many', 0, 2000, null, null, null]),
  ],
  'title.ratings': TITLES.flatMap(([tconst, , , , , , , rating, votes]) =>
    rating === null ? [] : [[tconst, rating, votes]],
  ),
  'name.basics': NAMES.map((name, i) => [`nm000000${i + 1}`, name, null, null, null, null]),
  'title.crew': [['tt0000001', 'nm0000002,nm0000001,nm0000099', 'nm0000003']],
  'title.principals': [
    'nm0000007 director',
    'nm0000003 actress',
    'nm0000001 actor',
    'nm0000001 self',
    'nm0000002 self',
    'nm0000005 actor',
    'nm0000006 actor',
  ].map((credit, i) => ['tt0000001', i + 1, ...credit.split(' '), null, null]),
  'title.episode': [
    ['tt0000008', 'tt0000004', 1, 1],
    ['tt0000009', 'tt0000004', 1, 2],
    ['tt0000010', 'tt0000004', 2, 1],
    ['tt0000011', 'tt0000004', 2, null],
    ...SEASONS.map(([parent, season, episode, tconst]) => [tconst, parent, season, episode]),
  ],
  'title.akas': [
    ['tt0000001', 1, 'The Long Winter', null, null, 'original', null, 1],
    ['tt0000001', 2, 'Der lange Winter', 'DE', 'de', null, null, 0],
    ['tt0000004', 1, 'The Harbour', 'US', 'en', 'original', null, 1],
  ],
};

let folder: string;
let system: System;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-omdb-'));
  for (const dataset of DATASET_NAMES) {
    const lines = FILES[dataset].map((row) => row.map((value) => value ?? '\\N').join('\t'));
    await writeFile(
      join(folder, fileNameOf(dataset)),
      gzipSync([headerOf(dataset), ...lines, ''].join('\n')),
    );
  }
  system = await startSystem({ files: folder });
  expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded', error: null });
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

async function ask(query: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${system.apiUrl}/omdb/?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('the OMDb responses', () => {
  it('have every field of a film', async () => {
    const none = 'N/A';
    expect(await ask('i=tt0000001&plot=full&apikey=0123abcd')).toEqual({
      Title: 'The Long Winter',
      Year: '1977',
      Rated: none,
      Released: none,
      Runtime: '104 min',
      Genre: 'Drama, History',
      Director: 'Bo Frost, Ada Winter',
      Writer: 'Cy Snow',
      Actors: 'Cy Snow, Ada Winter, Bo Frost, Ed Sleet',
      Plot: none,
      Language: none,
      Country: none,
      Awards: none,
      Poster: none,
      Ratings: [{ Source: 'Internet Movie Database', Value: '7.8/10' }],
      Metascore: none,
      imdbRating: '7.8',
      imdbVotes: '123,456',
      imdbID: 'tt0000001',
      Type: 'movie',
      DVD: none,
      BoxOffice: none,
      Production: none,
      Website: none,
      Response: 'True',
    });
    expect(await ask('i=tt0000012')).toMatchObject({
      Year: none,
      Runtime: none,
      Genre: none,
      Director: none,
      Actors: none,
      Ratings: [],
      imdbRating: none,
      imdbVotes: none,
    });
  });

  it.each([
    [
      'tt0000004',
      {
        Type: 'series',
        Year: '2008–2013',
        totalSeasons: '2',
        Language: 'English',
        Country: 'United States',
        imdbVotes: '2,000,000',
      },
    ],
    ['tt0000005', { Type: 'series', Year: '2011–', totalSeasons: 'N/A', imdbRating: 'N/A' }],
    ['tt0000006', { Type: 'series', Year: '2019' }],
    ['tt0000007', { Type: 'game', Year: '2001' }],
    [
      'tt0000008',
      { Type: 'episode', Season: '1', Episode: '1', seriesID: 'tt0000004', imdbRating: '9.0' },
    ],
    ['tt0000011', { Type: 'episode', Season: '2', Episode: 'N/A', seriesID: 'tt0000004' }],
  ])('find %s by id', async (id, expected) => {
    expect(await ask(`i=${id}`)).toMatchObject({ ...expected, imdbID: id, Response: 'True' });
  });

  it.each([
    ['t=The+Long+Winter', 'tt0000001'],
    ['T=The+Long+Winter&Y=1999', 'tt0000003'],
    ['t=The+Long+Winter&y=1977%E2%80%931980', 'tt0000001'],
    ['t=The+Harbour&type=series', 'tt0000004'],
    ['t=Low+Tide', 'tt0000008'],
    ['t=Low+Tide&type=episode', 'tt0000008'],
    ['t=The+Harbour&Season=1&Episode=2', 'tt0000009'],
    ['i=tt0000004&season=2&EPISODE=1', 'tt0000010'],
    ['i=tt0000001&t=The+Harbour', 'tt0000001'],
    ['t=Winter+Wars&type=game', 'tt0000007'],
    ['t=der+lange+winter', 'tt0000001'],
    ['t=harbour', 'tt0000004'],
    // similar spelling, where nothing else is found
    ['t=harbur', 'tt0000004'],
    ['t=The+Harbuor&Season=2&Episode=1', 'tt0000010'],
    ['t=the+harbuor&type=series&y=2010', 'tt0000004'],
    // ids in any form, wherever people paste them
    ['i=TT00004', 'tt0000004'],
    ['i=https%3A%2F%2Fm.imdb.com%2Ftitle%2Ftt0000008%2F%3Fref_%3Dx', 'tt0000008'],
    ['t=tt0000004', 'tt0000004'],
    ['t=https%3A%2F%2Fwww.imdb.com%2Ftitle%2Ftt0000008%2F', 'tt0000008'],
  ])('find a title with %s', async (query, id) => {
    expect(await ask(query)).toMatchObject({ imdbID: id, Response: 'True' });
  });

  it('list a season', async () => {
    const episodes = [
      { Title: 'Low Tide', Released: 'N/A', Episode: '1', imdbRating: '9.0', imdbID: 'tt0000008' },
      { Title: 'High Tide', Released: 'N/A', Episode: '2', imdbRating: '8.5', imdbID: 'tt0000009' },
    ];
    for (const query of ['i=tt0000004&Season=1', 't=The+Harbour&season=1']) {
      expect(await ask(query)).toEqual({
        Title: 'The Harbour',
        Season: '1',
        totalSeasons: '2',
        Episodes: episodes,
        Response: 'True',
      });
    }
  });

  it('have no episodes for a missing season, and specials by their number', async () => {
    expect(await ask('i=tt0000203&Season=2')).toEqual({
      Title: 'With A Gap',
      Season: '2',
      totalSeasons: '3',
      Episodes: [],
      Response: 'True',
    });
    expect(await ask('i=tt0000204&Season=2')).toMatchObject({ Episodes: [], Response: 'True' });
    expect(await ask('i=tt0000201&Season=0')).toMatchObject({ Episodes: [{ Episode: '1' }] });
    for (const query of ['i=tt0000203&Season=4', 'i=tt0000203&Season=0', 'i=tt0000001&Season=1'])
      expect(await ask(query)).toEqual({
        Response: 'False',
        Error: 'Series or season not found!',
      });
  });

  it('count seasons by year on from the others, and take their own numbers', async () => {
    const seasonOf = async (query: string) => {
      const { Season, totalSeasons, Episodes } = await ask(query);
      return [Season, totalSeasons, (Episodes as { imdbID: string }[]).map((one) => one.imdbID)];
    };
    expect(await ask('i=tt0000202')).toMatchObject({ totalSeasons: '2' });
    expect(await seasonOf('i=tt0000202&Season=1')).toEqual(['1995', '2', ['tt0000213']]);
    expect(await seasonOf('i=tt0000202&Season=2')).toEqual(['1996', '2', ['tt0000214']]);
    expect(await seasonOf('t=By+Year&Season=1996')).toEqual(['1996', '2', ['tt0000214']]);
    expect(await ask('i=tt0000202&Season=2&Episode=1')).toMatchObject({
      imdbID: 'tt0000214',
      Season: '1996',
    });
    for (const season of [0, 3, 1997])
      expect(await ask(`i=tt0000202&Season=${season}`)).toMatchObject({ Response: 'False' });
    expect(await ask('i=tt0000208')).toMatchObject({ totalSeasons: '3' });
    expect(await seasonOf('i=tt0000208&Season=1')).toEqual(['1', '3', ['tt0000219']]);
    expect(await seasonOf('i=tt0000208&Season=2')).toEqual(['2', '3', ['tt0000220']]);
    expect(await seasonOf('i=tt0000208&Season=3')).toEqual(['2021', '3', ['tt0000221']]);
  });

  it('match a series by any year in which it ran, preferring its first year', async () => {
    for (const year of [2017, 2019, 2020])
      expect(await ask(`t=Dusk&y=${year}`)).toMatchObject({ imdbID: 'tt0000205' });
    expect(await ask('t=Dusk&y=2021')).toMatchObject({ Error: 'Movie not found!' });
    expect(await ask('t=The+Runner&y=2016')).toMatchObject({ imdbID: 'tt0000207' });
    expect(await ask('t=The+Runner&y=2022&type=series')).toMatchObject({ imdbID: 'tt0000206' });
    expect(await ask('s=The+Runner&y=2016')).toMatchObject({ totalResults: '2' });
    expect(await ask('s=Dusk&y=2018&type=series')).toMatchObject({ totalResults: '1' });
    // a film matches only its year of release
    expect(await ask('t=The+Long+Winter&y=1978')).toMatchObject({ Error: 'Movie not found!' });
  });

  it('have ten search results per page', async () => {
    expect(await ask('s=The+Harbour')).toEqual({
      Search: [
        {
          Title: 'The Harbour',
          Year: '2008–2013',
          imdbID: 'tt0000004',
          Type: 'series',
          Poster: 'N/A',
        },
      ],
      totalResults: '1',
      Response: 'True',
    });
    const pages = await Promise.all([1, 2, 3].map((page) => ask(`s=Many&page=${page}`)));
    expect(
      pages.map(({ Search, totalResults }) => [(Search as unknown[]).length, totalResults]),
    ).toEqual([
      [10, '23'],
      [10, '23'],
      [3, '23'],
    ]);
    expect(await Promise.all([-1, 0, 4].map((page) => ask(`s=Many&page=${page}`)))).toEqual(
      Array(3).fill({ Response: 'False', Error: 'Movie not found!' }),
    );
    expect(await ask('s=Many&type=constructor')).toEqual({
      Response: 'False',
      Error: 'Movie not found!',
    });
    expect(
      new Set(
        pages.flatMap(({ Search }) => (Search as { imdbID: string }[]).map(({ imdbID }) => imdbID)),
      ).size,
    ).toBe(23);
  });

  it('have results for any of the words, also misspelt, of films, series and games', async () => {
    const found = async (query: string) =>
      ((await ask(query))['Search'] as { imdbID: string }[]).map(({ imdbID }) => imdbID);
    expect(await found('s=winter')).toEqual(['tt0000007', 'tt0000001', 'tt0000003', 'tt0000002']);
    expect(await found('s=winter&type=movie&y=1977')).toEqual(['tt0000001', 'tt0000002']);
    expect(await found('s=harbur')).toEqual(['tt0000004']);
    expect(await found('s=tide&type=episode')).toEqual(['tt0000008', 'tt0000009']);
    expect(await ask('s=tide')).toEqual({ Response: 'False', Error: 'Movie not found!' });
    // titles of a letter or two
    expect((await found('s=M'))[0]).toBe('tt0000014');
    expect(await found('s=it')).toEqual(['tt0000013']);
    expect(await found('s=24&y=2003')).toEqual(['tt0000015']);
    expect(await found('s=$')).toEqual(['tt0000016']);
    expect(await found('s=TT00004')).toEqual(['tt0000004']);
    expect(await ask('s=tt0000004&type=movie')).toMatchObject({ Error: 'Movie not found!' });
  });

  it.each([
    ['', 'Incorrect IMDb ID.'],
    ['i=', 'Incorrect IMDb ID.'],
    ['i=1234', 'Incorrect IMDb ID.'],
    ['i=nm0000001', 'Incorrect IMDb ID.'],
    ['i=https%3A%2F%2Fwww.imdb.com%2Fname%2Fnm0000001%2F', 'Incorrect IMDb ID.'],
    ['i=tt9999999', 'Error getting data.'],
    ['t=Nobody+Knows', 'Movie not found!'],
    ['t=The+Harbour&type=movie', 'Movie not found!'],
    ['t=Nobody+Knows&type=series', 'Series not found!'],
    ['t=The+Harbour&type=cartoon', 'Movie not found!'],
    ['t=The+Harbour&Season=3', 'Series or season not found!'],
    ['t=Nobody+Knows&Season=1', 'Series or season not found!'],
    ['i=tt0000001&Season=1', 'Series or season not found!'],
    ['t=The+Harbour&Season=1&Episode=9', 'Series or episode not found!'],
    ['s=Nobody', 'Movie not found!'],
    ['s=Nobody+Knows', 'Movie not found!'],
    ['s=Nobody+Knows&type=series', 'Series not found!'],
    ['s=Many&page=4', 'Movie not found!'],
    ['s=Many&page=0', 'Movie not found!'],
    ['s=Many&page=101', 'Movie not found!'],
    ['t=%00', 'Incorrect IMDb ID.'],
    ['i=tt0000001&r=xml', 'Only JSON is supported: use r=json, or leave out r.'],
  ])('reject %j with OMDb’s messages', async (query, error) => {
    expect(await ask(query)).toEqual({ Response: 'False', Error: error });
  });
});

describe('the client imdb-api', () => {
  const client = () => new Client({ apiKey: '0123abcd', baseURL: `${system.apiUrl}/omdb/` });

  it('gets films, series, episodes and games', async () => {
    const film = await client().get({ name: 'The Long Winter' });
    expect(film).toBeInstanceOf(Movie);
    expect(film).toMatchObject({
      imdbid: 'tt0000001',
      title: 'The Long Winter',
      year: 1977,
      rating: 7.8,
      votes: '123,456',
      director: 'Bo Frost, Ada Winter',
      ratings: [{ source: 'Internet Movie Database', value: '7.8/10' }],
    });
    expect(await client().get({ name: 'The Long Winter', year: 1999 })).toMatchObject({
      imdbid: 'tt0000003',
    });
    expect(await client().get({ id: 'tt0000007' })).toBeInstanceOf(Game);
    const episode = await client().get({ id: 'tt0000008' });
    expect(episode).toBeInstanceOf(Episode);
    expect(episode).toMatchObject({ season: 1, episode: 1, seriesid: 'tt0000004' });
  });

  it('walks through the seasons of a series', async () => {
    const series = await client().get({ id: 'tt0000004', short_plot: true });
    if (!(series instanceof TVShow)) throw new Error('expected a series');
    expect(series.totalseasons).toBe(2);
    const episodes = await series.episodes();
    expect(episodes.map(({ season, episode, title }) => [season, episode, title])).toEqual([
      [1, 1, 'Low Tide'],
      [1, 2, 'High Tide'],
      [2, 1, 'Ebb'],
    ]);
  });

  async function expectParts(
    id: string,
    seasons: number,
    expected: readonly (readonly [season: number, episode: number])[],
  ): Promise<void> {
    const series = await client().get({ id });
    if (!(series instanceof TVShow)) throw new Error('expected a series');
    expect(series.totalseasons).toBe(seasons);
    const episodes = await series.episodes();
    expect(episodes.map(({ season, episode }) => [season, episode])).toEqual(expected);
  }

  it('lists all numbered episodes if seasons start at 0, have gaps or episodes without number', async () => {
    await expectParts('tt0000201', 1, [[1, 1]]);
    await expectParts('tt0000203', 3, [
      [1, 1],
      [3, 1],
    ]);
    await expectParts('tt0000204', 2, [[1, 1]]);
  });

  it('lists the episodes of seasons numbered as years', async () => {
    await expectParts('tt0000202', 2, [
      [1995, 1],
      [1996, 1],
    ]);
    await expectParts('tt0000208', 3, [
      [1, 1],
      [2, 1],
      [2021, 1],
    ]);
  });

  it('searches, and turns pages', async () => {
    const first = await client().search({ name: 'Many', reqtype: 'movie', year: 2000 });
    const second = await first.next();
    expect([first.totalresults, first.results.length, second.results.length]).toEqual([23, 10, 10]);
    expect(second.results.map(({ imdbid }) => imdbid)).not.toContain(first.results[0]?.imdbid);
  });

  it('gets an error for missing titles', async () => {
    await expect(client().get({ id: 'tt9999999' })).rejects.toMatchObject({
      message: 'Error getting data.: tt9999999',
    });
    await expect(client().get({ name: 'Nobody Knows' })).rejects.toBeInstanceOf(ImdbError);
    await expect(client().search({ name: 'Nobody Knows' })).rejects.toMatchObject({
      message: 'Movie not found!: Nobody Knows',
    });
  });
});

/** The answer of a callback of Node's form. */
async function answerOf<T>(
  ask: (done: (error: unknown, answer?: T | null) => void) => void,
): Promise<T | null | undefined> {
  return new Promise((resolve, reject) =>
    ask((error, answer) => (error ? reject(toError(error)) : resolve(answer))),
  );
}

/** One of the clients has texts for errors. */
function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

type Done = (error: unknown, answer?: Record<string, unknown> | null) => void;

/** The used part of omdb-client, which has no types. */
interface OmdbClient {
  get(parameters: object, done: Done): void;
  search(parameters: object, done: Done): void;
}

/** The used part of omdb, which has no types. */
interface Omdb {
  get(show: object | string, options: object, done: Done): void;
  search(terms: object | string, done: (error: unknown, found?: object[] | null) => void): void;
}

describe('clients with http://www.omdbapi.com/ built in', () => {
  const load = createRequire(import.meta.url);
  // They have no option for it. So connections of Node's own agent go to a proxy here, as an entry
  // in /etc/hosts would lead them; it prefixes the path with /omdb, as a user's reverse proxy would.
  let proxy: Server;
  const hosts = new Set<string | undefined>();
  const createConnection = globalAgent.createConnection.bind(globalAgent);
  beforeAll(async () => {
    const { hostname, port } = new URL(system.apiUrl);
    proxy = createServer((incoming, response) => {
      hosts.add(incoming.headers.host);
      const onward = request(
        {
          hostname,
          port,
          path: `/omdb${incoming.url ?? ''}`,
          createConnection: () => connect({ host: hostname, port: Number(port) }),
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      onward.end();
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address() as AddressInfo;
    globalAgent.createConnection = () => connect({ host: '127.0.0.1', port: address.port });
  });
  afterAll(() => {
    globalAgent.createConnection = createConnection;
    globalAgent.destroy();
    proxy.close();
    proxy.closeAllConnections();
  });

  afterEach(() => {
    expect(hosts).toEqual(new Set(['www.omdbapi.com']));
    hosts.clear();
  });

  describe('omdb-client', () => {
    const client = load('omdb-client') as OmdbClient;
    const call = async (method: keyof OmdbClient, parameters: object) =>
      answerOf<Record<string, unknown>>((done) =>
        client[method]({ apiKey: '0123abcd', ...parameters }, done),
      );

    it('gets and searches', async () => {
      expect(await call('get', { id: 'tt0000001', plot: 'full' })).toMatchObject({
        Title: 'The Long Winter',
        imdbRating: '7.8',
      });
      expect(
        await call('get', { title: 'The Harbour', type: 'series', year: 2008, incTomatoes: true }),
      ).toMatchObject({ imdbID: 'tt0000004', totalSeasons: '2' });
      expect(await call('search', { query: 'Many', type: 'movie', year: 2000 })).toMatchObject({
        totalResults: '23',
      });
    });

    it('gets an error for missing titles', async () => {
      await expect(call('get', { id: 'tt123' })).rejects.toThrow('Incorrect IMDb ID.');
      await expect(call('get', { title: 'Nobody Knows' })).rejects.toThrow('Movie not found!');
      await expect(call('search', { query: 'Nobody Knows' })).rejects.toThrow('Movie not found!');
    });
  });

  describe('omdb', () => {
    const client = load('omdb') as Omdb;
    const get = async (show: object | string) =>
      answerOf<Record<string, unknown>>((done) => client.get(show, {}, done));
    const search = async (terms: object | string) =>
      answerOf<object[]>((done) => client.search(terms, done));

    it('gets and searches', async () => {
      expect(await get('tt0000001')).toMatchObject({
        title: 'The Long Winter',
        year: 1977,
        runtime: 104,
        director: 'Bo Frost, Ada Winter',
        actors: ['Cy Snow', 'Ada Winter', 'Bo Frost', 'Ed Sleet'],
        imdb: { id: 'tt0000001', rating: 7.8, votes: 123_456 },
      });
      expect(await get({ title: 'The Harbour', type: 'series', year: 2010 })).toMatchObject({
        year: { from: 2008, to: 2013 },
        type: 'series',
        imdb: { id: 'tt0000004' },
      });
      expect(await search('it')).toEqual([
        { title: 'It', year: 2017, imdb: 'tt0000013', type: 'movie', poster: 'N/A' },
      ]);
      expect(await search({ terms: 'Many', type: 'movie', year: 2000 })).toHaveLength(10);
    });

    it('gets nothing for missing titles', async () => {
      expect(await get('Nobody Knows')).toBeUndefined();
      expect(await search('Nobody Knows')).toEqual([]);
    });
  });
});
