import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import {
  Aka,
  Credit,
  Crew,
  Episode,
  EpisodeGrid,
  EpisodePosition,
  MAX_GRID_EPISODES,
  Problem,
  RatedTitle,
  Season,
  SimilarTitle,
  Title,
  TitleBatch,
} from '@marquee/contract';
import type { Row } from '@marquee/datasets';
import { beforeAll, describe, expect, it } from 'vitest';
import { longestLists, usePublishedDay } from './day-rows.ts';
import { importIntoRadarr, importIntoSonarr, importRssIntoRadarr } from './list-importers.ts';
import type { Page } from './pages.ts';
import { addLongList, LONG_LIST, countStreams, expectStreams } from './long-list.ts';

const day = usePublishedDay(3000);
const { system, all } = day;

const episodeItem = ({ tconst, seasonNumber, episodeNumber }: Row<'title.episode'>) => ({
  ...day.files.rated(tconst),
  seasonNumber,
  episodeNumber,
});

const creditItems = (tconst: string) =>
  (day.files.credits.get(tconst) ?? []).map(({ tconst: _, ...credit }) => ({
    ...credit,
    primaryName: day.files.nameOf(credit.nconst),
  }));

describe('a title', () => {
  it('has every requested part, as in the files', async () => {
    for (const tconst of [
      ...longestLists(day.files.akas, 5),
      ...longestLists(day.files.credits, 5),
      ...longestLists(day.files.episodes, 3),
      ...[...day.files.titles.keys()].filter((_, i) => i % 200 === 0),
    ]) {
      const title = Title.parse(
        await system.get(`/titles/${tconst}?include=ratings,akas,principals,crew,episodes`),
      );
      const { averageRating, numVotes } = day.files.rated(tconst);
      const people = (ids: readonly string[] | null | undefined) =>
        (ids ?? []).map((nconst) => ({ nconst, primaryName: day.files.nameOf(nconst) }));
      expect(title).toEqual({
        ...day.files.titles.get(tconst),
        ratings: day.files.ratings.has(tconst) ? { averageRating, numVotes } : null,
        akas: { items: day.files.akas.get(tconst) ?? [], next: null },
        principals: { items: creditItems(tconst), next: null },
        crew: {
          directors: people(day.files.crew.get(tconst)?.directors),
          writers: people(day.files.crew.get(tconst)?.writers),
        },
        episodes: {
          items: (day.files.episodes.get(tconst) ?? []).slice(0, 200).map(episodeItem),
          next:
            (day.files.episodes.get(tconst)?.length ?? 0) > 200
              ? (expect.any(String) as string)
              : null,
        },
      });
    }
  });

  it('has only its own fields without include', async () => {
    const [tconst = ''] = day.files.titles.keys();
    expect(await system.get(`/titles/${tconst}`)).toEqual(day.files.titles.get(tconst));
  });

  it('has its alternative titles page by page, filtered by region and language', async () => {
    for (const tconst of longestLists(day.files.akas, 3)) {
      const akas = day.files.akas.get(tconst) ?? [];
      expect(Aka.array().parse(await all(`/titles/${tconst}/akas`, 3))).toEqual(akas);
      const regions = ['DE', 'US'];
      expect(
        await all(`/titles/${tconst}/akas?region=${regions.join(',').toLowerCase()},`),
      ).toEqual(akas.filter(({ region }) => regions.includes(String(region))));
      expect(await all(`/titles/${tconst}/akas?language=en`)).toEqual(
        akas.filter(({ language }) => language === 'en'),
      );
    }
  });

  it('has its credits with names, filtered by category', async () => {
    for (const tconst of longestLists(day.files.credits, 3)) {
      expect(Credit.array().parse(await all(`/titles/${tconst}/credits`, 4))).toEqual(
        creditItems(tconst),
      );
      expect(await all(`/titles/${tconst}/credits?category=Writer,,director`)).toEqual(
        creditItems(tconst).filter(
          ({ category }) => category === 'writer' || category === 'director',
        ),
      );
    }
  });

  it('has its directors and writers in the order of the file', async () => {
    const [most] = [...day.files.crew.values()].sort(
      (a, b) => (b.writers?.length ?? 0) - (a.writers?.length ?? 0),
    );
    const { crew } = Title.parse(await system.get(`/titles/${most?.tconst ?? ''}?include=crew`));
    expect(Crew.parse(crew).writers.map(({ nconst }) => nconst)).toEqual(most?.writers);
  });

  it('has correct pages of alternative titles if rows change between them', async () => {
    const [tconst = ''] = longestLists(day.files.akas, 1);
    const { pool } = system.database;
    const first = (await system.get(`/titles/${tconst}/akas?limit=3`)) as Page;
    const rest = (await all(`/titles/${tconst}/akas`)).slice(3);
    await pool.query('delete from imdb.title_akas where title_id = $1 and ordering = 1', [tconst]);
    await pool.query(
      `insert into imdb.title_akas (title_id, ordering, title) values ($1, 0, 'new')`,
      [tconst],
    );
    expect(
      ((await system.get(`/titles/${tconst}/akas?limit=200&after=${String(first.next)}`)) as Page)
        .items,
    ).toEqual(rest);
  });
});

describe('a series', () => {
  it('has its episodes in order: of all seasons, of one, or of the unknown one', async () => {
    for (const series of longestLists(day.files.episodes, 5)) {
      const episodes = day.files.episodes.get(series) ?? [];
      expect(Episode.array().parse(await all(`/titles/${series}/episodes`))).toEqual(
        episodes.map(episodeItem),
      );
      const seasons = new Set(episodes.map(({ seasonNumber }) => seasonNumber));
      for (const season of [...seasons, 99_999]) {
        const ofSeason = episodes.filter(({ seasonNumber }) => seasonNumber === season);
        expect(await all(`/titles/${series}/episodes?season=${season ?? 'unknown'}`)).toEqual(
          ofSeason.map(episodeItem),
        );
      }
    }
    expect(
      [...day.files.episodes.values()].flat().some(({ seasonNumber }) => seasonNumber === null),
    ).toBe(true);
  });

  it('has its seasons with counts, votes and the mean of the ratings, the unknown one last', async () => {
    for (const series of longestLists(day.files.episodes, 20)) {
      const seasons = Season.array().parse(await all(`/titles/${series}/seasons`, 2));
      const expected = Map.groupBy(
        day.files.episodes.get(series) ?? [],
        ({ seasonNumber }) => seasonNumber,
      );
      expect(seasons.map(({ seasonNumber }) => seasonNumber)).toEqual([...expected.keys()]);
      for (const { seasonNumber, episodes, ratedEpisodes, averageRating, numVotes } of seasons) {
        const ofSeason = expected.get(seasonNumber) ?? [];
        const ratings = ofSeason.flatMap(({ tconst }) => day.files.ratings.get(tconst) ?? []);
        expect({ episodes, ratedEpisodes, numVotes }).toEqual({
          episodes: ofSeason.length,
          ratedEpisodes: ratings.length,
          numVotes: ratings.reduce((sum, one) => sum + Number(one.numVotes), 0),
        });
        if (ratings.length === 0) expect(averageRating).toBeNull();
        else
          expect(averageRating).toBeCloseTo(
            ratings.reduce((sum, one) => sum + Number(one.averageRating), 0) / ratings.length,
            1,
          );
      }
    }
  });

  it('has all episodes in one grid, as in the files', async () => {
    for (const series of longestLists(day.files.episodes, 10)) {
      const episodes = day.files.episodes.get(series) ?? [];
      const { body } = await system.ask('GET', `/titles/${series}/episode-grid`);
      expect(EpisodeGrid.parse(body)).toEqual({
        seasons: [...Map.groupBy(episodes, ({ seasonNumber }) => seasonNumber)].map(
          ([seasonNumber, ofSeason]) => ({
            seasonNumber,
            episodes: ofSeason.map(({ tconst, episodeNumber }) => {
              const { primaryTitle, startYear, averageRating, numVotes } = day.files.rated(tconst);
              return { tconst, episodeNumber, primaryTitle, startYear, averageRating, numVotes };
            }),
          }),
        ),
        episodes: episodes.length,
        complete: true,
      });
    }
  });

  it('has a grid of its first 20,000 episodes, and says that there are more', async () => {
    await system.query(
      `insert into imdb.title_episode (tconst, parent_tconst, season_number, episode_number)
       select 'tt9' || lpad(n::text, 9, '0'), 'tt9800000000', n / 100, n % 100 from generate_series(0, $1::int4) as n`,
      [MAX_GRID_EPISODES],
    );
    const { body } = await system.ask('GET', '/titles/tt9800000000/episode-grid');
    const { seasons, ...rest } = EpisodeGrid.parse(body);
    expect(rest).toEqual({ episodes: MAX_GRID_EPISODES + 1, complete: false });
    expect(seasons.flatMap(({ episodes }) => episodes.map(({ tconst }) => tconst))).toEqual(
      Array.from({ length: MAX_GRID_EPISODES }, (_, n) => `tt9${String(n).padStart(9, '0')}`),
    );
    await system.query(`delete from imdb.title_episode where parent_tconst = 'tt9800000000'`);
  });

  it('has a grid even if it has no episodes, and other titles have none', async () => {
    const withoutEpisodes = (titleType: string) =>
      [...day.files.titles.values()].find(
        (title) => title.titleType === titleType && !day.files.episodes.has(title.tconst),
      )?.tconst ?? '';
    await system.query(
      `insert into imdb.title_basics (tconst, title_type, primary_title) values ('tt9900000001', 'tvMiniSeries', 'Nothing Yet')`,
    );
    expect((await system.ask('GET', '/titles/tt9900000001/episode-grid')).body).toEqual({
      seasons: [],
      episodes: 0,
      complete: true,
    });
    await system.query(`delete from imdb.title_basics where tconst = 'tt9900000001'`);
    const [film, episode] = [withoutEpisodes('movie'), withoutEpisodes('tvEpisode')];
    for (const [tconst, detail, hint] of [
      [
        film,
        `${film} is no series but of the type movie: it has no episodes.`,
        /hasEpisodes=true/u,
      ],
      [episode, `${episode} is no series but of the type tvEpisode`, `/titles/${episode}/series`],
      ['tt9999999999', 'There is no title with the id tt9999999999.', /published/u],
    ] as const) {
      const { status, body } = await system.ask('GET', `/titles/${tconst}/episode-grid`);
      expect(status).toBe(404);
      const problem = Problem.parse(body);
      expect(problem.detail).toContain(detail);
      expect(problem.hint).toMatch(hint);
    }
  });

  it('links each episode to the next and the previous one', async () => {
    const [series = ''] = longestLists(day.files.episodes, 1);
    const known = (day.files.episodes.get(series) ?? []).filter(
      ({ seasonNumber, episodeNumber }) => seasonNumber !== null && episodeNumber !== null,
    );
    for (const [i, episode] of known.entries()) {
      const [before, after] = [known[i - 1], known[i + 1]];
      expect(EpisodePosition.parse(await system.get(`/titles/${episode.tconst}/series`))).toEqual({
        series: day.files.rated(series),
        seasonNumber: episode.seasonNumber,
        episodeNumber: episode.episodeNumber,
        previous: before === undefined ? null : episodeItem(before),
        next: after === undefined ? null : episodeItem(after),
      });
    }
    const unknown = [...day.files.episodes.values()]
      .flat()
      .find(({ seasonNumber }) => seasonNumber === null);
    expect(
      Title.parse(await system.get(`/titles/${unknown?.tconst ?? ''}?include=series`)).series,
    ).toMatchObject({
      series: day.files.rated(String(unknown?.parentTconst)),
      seasonNumber: null,
      previous: null,
      next: null,
    });
    expect(Title.parse(await system.get(`/titles/${series}?include=series`)).series).toBeNull();
  });
});

describe('similar titles', () => {
  it('share people, are scored by people, genres and votes, and are not episodes', async () => {
    const films = [...day.files.titles.values()]
      .filter(({ titleType }) => titleType === 'movie')
      .map(({ tconst }) => tconst);
    const peopleOf = (tconst: string) =>
      new Set(
        (day.files.credits.get(tconst) ?? []).slice(0, 10).map(({ nconst }) => String(nconst)),
      );
    const judged = films
      .filter((tconst) =>
        [...peopleOf(tconst)].every(
          (nconst) => (day.files.creditsByName.get(nconst)?.length ?? 0) <= 150,
        ),
      )
      .slice(0, 40);
    let found = 0;
    for (const tconst of judged) {
      const shared = new Map<string, number>();
      for (const nconst of peopleOf(tconst)) {
        for (const other of new Set(
          day.files.creditsByName.get(nconst)?.map((credit) => credit.tconst),
        ))
          shared.set(other, (shared.get(other) ?? 0) + 1);
      }
      shared.delete(tconst);
      const expected = [...shared].filter(
        ([other]) =>
          ![undefined, 'tvEpisode'].includes(day.files.titles.get(other)?.titleType ?? undefined),
      );
      const items = SimilarTitle.array().parse(await all(`/titles/${tconst}/similar`, 5));
      // some hundreds are compared by genre; those that share fewer people are ignored
      if (shared.size <= 300)
        expect(new Set(items.map((item) => item.tconst))).toEqual(
          new Set(expected.map(([other]) => other)),
        );
      for (const { score, sharedPeople, sharedGenres, ...title } of items) {
        const genres = day.files.titles.get(tconst)?.genres ?? [];
        expect(title).toEqual(day.files.listed(title.tconst));
        expect(sharedPeople).toBe(shared.get(title.tconst));
        expect(sharedGenres).toBe(
          (title.genres ?? []).filter((genre) => genres.includes(genre)).length,
        );
        expect(score).toBeCloseTo(
          (sharedPeople + sharedGenres / 2) * Math.log(10 + (title.numVotes ?? 0)),
          2,
        );
      }
      expect(items.map(({ score }) => score)).toEqual(
        items.map(({ score }) => score).sort((a, b) => b - a),
      );
      found += items.length;
    }
    expect(found).toBeGreaterThan(0);
  });
});

describe('a batch of titles', () => {
  it('keeps the order, has each once, and lists missing ids', async () => {
    const ids = [...day.files.titles.keys()]
      .filter((_, i) => i % 20 === 0)
      .slice(0, 150)
      .reverse();
    const { status, body } = await system.ask('POST', '/titles/batch', {
      ids: [...ids, 'tt9999999999', ids[0]],
    });
    expect(status).toBe(200);
    expect(TitleBatch.parse(body)).toEqual({
      items: ids.map((tconst) => RatedTitle.parse(day.files.rated(tconst))),
      missing: ['tt9999999999'],
    });
  });

  it.each([
    { ids: [] },
    { ids: Array.from({ length: 201 }, () => 'tt0000001') },
    { ids: ['nm0000001'] },
    {},
  ])('is rejected if invalid', async (body) => {
    const answer = await system.ask('POST', '/titles/batch', body);
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.body).code).toBe('bad-input');
  });
});

describe('ratings', () => {
  const expected = (id: string) => {
    const tconst = id.toLowerCase();
    const { averageRating, numVotes } = day.files.rated(tconst);
    const state = !/^tt\d{7,10}$/u.test(tconst)
      ? 'invalid'
      : averageRating !== null
        ? 'rated'
        : day.files.titles.has(tconst)
          ? 'unrated'
          : 'missing';
    return { tconst, state, averageRating, numVotes };
  };
  const someIds = () => {
    const ids = [...day.files.titles.keys()].filter((_, i) => i % 15 === 0).slice(0, 150);
    return [...ids.reverse(), 'tt9999999999', ids[0] ?? '', (ids[1] ?? '').toUpperCase()];
  };

  const post = async (type: string, body: string, query = '') =>
    fetch(`${system.apiUrl}/ratings${query}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });

  it('of ids in a URL are in their order, as often as they come, in any case', async () => {
    const ids = someIds();
    const lists = [
      ids.map((id) => `id=${id}`).join('&'),
      `id=${ids.join(',')}`,
      `id=${ids.slice(0, 9).join(',%20')}&id=${ids.slice(9).join(',')}`,
    ];
    for (const query of lists)
      expect(await system.get(`/ratings?${query}`)).toEqual({ items: ids.map(expected) });
    expect(new Set(ids.map((id) => expected(id).state))).toEqual(
      new Set(['rated', 'unrated', 'missing']),
    );
    const [id = ''] = ids;
    for (const form of [`https://www.imdb.com/title/${id}/`, id.replace('tt', 'TT000')]) {
      const items = [expected(id)];
      expect(await system.get(`/ratings?id=${encodeURIComponent(form)}`)).toEqual({ items });
      const line = await (await post('application/x-ndjson', form)).text();
      expect(JSON.parse(line)).toEqual(items[0]);
    }
    const response = await fetch(`${system.apiUrl}/ratings?id=tt9999999999&format=csv`);
    expect(await response.text()).toBe(
      'tconst,state,averageRating,numVotes\ntt9999999999,missing,,\n',
    );
  });

  it.each([
    ['', 'id.0'],
    ['?id=', 'id.0'],
    ['?id=tt0000001,nm0000001', 'id.1'],
    [`?id=${'tt0000001,'.repeat(250)}tt0000001`, 'id'],
  ])('of invalid ids in a URL are refused: %s', async (query, where) => {
    const { status, body } = await system.ask('GET', `/ratings${query}`);
    expect(status).toBe(400);
    expect(Problem.parse(body).faults).toMatchObject([{ where }]);
  });

  it('of 10,000 ids are a line each, from JSON or any form of NDJSON', async () => {
    const some = [...someIds(), 'nm0000001', 'tt1', ' = ', 'tconst'];
    const ids = Array.from({ length: 10_000 }, (_, i) => some[i % some.length] ?? '');
    const lines = ids.map((id) => ({ ...expected(id.trim()), tconst: id.trim().toLowerCase() }));
    const forms = [JSON.stringify, (id: string) => JSON.stringify({ id }), toTconst];
    for (const [type, body] of [
      ['application/json', JSON.stringify({ ids })],
      [
        'application/x-ndjson',
        ids.map((id, i) => `${(forms[i % 3] ?? toTconst)(id)}\r\n`).join('\n'),
      ],
      [
        'application/jsonl',
        ids.map((id) => (/^(?:tt\d+|tconst)$/iu.test(id) ? id : toTconst(id))).join('\n'),
      ],
    ] as const) {
      const response = await post(type, body);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'application/x-ndjson',
      ]);
      expect(
        (await response.text())
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual(lines);
    }
    const csv = await (
      await post('application/json', JSON.stringify({ ids: ['=x'] }), '?format=csv&csv=spreadsheet')
    ).arrayBuffer();
    expect(Buffer.from(csv).toString()).toBe(
      "\uFEFFtconst,state,averageRating,numVotes\n'=x,invalid,,\n",
    );
  });

  it('are refused for too many ids, for lines that are none, and elsewhere', async () => {
    for (const [type, body, status, where] of [
      ['application/json', JSON.stringify({ ids: Array(10_001).fill('tt0000001') }), 400, 'ids'],
      ['application/x-ndjson', 'tt0000001\n{"name":1}', 400, 'line 2'],
      ['application/x-ndjson', '\n', 400, 'ids'],
      ['text/plain', 'tt0000001', 415, undefined],
      ['application/json', `{"ids":["${'x'.repeat(600_000)}"]}`, 413, undefined],
    ] as const) {
      const response = await post(type, body);
      const problem = Problem.parse(await response.json());
      expect([problem.status, problem.faults?.[0]?.where]).toEqual([status, where]);
    }
    const elsewhere = await fetch(`${system.apiUrl}/titles/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: 'tt0000001',
    });
    expect(Problem.parse(await elsewhere.json()).code).toBe('unsupported-media-type');
  });
});

const toTconst = (tconst: string) => JSON.stringify({ tconst });

describe('a feed', () => {
  it('has names as they are, but for what XML cannot hold', async () => {
    const name = `<b>"Tom" & Jerry's\u0008</b> ]]> &amp; ‘’ 💥`;
    const [{ tconst } = { tconst: '' }] = await system.query(
      `update imdb.title_basics set primary_title = $1, start_year = 1999
       where tconst = (select tconst from search.title order by votes desc, year desc, tconst desc limit 1) returning tconst`,
      [name],
    );
    const path = `${system.apiUrl}/titles?limit=1&format=`;
    expect(await importIntoRadarr(`${path}stevenlu`)).toEqual([{ title: name, imdbId: tconst }]);
    expect(await importRssIntoRadarr(`${path}rss`)).toEqual([
      { title: name.replace('\u0008', ''), year: 1999, imdbId: tconst },
    ]);
    expect(await importIntoSonarr(`${path}stevenlu`)).toEqual([{ title: name, imdbId: tconst }]);
  });
});

describe('a stream', () => {
  beforeAll(async () => addLongList(system));

  // its own connection, which ends with the request: fetch would replace an aborted one by another
  // and leave it waiting
  async function open(): Promise<IncomingMessage> {
    const [response] = (await once(
      request(`${system.apiUrl}${LONG_LIST}?format=ndjson`, { agent: false }).end(),
      'response',
    )) as [IncomingMessage];
    return response;
  }

  it('is complete however long it is', async () => {
    let lines = 0;
    for await (const chunk of await open()) lines += String(chunk).split('\n').length - 1;
    expect(lines).toBe(100_000);
    await expectStreams(system, 0);
  });

  it('ends its query when the client disconnects', async () => {
    const response = await open();
    expect(response.statusCode).toBe(200);
    expect(await countStreams(system)).toBe(1);
    response.destroy();
    await expectStreams(system, 0);
  });

  it.each([
    `${LONG_LIST}?format=ndjson`,
    '/titles?format=csv&genre=Drama',
    '/changes?format=ndjson',
  ])('ends after a HEAD request: %s', async (path) => {
    for (let i = 0; i < 6; i++)
      expect((await fetch(system.apiUrl + path, { method: 'HEAD' })).status).toBe(200);
    await expectStreams(system, 0);
    expect((await fetch(`${system.apiUrl}${LONG_LIST}?format=csv&limit=1`)).status).toBe(200);
  });
});
