import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aka, Credit, Crew, Episode, EpisodePlace, FilmographyCredit, NameBatch, Problem, RatedTitle, Season, SimilarTitle, Title, TitleBatch } from '@marquee/contract';
import type { DatasetName, Row } from '@marquee/datasets';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFileRows } from './differences.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

/** What the files say, by id. */
interface Files {
  readonly titles: ReadonlyMap<string, Row<'title.basics'>>;
  readonly ratings: ReadonlyMap<string, Row<'title.ratings'>>;
  readonly crew: ReadonlyMap<string, Row<'title.crew'>>;
  readonly names: ReadonlyMap<string, Row<'name.basics'>>;
  readonly akas: ReadonlyMap<string, Row<'title.akas'>[]>;
  readonly credits: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly creditsByName: ReadonlyMap<string, Row<'title.principals'>[]>;
  readonly episodes: ReadonlyMap<string, Row<'title.episode'>[]>;
}

const days = useDays({ titles: 3000, days: 1 });
const system = useSharedSystem(() => ({ files: days.day(0) }));
let files: Files;
beforeAll(async () => {
  expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded' });
  const folder = days.day(0);
  const [titles, ratings, crew, names, akas, credits, episodes] = await Promise.all([
    rowsOf('title.basics', folder),
    rowsOf('title.ratings', folder),
    rowsOf('title.crew', folder),
    rowsOf('name.basics', folder),
    rowsOf('title.akas', folder),
    rowsOf('title.principals', folder),
    rowsOf('title.episode', folder),
  ]);
  files = {
    titles: new Map(titles.map((row) => [row.tconst, row])),
    ratings: new Map(ratings.map((row) => [row.tconst, row])),
    crew: new Map(crew.map((row) => [row.tconst, row])),
    names: new Map(names.map((row) => [row.nconst, row])),
    akas: Map.groupBy(akas, ({ titleId }) => titleId),
    credits: Map.groupBy(credits, ({ tconst }) => tconst),
    creditsByName: Map.groupBy(credits, ({ nconst }) => String(nconst)),
    episodes: Map.groupBy(episodes, ({ parentTconst }) => String(parentTconst)),
  };
});

async function rowsOf<D extends DatasetName>(dataset: D, folder: string): Promise<Row<D>[]> {
  return [...(await readFileRows(dataset, folder)).values()].map((json) => JSON.parse(json) as Row<D>);
}

/** The fields of a title and its rating, as far as the files have them. */
function rated(tconst: string) {
  const { tconst: _, ...title } = files.titles.get(tconst) ?? { tconst, titleType: null, primaryTitle: null, originalTitle: null, isAdult: null, startYear: null, endYear: null, runtimeMinutes: null, genres: null };
  const rating = files.ratings.get(tconst);
  return { tconst, ...title, averageRating: rating?.averageRating ?? null, numVotes: rating?.numVotes ?? null };
}

const nameOf = (nconst: string | null): string | null => files.names.get(String(nconst))?.primaryName ?? null;

async function get(path: string): Promise<unknown> {
  const { status, body } = await system.ask('GET', path);
  expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  return body;
}

interface Page {
  readonly items: unknown[];
  readonly next: string | null;
}

/** All items of a list, page by page. */
async function all(path: string, limit = 7): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let after = ''; ; ) {
    const page = (await get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${after}`)) as Page;
    items.push(...page.items);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    if (page.next === null) return items;
    after = `&after=${page.next}`;
  }
}

/** The keys with the longest lists, the most at first. */
function fullest<T>(lists: ReadonlyMap<string, readonly T[]>, count: number): string[] {
  return [...lists].sort(([, a], [, b]) => b.length - a.length).slice(0, count).map(([key]) => key);
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);
const LAST = Number.MAX_SAFE_INTEGER;

function episodesInOrder(series: string): Row<'title.episode'>[] {
  const known = (value: number | null): number => value ?? LAST;
  return [...(files.episodes.get(series) ?? [])].sort(
    (a, b) => known(a.seasonNumber) - known(b.seasonNumber) || known(a.episodeNumber) - known(b.episodeNumber) || compare(a.tconst, b.tconst),
  );
}

const episodeItem = ({ tconst, seasonNumber, episodeNumber }: Row<'title.episode'>) => ({ ...rated(tconst), seasonNumber, episodeNumber });

function creditItems(tconst: string) {
  return (files.credits.get(tconst) ?? []).sort((a, b) => a.ordering - b.ordering).map(({ tconst: _, ...credit }) => ({ ...credit, primaryName: nameOf(credit.nconst) }));
}

describe('a title', () => {
  it('comes with every part that is asked for, as the files have it', async () => {
    for (const tconst of [...fullest(files.akas, 5), ...fullest(files.credits, 5), ...fullest(files.episodes, 3), ...[...files.titles.keys()].filter((_, i) => i % 200 === 0)]) {
      const title = Title.parse(await get(`/titles/${tconst}?include=ratings,akas,principals,crew,episodes`));
      const { averageRating, numVotes } = rated(tconst);
      const people = (ids: readonly string[] | null | undefined) => (ids ?? []).map((nconst) => ({ nconst, primaryName: nameOf(nconst) }));
      expect(title).toEqual({
        ...files.titles.get(tconst),
        ratings: files.ratings.has(tconst) ? { averageRating, numVotes } : null,
        akas: { items: (files.akas.get(tconst) ?? []).sort((a, b) => a.ordering - b.ordering), next: null },
        principals: { items: creditItems(tconst), next: null },
        crew: { directors: people(files.crew.get(tconst)?.directors), writers: people(files.crew.get(tconst)?.writers) },
        episodes: { items: episodesInOrder(tconst).slice(0, 200).map(episodeItem), next: (files.episodes.get(tconst)?.length ?? 0) > 200 ? (expect.any(String) as string) : null },
      });
    }
  });

  it('is as it was without include', async () => {
    const [tconst = ''] = files.titles.keys();
    expect(await get(`/titles/${tconst}`)).toEqual(files.titles.get(tconst));
  });

  it('has its names page by page, in regions and languages', async () => {
    for (const tconst of fullest(files.akas, 3)) {
      const akas = (files.akas.get(tconst) ?? []).sort((a, b) => a.ordering - b.ordering);
      expect(Aka.array().parse(await all(`/titles/${tconst}/akas`, 3))).toEqual(akas);
      const regions = ['DE', 'US'];
      expect(await all(`/titles/${tconst}/akas?region=${regions.join(',')}`)).toEqual(akas.filter(({ region }) => regions.includes(String(region))));
      expect(await all(`/titles/${tconst}/akas?language=en`)).toEqual(akas.filter(({ language }) => language === 'en'));
    }
  });

  it('has its credits with names, by category', async () => {
    for (const tconst of fullest(files.credits, 3)) {
      expect(Credit.array().parse(await all(`/titles/${tconst}/credits`, 4))).toEqual(creditItems(tconst));
      expect(await all(`/titles/${tconst}/credits?category=writer,director`)).toEqual(creditItems(tconst).filter(({ category }) => category === 'writer' || category === 'director'));
    }
  });

  it('has its directors and writers in the order of the file', async () => {
    const [most] = [...files.crew.values()].sort((a, b) => (b.writers?.length ?? 0) - (a.writers?.length ?? 0));
    const { crew } = Title.parse(await get(`/titles/${most?.tconst ?? ''}?include=crew`));
    expect(Crew.parse(crew).writers.map(({ nconst }) => nconst)).toEqual(most?.writers);
  });
});

describe('a series', () => {
  it('has its episodes in order, of all seasons, one of them, or the unknown one', async () => {
    for (const series of fullest(files.episodes, 5)) {
      const episodes = episodesInOrder(series);
      expect(Episode.array().parse(await all(`/titles/${series}/episodes`))).toEqual(episodes.map(episodeItem));
      const seasons = new Set(episodes.map(({ seasonNumber }) => seasonNumber));
      for (const season of [...seasons, 99_999]) {
        const ofSeason = episodes.filter(({ seasonNumber }) => seasonNumber === season);
        expect(await all(`/titles/${series}/episodes?season=${season ?? 'unknown'}`)).toEqual(ofSeason.map(episodeItem));
      }
    }
    expect([...files.episodes.values()].flat().some(({ seasonNumber }) => seasonNumber === null)).toBe(true);
  });

  it('has its seasons with counts, votes and the mean of the ratings, the unknown one last', async () => {
    for (const series of fullest(files.episodes, 20)) {
      const seasons = Season.array().parse(await all(`/titles/${series}/seasons`, 2));
      const expected = Map.groupBy(episodesInOrder(series), ({ seasonNumber }) => seasonNumber);
      expect(seasons.map(({ seasonNumber }) => seasonNumber)).toEqual([...expected.keys()]);
      for (const { seasonNumber, episodes, ratedEpisodes, averageRating, numVotes } of seasons) {
        const ofSeason = expected.get(seasonNumber) ?? [];
        const ratings = ofSeason.flatMap(({ tconst }) => files.ratings.get(tconst) ?? []);
        expect({ episodes, ratedEpisodes, numVotes }).toEqual({ episodes: ofSeason.length, ratedEpisodes: ratings.length, numVotes: ratings.reduce((sum, one) => sum + Number(one.numVotes), 0) });
        if (ratings.length === 0) expect(averageRating).toBeNull();
        else expect(averageRating).toBeCloseTo(ratings.reduce((sum, one) => sum + Number(one.averageRating), 0) / ratings.length, 1);
      }
    }
  });

  it('is walked from episode to episode, there and back', async () => {
    const [series = ''] = fullest(files.episodes, 1);
    const known = episodesInOrder(series).filter(({ seasonNumber, episodeNumber }) => seasonNumber !== null && episodeNumber !== null);
    for (const [i, episode] of known.entries()) {
      const [before, after] = [known[i - 1], known[i + 1]];
      expect(EpisodePlace.parse(await get(`/titles/${episode.tconst}/series`))).toEqual({
        series: rated(series),
        seasonNumber: episode.seasonNumber,
        episodeNumber: episode.episodeNumber,
        previous: before === undefined ? null : episodeItem(before),
        next: after === undefined ? null : episodeItem(after),
      });
    }
    const unknown = [...files.episodes.values()].flat().find(({ seasonNumber }) => seasonNumber === null);
    expect(Title.parse(await get(`/titles/${unknown?.tconst ?? ''}?include=series`)).series).toMatchObject({ series: rated(String(unknown?.parentTconst)), seasonNumber: null, previous: null, next: null });
    expect(Title.parse(await get(`/titles/${series}?include=series`)).series).toBeNull();
  });
});

describe('similar titles', () => {
  it('share people, score by people, genres and votes, and are no episodes', async () => {
    const films = [...files.titles.values()].filter(({ titleType }) => titleType === 'movie').map(({ tconst }) => tconst);
    const peopleOf = (tconst: string) => new Set((files.credits.get(tconst) ?? []).sort((a, b) => a.ordering - b.ordering).slice(0, 10).map(({ nconst }) => String(nconst)));
    const judged = films.filter((tconst) => [...peopleOf(tconst)].every((nconst) => (files.creditsByName.get(nconst)?.length ?? 0) <= 150)).slice(0, 40);
    let found = 0;
    for (const tconst of judged) {
      const shared = new Map<string, number>();
      for (const nconst of peopleOf(tconst)) {
        for (const other of new Set(files.creditsByName.get(nconst)?.map((credit) => credit.tconst))) shared.set(other, (shared.get(other) ?? 0) + 1);
      }
      shared.delete(tconst);
      const expected = [...shared].filter(([other]) => ![undefined, 'tvEpisode'].includes(files.titles.get(other)?.titleType ?? undefined));
      const items = SimilarTitle.array().parse(await all(`/titles/${tconst}/similar`, 5));
      // some hundreds are compared by genre; who shares less is not looked at
      if (shared.size <= 300) expect(new Set(items.map((item) => item.tconst))).toEqual(new Set(expected.map(([other]) => other)));
      for (const { score, sharedPeople, sharedGenres, ...title } of items) {
        const genres = files.titles.get(tconst)?.genres ?? [];
        expect(title).toEqual(rated(title.tconst));
        expect(sharedPeople).toBe(shared.get(title.tconst));
        expect(sharedGenres).toBe((title.genres ?? []).filter((genre) => genres.includes(genre)).length);
        expect(score).toBeCloseTo((sharedPeople + sharedGenres / 2) * Math.log(10 + (title.numVotes ?? 0)), 2);
      }
      expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
      found += items.length;
    }
    expect(found).toBeGreaterThan(0);
  });
});

describe('a name', () => {
  it('comes with the titles it is known for', async () => {
    for (const name of [...files.names.values()].filter((_, i) => i % 500 === 0)) {
      expect(await get(`/names/${name.nconst}`)).toEqual(name);
      expect(await get(`/names/${name.nconst}?include=knownFor`)).toEqual({ ...name, knownFor: (name.knownForTitles ?? []).map(rated) });
    }
  });

  const filmography = (nconst: string) =>
    (files.creditsByName.get(nconst) ?? []).map(({ tconst, ordering, category, job, characters }) => ({ ...rated(tconst), ordering, category, job, characters }));

  it.each(['year', 'votes'] as const)('has its filmography by %s, either way, each credit once', async (sort) => {
    for (const nconst of fullest(files.creditsByName, 3)) {
      const key = ({ startYear, numVotes }: { startYear: number | null; numVotes: number | null }): number => (sort === 'year' ? startYear : numVotes) ?? -1;
      const credits = filmography(nconst).sort((a, b) => key(a) - key(b) || compare(a.tconst, b.tconst) || a.ordering - b.ordering);
      expect(FilmographyCredit.array().parse(await all(`/names/${nconst}/filmography?sort=${sort}&order=asc`, 50))).toEqual(credits);
      expect(await all(`/names/${nconst}/filmography?sort=${sort}`, 50)).toEqual(credits.reverse());
    }
  });

  it('has its filmography by category, type, genre and year', async () => {
    for (const nconst of fullest(files.creditsByName, 3)) {
      const credits = filmography(nconst);
      const ids = async (query: string) => new Set((await all(`/names/${nconst}/filmography?${query}`, 100)).map((item) => JSON.stringify(item)));
      const those = (wanted: (credit: (typeof credits)[number]) => boolean) => new Set(credits.filter(wanted).map((credit) => JSON.stringify(credit)));
      const shapeOf = async (query: string) => new Set([...(await ids(query))].map((json) => JSON.stringify(FilmographyCredit.parse(JSON.parse(json)))));
      const sorted = (set: Set<string>) => [...set].map((json) => Object.entries(JSON.parse(json) as object).sort()).map((entries) => JSON.stringify(entries)).sort();
      for (const [query, wanted] of [
        ['category=actor,actress', ({ category }) => category === 'actor' || category === 'actress'],
        ['titleType=movie,short&sort=votes', ({ titleType }) => titleType === 'movie' || titleType === 'short'],
        ['genre=Drama&category=self', ({ genres, category }) => category === 'self' && genres?.includes('Drama') === true],
        ['startYearFrom=1990&startYearTo=2010', ({ startYear }) => startYear !== null && startYear >= 1990 && startYear <= 2010],
      ] satisfies [string, (credit: (typeof credits)[number]) => boolean][]) {
        expect(sorted(await shapeOf(query))).toEqual(sorted(those(wanted)));
      }
    }
  });

  it('has the people who have worked on the same titles, most shared first', async () => {
    const few = [...files.creditsByName].filter(([, credits]) => credits.length > 5 && credits.length <= 200).slice(0, 10);
    expect(few.length).toBeGreaterThan(0);
    for (const [nconst, credits] of few) {
      const shared = new Map<string, number>();
      for (const tconst of new Set(credits.map((credit) => credit.tconst))) {
        for (const other of new Set(files.credits.get(tconst)?.map((credit) => String(credit.nconst)))) if (other !== nconst) shared.set(other, (shared.get(other) ?? 0) + 1);
      }
      const expected = [...shared].sort(([a, n], [b, m]) => m - n || compare(a, b)).map(([other, sharedTitles]) => ({ nconst: other, primaryName: nameOf(other), sharedTitles }));
      expect(await all(`/names/${nconst}/costars`, 40)).toEqual(expected);
    }
  });
});

describe('a batch', () => {
  it('of titles keeps the order, each once, and says which ids there are not', async () => {
    const ids = [...files.titles.keys()].filter((_, i) => i % 20 === 0).slice(0, 150).reverse();
    const { status, body } = await system.ask('POST', '/titles/batch', { ids: [...ids, 'tt9999999999', ids[0]] });
    expect(status).toBe(200);
    expect(TitleBatch.parse(body)).toEqual({ items: ids.map((tconst) => RatedTitle.parse(rated(tconst))), missing: ['tt9999999999'] });
  });

  it('of names likewise', async () => {
    const ids = [...files.names.keys()].slice(0, 200).reverse();
    expect(NameBatch.parse((await system.ask('POST', '/names/batch', { ids })).body)).toEqual({ items: ids.map((nconst) => files.names.get(nconst)), missing: [] });
  });

  it.each([{ ids: [] }, { ids: Array.from({ length: 201 }, () => 'tt0000001') }, { ids: ['nm0000001'] }, {}])('is refused when it is not right', async (body) => {
    const answer = await system.ask('POST', '/titles/batch', body);
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.body).code).toBe('bad-input');
  });
});

describe('a list', () => {
  const fullestPath = () => `/names/${fullest(files.creditsByName, 1)[0] ?? ''}/filmography`;

  it('shows the fields that are asked for, and the known ones when there is no such field', async () => {
    const page = (await get(`${fullestPath()}?fields=primaryTitle,tconst&limit=1`)) as Page;
    expect(Object.keys(page.items[0] as object).sort()).toEqual(['primaryTitle', 'tconst']);
    const { status, body } = await system.ask('GET', `${fullestPath()}?fields=titel`);
    expect(status).toBe(400);
    expect(Problem.parse(body).detail).toContain('there is no field "titel"; expected some of tconst, titleType, primaryTitle');
  });

  it('is counted when that is asked for', async () => {
    const [nconst = ''] = fullest(files.creditsByName, 1);
    const count = files.creditsByName.get(nconst)?.length;
    expect(await get(`${fullestPath()}?limit=1`)).not.toHaveProperty('total');
    expect(await get(`${fullestPath()}?limit=1&total=exact`)).toMatchObject({ total: count });
    expect(await get(`${fullestPath()}?limit=1&total=estimated`)).toMatchObject({ total: expect.any(Number) as number });
  });

  it('takes no cursor of another list, filter or order, and none that was made up', async () => {
    const { next } = (await get(`${fullestPath()}?limit=1`)) as Page;
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [mark] = JSON.parse(Buffer.from(String(next), 'base64url').toString()) as [string];
    for (const query of [`order=asc&after=${String(next)}`, `category=self&after=${String(next)}`, 'after=x', `after=${made([])}`, `after=${made([mark, 'x', 1, 2])}`, `after=${made([mark, 2 ** 31, 'tt1', 1])}`, `after=${made([mark, 1, 'a\0', 1])}`]) {
      const { status, body } = await system.ask('GET', `${fullestPath()}?${query}`);
      expect(status, query).toBe(400);
      expect(Problem.parse(body)).toMatchObject({ faults: [{ where: 'after' }] });
    }
  });

  it('comes as a stream of NDJSON or CSV, by parameter or Accept header, with no more or less than its pages', async () => {
    const [nconst = ''] = fullest(files.creditsByName, 1);
    const items = await all(`/names/${nconst}/filmography`, 100);
    const ndjson = await fetch(`${system.apiUrl}/names/${nconst}/filmography`, { headers: { accept: 'application/x-ndjson' } });
    expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
    expect((await ndjson.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(items);
    const csv = await fetch(`${system.apiUrl}/names/${nconst}/filmography?format=csv&fields=tconst,ordering,genres`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const lines = (items as { tconst: string; ordering: number; genres: string[] | null }[]).map(({ tconst, ordering, genres }) => `${tconst},${genres?.join('|') ?? ''},${ordering}`);
    expect(await csv.text()).toBe(`${['tconst,genres,ordering', ...lines].join('\n')}\n`);
  });

  it('of nothing is told from one of what there is not', async () => {
    const [childless = ''] = [...files.titles.values()].filter(({ titleType }) => titleType === 'movie').map(({ tconst }) => tconst);
    expect(await get(`/titles/${childless}/episodes`)).toEqual({ items: [], next: null });
    for (const path of ['/titles/tt9999999999/episodes', '/titles/tt9999999999/seasons', '/titles/tt9999999999/similar', '/titles/tt9999999999/akas?format=csv', '/names/nm9999999999/filmography', '/names/nm9999999999/costars', `/titles/${childless}/series`]) {
      const { status, body } = await system.ask('GET', path);
      expect(status, path).toBe(404);
      expect(Problem.parse(body).code).toBe('not-found');
    }
  });

  it('goes on rightly when rows come and go between two pages', async () => {
    const [tconst = ''] = fullest(files.akas, 1);
    const { pool } = system.database;
    const first = (await get(`/titles/${tconst}/akas?limit=3`)) as Page;
    const rest = (await all(`/titles/${tconst}/akas`)).slice(3);
    await pool.query('delete from imdb.title_akas where title_id = $1 and ordering = 1', [tconst]);
    await pool.query(`insert into imdb.title_akas (title_id, ordering, title) values ($1, 0, 'new')`, [tconst]);
    expect(((await get(`/titles/${tconst}/akas?limit=200&after=${String(first.next)}`)) as Page).items).toEqual(rest);
  });
});

describe('a stream', () => {
  const TITLE = 'tt0000000001';
  beforeAll(async () => {
    const { pool } = system.database;
    await pool.query(`insert into imdb.title_basics (tconst, primary_title) values ($1, 'many names')`, [TITLE]);
    await pool.query(`insert into imdb.title_akas (title_id, ordering, title) select $1, n, repeat('x', 500) from generate_series(1, 100000) n`, [TITLE]);
  });

  const streams = async (): Promise<number> =>
    (await system.database.pool.query(`select from pg_stat_activity where datname = current_database() and application_name = 'marquee api streams' and state <> 'idle'`)).rowCount ?? 0;

  async function untilStreams(count: number): Promise<void> {
    while ((await streams()) !== count) await sleep(20);
  }

  // a connection of its own, which is over with its request: fetch opens another in the place of one it has cut, and leaves it waiting
  async function open(): Promise<IncomingMessage> {
    const [response] = (await once(request(`${system.apiUrl}/titles/${TITLE}/akas?format=ndjson`, { agent: false }).end(), 'response')) as [IncomingMessage];
    return response;
  }

  it('is whole however long it is', async () => {
    let lines = 0;
    for await (const chunk of await open()) lines += String(chunk).split('\n').length - 1;
    expect(lines).toBe(100_000);
    await untilStreams(0);
  });

  it('ends its query when its client goes away', async () => {
    const response = await open();
    expect(response.statusCode).toBe(200);
    expect(await streams()).toBe(1);
    response.destroy();
    await untilStreams(0);
  });

  it('is one of four at the most, and the next is told to wait', async () => {
    const responses = [await open(), await open(), await open(), await open()];
    for (const { statusCode } of responses) expect(statusCode).toBe(200);
    const { status, body } = await system.ask('GET', `/titles/${TITLE}/akas?format=ndjson`);
    expect(status).toBe(503);
    expect(Problem.parse(body).code).toBe('too-many-streams');
    expect(await get(`/titles/${TITLE}/akas?limit=1`)).toMatchObject({ items: [{ ordering: 1 }] });
    for (const response of responses) response.destroy();
    await untilStreams(0);
    expect((await fetch(`${system.apiUrl}/titles/${TITLE}/akas?format=csv&limit=1`)).status).toBe(200);
  });
});
