import { FilmographyCredit, NameBatch, Problem } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { compareKeys, longestLists, usePublishedDay } from './day-rows.ts';
import type { Page } from './pages.ts';

const day = usePublishedDay(3000);
const { system, all } = day;

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
      `/titles/${childless}/series`,
    ]) {
      const { status, body } = await system.ask('GET', path);
      expect(status, path).toBe(404);
      expect(Problem.parse(body).code).toBe('not-found');
    }
  });
});
