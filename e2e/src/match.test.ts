import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MatchedLine, TitleMatch } from '@marquee/contract';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Cli } from './cli.ts';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

const TITLES: readonly [
  id: string,
  type: string,
  title: string,
  original: string | null,
  start: number | null,
  end: number | null,
  votes: number,
  ...akas: string[],
][] = [
  ['tt0000001', 'movie', 'The Long Winter', null, 1977, null, 120_000, 'Der lange Winter'],
  ['tt0000002', 'movie', 'The Long Winter', null, 1999, null, 90_000],
  ['tt0000003', 'tvEpisode', 'The Long Winter', null, 1977, null, 400],
  ['tt0000004', 'short', 'The Long Winter', null, 1977, null, 12],
  ['tt0000005', 'movie', 'Harbour of Glass', 'La bahía de cristal', 1985, null, 30_000],
  ['tt0000006', 'tvSeries', 'Dusk Riders', null, 2008, 2013, 500_000],
  ['tt0000007', 'movie', 'Dusk Riders', null, 1961, null, 700],
  ['tt0000008', 'movie', 'The Twins', null, 2001, null, 5000],
  ['tt0000009', 'movie', 'The Twins', null, 2001, null, 4000],
  ['tt0000010', 'movie', 'Thunderstone: The Last Chronicle', null, 2010, null, 250_000],
  ['tt0000011', 'movie', 'Quiet Lantern', null, null, null, 0],
  ['tt0000012', 'movie', 'M', null, 1931, null, 170_000],
  ['tt0000013', 'movie', 'Vellum Nights', null, 1988, null, 64_000],
  ['tt0000014', 'tvSeries', 'Still Running', null, 2015, null, 20_000],
  ['tt0000015', 'movie', 'Obsidian Nights III', null, 1993, null, 64_000],
];

const system = useSharedSystem(() => ({ workers: false }));
beforeAll(async () => {
  const { pool } = system.database;
  for (const [id, type, title, original, start, end, votes, ...akas] of TITLES) {
    await pool.query(
      'insert into imdb.title_basics (tconst, title_type, primary_title, original_title, is_adult, start_year, end_year) values ($1, $2, $3, $4, false, $5, $6)',
      [id, type, title, original ?? title, start, end],
    );
    if (votes > 0)
      await pool.query('insert into imdb.title_ratings values ($1, 7.1, $2)', [id, votes]);
    for (const [i, aka] of akas.entries())
      await pool.query(
        'insert into imdb.title_akas (title_id, ordering, title) values ($1, $2, $3)',
        [id, i + 1, aka],
      );
  }
  await pool.query(`
    insert into imdb.name_basics (nconst, primary_name) values ('nm0000001', 'Ada Winter'), ('nm0000002', 'Bo Frost');
    insert into imdb.title_crew (tconst, directors) values ('tt0000008', '{nm0000001}'), ('tt0000009', '{nm0000002}')`);
  await buildSearchTables(pool);
});

type Wanted = Readonly<Record<string, string | number>>;

async function match(wanted: Wanted): Promise<TitleMatch> {
  const query = new URLSearchParams(
    Object.entries(wanted).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const { status, body } = await system.ask('GET', `/match?${query.toString()}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return TitleMatch.parse(body);
}

/** Sends lines. Their answers come one by one: a compressor would hold them back. */
async function send(body: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${system.apiUrl}/match`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'accept-encoding': 'identity' },
    body,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function matchLines(body: string): Promise<MatchedLine[]> {
  const response = await send(body);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await response.text()).split('\n').filter(Boolean);
  return lines.map((line) => MatchedLine.parse(JSON.parse(line)));
}

describe('a title and a year', () => {
  it.each<[name: string, wanted: Wanted, id: string, reason: string, years: number | null]>([
    ['equal', { title: 'The Long Winter', year: 1977 }, 'tt0000001', 'exact', 0],
    ['equal, the other film', { title: 'the long winter', year: 1999 }, 'tt0000002', 'exact', 0],
    ['without the article', { title: 'Long Winter', year: 1977 }, 'tt0000001', 'article', 0],
    ['the article at the end', { title: 'Long Winter, The', year: 1999 }, 'tt0000002', 'exact', 0],
    ['with an article too many', { title: 'The Vellum Nights' }, 'tt0000013', 'article', null],
    ['the year in the title', { title: 'Long Winter, The (1999)' }, 'tt0000002', 'exact', 0],
    ['another name', { title: 'Der lange Winter', year: 1977 }, 'tt0000001', 'aka', 0],
    ['the original title', { title: 'La Bahia de Cristal', year: 1985 }, 'tt0000005', 'exact', 0],
    [
      'another name in brackets',
      { title: 'Glass Bay, The (a.k.a. Harbour of Glass) (1985)' },
      'tt0000005',
      'exact',
      0,
    ],
    ['a year off', { title: 'Harbour of Glass', year: 1986 }, 'tt0000005', 'exact', 1],
    ['misspelt', { title: 'Harbuor of Glas', year: 1985 }, 'tt0000005', 'near', 0],
    ['a series in its first year', { title: 'Dusk Riders', year: 2008 }, 'tt0000006', 'exact', 0],
    ['a series in a later year', { title: 'Dusk Riders', year: 2012 }, 'tt0000006', 'exact', 0],
    ['a series that still runs', { title: 'Still Running', year: 2024 }, 'tt0000014', 'exact', 0],
    [
      'the type decides',
      { title: 'The Long Winter', year: 1977, titleType: 'tvEpisode' },
      'tt0000003',
      'exact',
      0,
    ],
    [
      'the director decides',
      { title: 'The Twins', year: 2001, director: 'Frost, Bo' },
      'tt0000009',
      'exact',
      0,
    ],
    ['a single letter', { title: 'M', year: 1931 }, 'tt0000012', 'exact', 0],
    ['an id', { title: 'https://m.imdb.com/title/tt00007/' }, 'tt0000007', 'id', null],
    ['a file name', { title: 'Unknown (1999) {imdb-tt0000013}' }, 'tt0000013', 'id', null],
  ])('%s: is found without doubt', async (_, wanted, id, reason, years) => {
    const { isDoubtful, items } = await match(wanted);
    expect(items[0]).toMatchObject({
      title: { tconst: id },
      reasons: { title: reason, yearDifference: years },
    });
    expect(isDoubtful).toBe(false);
  });

  it.each<[name: string, wanted: Wanted, ids: string[]]>([
    [
      'two films of one name',
      { title: 'The Long Winter', titleType: 'movie' },
      ['tt0000001', 'tt0000002'],
    ],
    [
      'two films of one name and year',
      { title: 'The Twins', year: 2001 },
      ['tt0000008', 'tt0000009'],
    ],
    ['some years off', { title: 'Harbour of Glass', year: 1990 }, ['tt0000005']],
    ['a title without a year', { title: 'Quiet Lantern', year: 1950 }, ['tt0000011']],
    ['without its subtitle', { title: 'Thunderstone', year: 2010 }, ['tt0000010']],
    ['with a subtitle too many', { title: 'Vellum Nights: Redux', year: 1988 }, ['tt0000013']],
    ['its sequel', { title: 'Obsidian Nights II', year: 1992 }, ['tt0000015']],
    ['with its maker', { title: "Ada Winter's Vellum Nights", year: 1988 }, ['tt0000013']],
    [
      'another director',
      { title: 'The Twins', year: 2001, director: 'Cy Snow' },
      ['tt0000008', 'tt0000009'],
    ],
  ])('%s: is doubtful', async (_, wanted, ids) => {
    const { isDoubtful, items } = await match(wanted);
    expect(items.slice(0, ids.length).map(({ movie }) => movie)).toEqual(ids);
    expect(isDoubtful).toBe(true);
  });

  it.each<Wanted>([
    { title: 'Zzyzx Qwortle', year: 1999 },
    { title: 'The Long Winter', titleType: 'videoGame' },
    { title: '!' },
  ])('%j: has no candidate', async (wanted) => {
    expect(await match(wanted)).toEqual({ isDoubtful: true, state: 'none', items: [] });
  });

  it('has the score of the documented formula, and the row of the title', async () => {
    // exact, same year, a movie: only the votes count: 1 - 0.1 × (1 - log10(120,001) / 6)
    const { items } = await match({ title: 'The Long Winter', year: 1977, limit: 1 });
    expect(items).toEqual([
      {
        score: 0.985,
        reasons: {
          title: 'exact',
          similarity: 1,
          matched: 'the long winter',
          yearDifference: 0,
          runtimeDifference: null,
          director: null,
        },
        movie: 'tt0000001',
        name: 'The Long Winter',
        year: 1977,
        type: 'movie',
        title: expect.objectContaining({
          primaryTitle: 'The Long Winter',
          startYear: 1977,
          numVotes: 120_000,
        }) as unknown,
      },
    ]);
    // aka 0.96 × a year off 0.93 × votes 0.985
    const { items: others } = await match({ title: 'der lange winter', year: 1978, limit: 1 });
    expect(others[0]?.score).toBe(0.879);
  });

  it('needs a title', async () => {
    for (const query of ['', '?title=', '?title=x&year=soon', '?titel=x', '?title=x&limit=21'])
      expect((await system.ask('GET', `/match${query}`)).status, query).toBe(400);
  });
});

describe('lines of NDJSON', () => {
  it('are answered in their order, each with its ref or what is wrong with it', async () => {
    const answers = await matchLines(
      [
        '{"title":"The Long Winter","year":1977,"ref":"a"}',
        '{"title":"Dusk Riders","year":"2012","director":null,"ref":7}',
        'not json',
        '{"title":"M","jahr":1931,"ref":"c"}',
        '{"year":1931}',
        '',
        '{"title":"Zzyzx Qwortle"}',
        '[]',
        '{"title":"M","year":1931,"limit":1}',
        '',
      ].join('\r\n'),
    );
    expect(
      answers.map(({ line, ref, items, isDoubtful, error }) => [
        line,
        ref,
        items?.[0]?.title?.tconst,
        isDoubtful,
        error?.code,
      ]),
    ).toEqual([
      [1, 'a', 'tt0000001', false, undefined],
      [2, 7, 'tt0000006', false, undefined],
      [3, null, undefined, undefined, 'bad-input'],
      [4, 'c', undefined, undefined, 'bad-input'],
      [5, null, undefined, undefined, 'bad-input'],
      [6, null, undefined, undefined, 'bad-input'],
      [7, null, undefined, true, undefined],
      [8, null, undefined, undefined, 'bad-input'],
      [9, null, 'tt0000012', false, undefined],
    ]);
    expect(answers[3]?.error?.detail).toBe(
      'Invalid request: jahr: unknown field; expected one of title, year, titleType, type, director, runtimeMinutes, ids, limit, names, ref.',
    );
    expect(answers[4]?.error?.detail).toContain('title: expected a value, got none');
  });

  it('are answered by the hundred, the same as one by one', async () => {
    const wanted = Array.from({ length: 300 }, (_, i) => TITLES[i % TITLES.length]);
    const answers = await matchLines(
      wanted
        .map((title, i) => JSON.stringify({ title: title?.[2], year: title?.[4], ref: i }))
        .join('\n'),
    );
    expect(answers.map(({ ref }) => ref)).toEqual(wanted.map((_, i) => i));
    for (const [i, title] of TITLES.slice(0, 3).entries()) {
      const { isDoubtful, state, items } = answers[i] ?? {};
      expect({ isDoubtful, state, items }).toEqual(
        await match({ title: title[2], year: title[4] ?? 0 }),
      );
    }
  });

  it('are any number, answered while others come, in the right type of body', async () => {
    const refusal = async (type: string, body: string, path = '/match') => {
      const response = await fetch(`${system.apiUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await matchLines('{}\n'.repeat(10_001))).toHaveLength(10_001);
    expect(await matchLines(`${' '.repeat(5_000_000)}\n{"title":"M","year":1931}`)).toMatchObject([
      { line: 1, error: { code: 'bad-input' } },
      { line: 2, items: [{ title: { tconst: 'tt0000012' } }] },
    ]);
    expect(await matchLines('')).toEqual([]);
    expect(await refusal('application/json', '{"title":"M"}')).toEqual([
      415,
      'unsupported-media-type',
    ]);
    expect(await refusal('text/plain', '{"title":"M"}')).toEqual([415, 'unsupported-media-type']);
    expect(await refusal('application/x-ndjson', '{"ids":["tt0000001"]}', '/titles/batch')).toEqual(
      [415, 'unsupported-media-type'],
    );
  });

  it('are answered before the body has ended, and read no faster than their answers', async () => {
    const outgoing = request(`${system.apiUrl}/match`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const lines = `${JSON.stringify({ title: 'M', ref: 'x'.repeat(190) })}\n`.repeat(1000);
    let sent = 0;
    const sendMore = (): void => {
      do sent++;
      while (outgoing.write(lines));
    };
    outgoing.on('drain', sendMore).on('error', () => undefined);
    sendMore();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    const first = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).toContain('"line":1,');
    response.pause();
    const isStalled = async () => {
      const before = sent;
      await sleep(500);
      return sent === before;
    };
    // the buffers of the connection hold some megabytes
    await expect.poll(isStalled, { timeout: 20_000 }).toBe(true);
    outgoing.destroy();
  });

  it('stop being matched when their reader leaves, and its place is free again', async () => {
    const line = `${JSON.stringify({ title: 'Harbuor of Glas', year: 1985 })}\n`;
    // as many as a client may have at once
    for (let i = 0; i < 2; i++) {
      const aborter = new AbortController();
      const response = await send(line.repeat(10_000), aborter.signal);
      expect((await response.body?.getReader().read())?.done).toBe(false);
      aborter.abort();
    }
    await expect.poll(async () => (await send(line)).status).toBe(200);
  });
});

describe('marquee match', () => {
  it('adds the movie of each row to a CSV file of any form, and doubtful ones to another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-match-'));
    onTestFinished(async () => rm(folder, { recursive: true }));
    const [input, output, doubtful] = ['in.csv', 'out.csv', 'check.csv'].map((name) =>
      join(folder, name),
    );
    const rows = [
      '\ufeffMy Rating;Title;Released;imdbId',
      '5;"Long Winter; The";12 May 1977;',
      '4;Harbour of Glass;1985;',
      '3;The Twins;2001;',
      '2;Zzyzx Qwortle;;',
      '1;Something else;;0000007',
    ];
    await writeFile(input ?? '', rows.join('\r\n').replace('Long Winter; The', 'Long Winter, The'));
    const cli = new Cli(system);
    const { code, stderr } = await cli.run(
      'match',
      input ?? '',
      '-o',
      output ?? '',
      '--doubtful',
      doubtful ?? '',
    );
    expect([code, stderr]).toEqual([0, '5 rows: 3 sure, 1 doubtful, 1 without a movie.\n']);
    expect((await readFile(output ?? '', 'utf8')).trimEnd().split('\n')).toEqual([
      'My Rating;Title;Released;imdbId;match_movie;match_title;match_year;match_score;match_state',
      '5;Long Winter, The;12 May 1977;;tt0000001;The Long Winter;1977;0.985;sure',
      expect.stringContaining(';tt0000005;Harbour of Glass;1985;'),
      '2;Zzyzx Qwortle;;;;;;;none',
      '1;Something else;;0000007;tt0000007;Dusk Riders;1961;1;sure',
    ]);
    expect(await readFile(doubtful ?? '', 'utf8')).toContain('3;The Twins;2001;;tt0000008;');
    expect((await cli.run('match', input ?? '', '--title', 'Name')).code).toBe(2);
    expect((await cli.run('match', join(folder, 'none.csv'))).code).toBe(2);
    const unwritable = await cli.run('match', input ?? '', '-o', join(folder, 'none', 'out.csv'));
    expect([unwritable.code, unwritable.stderr]).toEqual([
      2,
      expect.stringMatching(/out\.csv cannot be written/u),
    ]);
  });
});
