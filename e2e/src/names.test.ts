import {
  Connection,
  FilmographyCredit,
  NameBatch,
  NameSummary,
  Problem,
  SharedTitle,
  Work,
  type WorkQuery,
} from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { compareKeys, longestLists, usePublishedDay } from './day-rows.ts';
import type { Page } from './pages.ts';
import { distancesFrom, isLive } from './people-graph.ts';

const day = usePublishedDay(3000);
const { system, all } = day;

const creditsOf = (nconst: string) => day.files.creditsByName.get(nconst) ?? [];

/** The series of an episode; null for other titles, and where title.basics lacks the series. */
function seriesOf(tconst: string): string | null {
  const parent = day.files.episodePositions.get(tconst)?.parentTconst;
  return typeof parent === 'string' && day.files.titles.has(parent) ? parent : null;
}

/** The people with most credits, and some with a few. */
const somePeople = () => [
  ...longestLists(day.files.creditsByName, 3),
  ...[...day.files.creditsByName.keys()].filter((_, i) => i % 700 === 3),
];

/** Values with their numbers, the most frequent first. */
function countEach(values: readonly string[]): [string, number][] {
  return [...Map.groupBy(values, (value) => value)]
    .map(([value, { length }]): [string, number] => [value, length])
    .sort(([a, n], [b, m]) => m - n || compareKeys(a, b));
}

/** The works of a person by the files, from the credits that are wanted. */
function workListOf(
  nconst: string,
  { sort, order }: Pick<WorkQuery, 'order'> & { sort: 'year' | 'votes' | 'rating' },
  isWanted: (credit: { category: string | null }) => boolean = () => true,
) {
  const last = (value: number | null | undefined) => value ?? Infinity;
  const appearances = creditsOf(nconst)
    .filter(isWanted)
    .map((credit) => ({
      ...credit,
      ...day.files.episodePositions.get(credit.tconst),
      tconst: credit.tconst,
      year: day.files.titles.get(credit.tconst)?.startYear ?? null,
      work: seriesOf(credit.tconst) ?? credit.tconst,
    }))
    .sort(
      (a, b) =>
        compareKeys(last(a.year), last(b.year)) ||
        compareKeys(last(a.seasonNumber), last(b.seasonNumber)) ||
        compareKeys(last(a.episodeNumber), last(b.episodeNumber)) ||
        compareKeys(a.tconst, b.tconst) ||
        a.ordering - b.ordering,
    );
  const works = [...Map.groupBy(appearances, ({ work }) => work)].map(([tconst, credits]) => {
    const title = day.files.listed(tconst);
    const years = credits.flatMap(({ year }) => year ?? []);
    const episodes = credits.filter((credit) => credit.tconst !== tconst);
    const ofEpisodes = episodes.flatMap(({ year }) => year ?? []);
    const key = {
      year: years.length > 0 ? Math.max(...years) : (title.startYear ?? 0),
      votes: title.numVotes ?? 0,
      rating: title.averageRating ?? 0,
    }[sort];
    const item = {
      ...title,
      roles: [...Map.groupBy(credits, ({ category }) => String(category))]
        .map(([role, ofRole]) => ({
          role,
          titles: new Set(ofRole.map((credit) => credit.tconst)).size,
          characters: [...new Set(ofRole.flatMap(({ characters }) => characters ?? []))],
          jobs: [...new Set(ofRole.flatMap(({ job }) => job ?? []))],
        }))
        .sort((a, b) => b.titles - a.titles || compareKeys(a.role, b.role)),
      episodes:
        episodes.length === 0
          ? null
          : {
              count: new Set(episodes.map((credit) => credit.tconst)).size,
              firstYear: ofEpisodes.length === 0 ? null : Math.min(...ofEpisodes),
              lastYear: ofEpisodes.length === 0 ? null : Math.max(...ofEpisodes),
            },
    };
    return { key, item };
  });
  const direction = order === 'asc' ? 1 : -1;
  return works
    .sort(
      (a, b) =>
        direction * (a.key - b.key) ||
        (b.item.numVotes ?? 0) - (a.item.numVotes ?? 0) ||
        compareKeys(a.item.tconst, b.item.tconst),
    )
    .map(({ item }) => item);
}

describe('a name', () => {
  it('includes the titles it is known for, with the series of episodes', async () => {
    for (const name of [...day.files.names.values()].filter((_, i) => i % 500 === 0)) {
      expect(await system.get(`/names/${name.nconst}`)).toEqual(name);
      expect(await system.get(`/names/${name.nconst}?include=knownFor`)).toEqual({
        ...name,
        knownFor: (name.knownForTitles ?? []).map((tconst) => day.files.listed(tconst)),
      });
    }
  });

  const filmography = (nconst: string) =>
    (day.files.creditsByName.get(nconst) ?? []).map(
      ({ tconst, ordering, category, job, characters }) => ({
        ...day.files.listed(tconst),
        ordering,
        category,
        job,
        characters,
      }),
    );

  it.each(['year', 'votes'] as const)(
    'has its filmography sorted by %s in both directions, each credit once',
    async (sort) => {
      for (const nconst of longestLists(day.files.creditsByName, 3)) {
        const key = ({
          startYear,
          numVotes,
        }: {
          startYear: number | null;
          numVotes: number | null;
        }): number => (sort === 'year' ? startYear : numVotes) ?? -1;
        const credits = filmography(nconst).sort(
          (a, b) => key(a) - key(b) || compareKeys(a.tconst, b.tconst) || a.ordering - b.ordering,
        );
        expect(
          FilmographyCredit.array().parse(
            await all(`/names/${nconst}/filmography?sort=${sort}&order=asc`, 50),
          ),
        ).toEqual(credits);
        expect(await all(`/names/${nconst}/filmography?sort=${sort}`, 50)).toEqual(
          credits.reverse(),
        );
      }
    },
  );

  it('has its filmography filtered by category, type, genre and year', async () => {
    for (const nconst of longestLists(day.files.creditsByName, 3)) {
      const credits = filmography(nconst);
      const ids = async (query: string) =>
        new Set(
          (await all(`/names/${nconst}/filmography?${query}`, 100)).map((item) =>
            JSON.stringify(item),
          ),
        );
      const those = (wanted: (credit: (typeof credits)[number]) => boolean) =>
        new Set(credits.filter(wanted).map((credit) => JSON.stringify(credit)));
      const shapeOf = async (query: string) =>
        new Set(
          [...(await ids(query))].map((json) =>
            JSON.stringify(FilmographyCredit.parse(JSON.parse(json))),
          ),
        );
      const sorted = (set: Set<string>) =>
        [...set]
          .map((json) => Object.entries(JSON.parse(json) as object).sort())
          .map((entries) => JSON.stringify(entries))
          .sort();
      for (const [query, wanted] of [
        [
          'category=actor,actress',
          ({ category }) => category === 'actor' || category === 'actress',
        ],
        [
          'titleType=movie,short&sort=votes',
          ({ titleType }) => titleType === 'movie' || titleType === 'short',
        ],
        [
          'genre=Drama&category=self',
          ({ genres, category }) => category === 'self' && genres?.includes('Drama') === true,
        ],
        [
          'startYearFrom=1990&startYearTo=2010',
          ({ startYear }) => startYear !== null && startYear >= 1990 && startYear <= 2010,
        ],
      ] satisfies [string, (credit: (typeof credits)[number]) => boolean][]) {
        expect(sorted(await shapeOf(query))).toEqual(sorted(those(wanted)));
      }
    }
  });

  it.each(['year', 'votes', 'rating'] as const)(
    'has its works sorted by %s in both directions, each once',
    async (sort) => {
      for (const nconst of somePeople()) {
        for (const order of ['desc', 'asc'] as const) {
          const works = await all(`/names/${nconst}/works?sort=${sort}&order=${order}`, 30);
          expect(Work.array().parse(works)).toEqual(workListOf(nconst, { sort, order }));
        }
      }
    },
  );

  it('has its works filtered by role', async () => {
    for (const nconst of somePeople()) {
      const [role = ''] = day.files.creditsByName.get(nconst)?.map((one) => one.category) ?? [];
      const query = { sort: 'votes', order: 'desc' } as const;
      expect(await all(`/names/${nconst}/works?sort=votes&role=${String(role)}`, 30)).toEqual(
        workListOf(nconst, query, ({ category }) => category === role),
      );
      expect(await all(`/names/${nconst}/works?sort=votes&role=cast`, 30)).toEqual(
        workListOf(nconst, query, ({ category }) =>
          /^(?:actor|actress|self)$/u.test(category ?? ''),
        ),
      );
    }
  });

  it('has a summary of all its credits', async () => {
    for (const nconst of somePeople()) {
      const works = workListOf(nconst, { sort: 'votes', order: 'desc' });
      const titles = [...new Set(creditsOf(nconst).map(({ tconst }) => tconst))].map((tconst) => ({
        ...day.files.rated(tconst),
        isEpisode: seriesOf(tconst) !== null,
      }));
      const byYear = Map.groupBy(titles, ({ startYear }) => startYear ?? Infinity);
      expect(NameSummary.parse(await system.get(`/names/${nconst}/summary`))).toEqual({
        titles: works.length,
        episodes: titles.filter(({ isEpisode }) => isEpisode).length,
        roles: countEach(works.flatMap(({ roles }) => roles.map(({ role }) => role))).map(
          ([role, count]) => ({ role, titles: count }),
        ),
        genres: countEach(works.flatMap(({ genres }) => genres ?? [])).map(([genre, count]) => ({
          genre,
          titles: count,
        })),
        years: [...byYear]
          .sort(([a], [b]) => a - b)
          .map(([year, ofYear]) => {
            const rated = ofYear.flatMap((one) => (one.numVotes === null ? [] : [one]));
            const tenths = rated.reduce(
              (sum, one) => sum + Math.round((one.averageRating ?? 0) * 10),
              0,
            );
            return {
              year: Number.isFinite(year) ? year : null,
              titles: ofYear.filter(({ isEpisode }) => !isEpisode).length,
              episodes: ofYear.filter(({ isEpisode }) => isEpisode).length,
              rated: rated.length,
              averageRating:
                rated.length === 0 ? null : Math.round((tenths * 10) / rated.length + 1e-9) / 100,
              numVotes: rated.reduce((sum, { numVotes }) => sum + (numVotes ?? 0), 0),
            };
          }),
        rated: works
          .filter(({ numVotes }) => numVotes !== null)
          .map(({ tconst, primaryTitle, titleType, startYear, averageRating, numVotes }) => ({
            tconst,
            primaryTitle,
            titleType,
            startYear,
            averageRating,
            numVotes,
          })),
      });
    }
  });

  it('has the people with shared titles, most shared first', async () => {
    // only the 150 titles with most votes are considered
    const few = [...day.files.creditsByName]
      .filter(([, credits]) => credits.length > 5 && credits.length <= 150)
      .slice(0, 10);
    expect(few.length).toBeGreaterThan(0);
    for (const [nconst, credits] of few) {
      const shared = new Map<string, number>();
      for (const tconst of new Set(credits.map((credit) => credit.tconst))) {
        for (const other of new Set(
          day.files.credits.get(tconst)?.map((credit) => String(credit.nconst)),
        ))
          if (other !== nconst) shared.set(other, (shared.get(other) ?? 0) + 1);
      }
      const expected = [...shared]
        .sort(([a, n], [b, m]) => m - n || compareKeys(a, b))
        .map(([other, sharedTitles]) => ({
          nconst: other,
          primaryName: day.files.nameOf(other),
          sharedTitles,
        }));
      expect(await all(`/names/${nconst}/costars`, 40)).toEqual(expected);
    }
  });
});

describe('a batch of names', () => {
  it('keeps the order', async () => {
    const ids = [...day.files.names.keys()].slice(0, 200).reverse();
    expect(NameBatch.parse((await system.ask('POST', '/names/batch', { ids })).body)).toEqual({
      items: ids.map((nconst) => day.files.names.get(nconst)),
      missing: [],
    });
  });
});

describe('a list', () => {
  const fullestPath = () =>
    `/names/${longestLists(day.files.creditsByName, 1)[0] ?? ''}/filmography`;

  it('has the requested fields, and names the known ones for an unknown field', async () => {
    const page = (await system.get(`${fullestPath()}?fields=primaryTitle,tconst&limit=1`)) as Page;
    expect(Object.keys(page.items[0] as object).sort()).toEqual(['primaryTitle', 'tconst']);
    const { status, body } = await system.ask('GET', `${fullestPath()}?fields=titel`);
    expect(status).toBe(400);
    expect(Problem.parse(body).detail).toContain(
      'unknown field "titel"; expected some of tconst, titleType, primaryTitle',
    );
  });

  it('is counted on request', async () => {
    const [nconst = ''] = longestLists(day.files.creditsByName, 1);
    const count = day.files.creditsByName.get(nconst)?.length;
    expect(await system.get(`${fullestPath()}?limit=1`)).not.toHaveProperty('total');
    expect(await system.get(`${fullestPath()}?limit=1&total=exact`)).toMatchObject({
      total: count,
    });
    expect(await system.get(`${fullestPath()}?limit=1&total=estimated`)).toMatchObject({
      total: expect.any(Number) as number,
    });
  });

  it('rejects a cursor of another list, filter or order, and an invented one', async () => {
    const { next } = (await system.get(`${fullestPath()}?limit=1`)) as Page;
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [mark] = JSON.parse(Buffer.from(String(next), 'base64url').toString()) as [string];
    for (const query of [
      `order=asc&after=${String(next)}`,
      `category=self&after=${String(next)}`,
      'after=x',
      `after=${made([])}`,
      `after=${made([mark, 'x', 1, 2])}`,
      `after=${made([mark, 2 ** 31, 'tt1', 1])}`,
      `after=${made([mark, 1, 'a\0', 1])}`,
    ]) {
      const { status, body } = await system.ask('GET', `${fullestPath()}?${query}`);
      expect(status, query).toBe(400);
      expect(Problem.parse(body)).toMatchObject({ faults: [{ where: 'after' }] });
    }
  });

  it('is streamed as NDJSON or CSV, by parameter or Accept header, with the same items as its pages', async () => {
    const [nconst = ''] = longestLists(day.files.creditsByName, 1);
    const items = await all(`/names/${nconst}/filmography`, 100);
    const ndjson = await fetch(`${system.apiUrl}/names/${nconst}/filmography`, {
      headers: { accept: 'application/x-ndjson' },
    });
    expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
    expect(
      (await ndjson.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(items);
    const csv = await fetch(
      `${system.apiUrl}/names/${nconst}/filmography?format=csv&fields=tconst,ordering,genres`,
    );
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const lines = (items as { tconst: string; ordering: number; genres: string[] | null }[]).map(
      ({ tconst, ordering, genres }) => `${tconst},${genres?.join('|') ?? ''},${ordering}`,
    );
    expect(await csv.text()).toBe(`${['tconst,genres,ordering', ...lines].join('\n')}\n`);
  });

  it('distinguishes an empty list from a missing parent', async () => {
    const [childless = ''] = [...day.files.titles.values()]
      .filter(({ titleType }) => titleType === 'movie')
      .map(({ tconst }) => tconst);
    expect(await system.get(`/titles/${childless}/episodes`)).toEqual({ items: [], next: null });
    for (const path of [
      '/titles/tt9999999999/episodes',
      '/titles/tt9999999999/seasons',
      '/titles/tt9999999999/similar',
      '/titles/tt9999999999/akas?format=csv',
      '/names/nm9999999999/filmography',
      '/names/nm9999999999/costars',
      '/names/nm9999999999/works',
      '/names/nm9999999999/summary',
      `/titles/${childless}/series`,
    ]) {
      const { status, body } = await system.ask('GET', path);
      expect(status, path).toBe(404);
      expect(Problem.parse(body).code).toBe('not-found');
    }
  });
});

describe('the shared titles of people', () => {
  it('are those on which all of them have worked, the most voted first, with what each did', async () => {
    const [busy = ''] = longestLists(day.files.creditsByName, 1);
    const titlesOf = (nconst: string) => new Set(creditsOf(nconst).map(({ tconst }) => tconst));
    const others = [...titlesOf(busy)]
      .flatMap((tconst) => day.files.credits.get(tconst) ?? [])
      .flatMap(({ nconst }) => (nconst === null || nconst === busy ? [] : [nconst]));
    const [partner = '', ...rest] = longestLists(
      Map.groupBy(others, (one) => one),
      2,
    );
    for (const people of [
      [busy, partner],
      [busy, partner, ...rest],
    ]) {
      const filmographies = people.map(titlesOf);
      const shared = [...titlesOf(busy)].filter((tconst) =>
        filmographies.every((titles) => titles.has(tconst)),
      );
      const expected = shared
        .map((tconst) => ({
          ...day.files.listed(tconst),
          people: people.toSorted(compareKeys).map((nconst) => ({
            nconst,
            roles: [
              ...new Set(
                (day.files.credits.get(tconst) ?? [])
                  .filter((credit) => credit.nconst === nconst)
                  .map(({ category }) => category),
              ),
            ],
          })),
        }))
        .sort((a, b) => (b.numVotes ?? 0) - (a.numVotes ?? 0) || compareKeys(a.tconst, b.tconst));
      const path = `/names/${people[0]}/shared?with=${people.slice(1).join(',')}`;
      expect(SharedTitle.array().parse(await all(path))).toEqual(expected);
    }
    expect(await all(`/names/${busy}/shared?with=${busy}`, 100)).toHaveLength(titlesOf(busy).size);
  });

  it('are none, or an error that names whom nobody knows', async () => {
    const [busy = ''] = longestLists(day.files.creditsByName, 1);
    const { status, body } = await system.ask('GET', `/names/${busy}/shared?with=nm99999999`);
    expect([status, body]).toMatchObject([
      404,
      { detail: expect.stringContaining('nm99999999') as string },
    ]);
    expect(await system.ask('GET', `/names/${busy}/shared`)).toMatchObject({ status: 400 });
  });
});

describe('the connection of two people', () => {
  /** Checks each step of a path against the files. */
  function expectPath({ degrees, path }: Connection, from: string, to: string, types: string[]) {
    expect(path).toHaveLength(degrees ?? 0);
    if (path.length === 0) return;
    const people = [...path.map((step) => step.from.nconst), to];
    expect(people[0]).toBe(from);
    path.forEach((step, i) => {
      expect(step.title).toEqual(day.files.listed(step.title.tconst));
      expect(types).toContain(step.title.titleType);
      expect(step.to.nconst).toBe(people[i + 1]);
      expect(step.to.primaryName).toBe(day.files.nameOf(step.to.nconst));
      const live = (day.files.credits.get(step.title.tconst) ?? []).filter(isLive);
      const on = live.map(({ nconst }) => nconst);
      expect(on).toContain(step.from.nconst);
      expect(on).toContain(step.to.nconst);
    });
  }

  /** The credits of each person on titles of some types. */
  const creditsOfTypes = (types: readonly string[]) =>
    new Map(
      [...day.files.creditsByName].map(([nconst, credits]) => [
        nconst,
        credits.filter(({ tconst }) =>
          types.includes(day.files.titles.get(tconst)?.titleType ?? ''),
        ),
      ]),
    );

  const connect = async (from: string, to: string, query = '') =>
    Connection.parse(await system.get(`/names/${from}/connection?to=${to}${query}`));

  it('is a shortest path by movies, as one who searches breadth first finds it', async () => {
    const [from = ''] = longestLists(creditsOfTypes(['movie']), 1);
    const distances = distancesFrom(day.files, from);
    const byDistance = Map.groupBy(distances.keys(), (nconst) => distances.get(nconst) ?? 0);
    expect([...byDistance.keys()].length).toBeGreaterThan(3);
    for (const [distance, people] of byDistance)
      for (const to of people.slice(0, 3)) {
        const found = await connect(from, to);
        expect(found, `${from} to ${to}`).toMatchObject({ degrees: distance, isExhaustive: true });
        expectPath(found, from, to, ['movie']);
        expect((await connect(to, from)).degrees).toBe(distance);
      }
  });

  it('may go by other types and roles, and is null if there is none', async () => {
    const [from = ''] = longestLists(creditsOfTypes(['short']), 1);
    const types = ['tvSeries', 'tvMovie', 'short', 'video'];
    const isCredit = ({ category }: { category: string | null }) =>
      ['actor', 'actress', 'self'].includes(category ?? '');
    const distances = distancesFrom(day.files, from, { types, isCredit });
    const people = [...day.files.creditsByName.keys()].filter((_, i) => i % 601 === 5);
    for (const to of people) {
      const found = await connect(from, to, `&titleType=${types.join(',')}&role=cast`);
      expect(found, to).toMatchObject({
        degrees: distances.get(to) ?? null,
        isExhaustive: true,
      });
      expectPath(found, from, to, types);
    }
  });
});
