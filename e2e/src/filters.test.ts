import {
  Chart,
  Connection,
  FoundTitlePage,
  MAX_SEARCH_RESULTS,
  NAME_SORTS,
  TITLE_SORTS,
  type FoundTitle,
} from '@marquee/contract';
import { prepareDerivedTables } from '@marquee/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DayRows } from './day-rows.ts';
import { distancesFrom } from './people-graph.ts';
import {
  FILTERS,
  pathOf,
  searchTexts,
  useReferenceSystem,
  withoutCrossedRanges,
  type ReferenceSystem,
} from './reference-system.ts';
import {
  readReferenceCatalogue,
  type ReferenceCatalogue,
  type ReferenceTitle,
} from './reference-catalogue.ts';
import {
  compareValues,
  titleOrder,
  isInRange,
  splitValues,
  matchesQuery,
  type Query,
} from './reference-filters.ts';
import {
  importIntoKometa,
  importIntoRadarr,
  importIntoSonarr,
  importRssIntoRadarr,
  importRssIntoSonarr,
} from './list-importers.ts';
import { send } from './raw-request.ts';

const files = useReferenceSystem(3);
const { days, system, listedIds, expectedTitles } = files;

const ORDER = {
  sort: fc.constantFrom(...TITLE_SORTS.filter((sort) => sort !== 'relevance')),
  order: fc.constantFrom('asc', 'desc'),
};

/**
 * Compares random combinations of filters, in random orders, with the reference.
 *
 * @param examples combinations to try besides
 */
async function expectAnyCombination(
  { listedIds, expectedTitles }: Pick<ReferenceSystem, 'listedIds' | 'expectedTitles'>,
  numRuns: number,
  limits: fc.Arbitrary<number> = fc.constant(200),
  examples: readonly Query[] = [],
): Promise<void> {
  const filters = fc.record({ ...FILTERS, ...ORDER }, { requiredKeys: [] });
  const some = fc
    .tuple(filters, fc.array(fc.nat(), { minLength: 12, maxLength: 16 }), limits)
    .map(([query, left, limit]) => {
      const names = Object.keys(query);
      const leftOut = new Set(left.map((n) => names[n % names.length]));
      const kept = Object.entries(query).filter(([name]) => !leftOut.has(name));
      return { ...withoutCrossedRanges(Object.fromEntries(kept)), limit };
    });
  await fc.assert(
    fc.asyncProperty(some, async (query) => {
      expect(await listedIds('/titles', query)).toEqual(expectedTitles(query));
    }),
    { numRuns, examples: examples.map((query) => [{ limit: 20, ...query }]) },
  );
}

describe('titles, with limits so small that every access path is used', () => {
  const few = useReferenceSystem(1, {
    workers: false,
    searchLimits: {
      probeEntries: 20,
      maxScanEntries: 60,
      maxRangeEntries: 6000,
      maxValueSteps: 3,
      rangeEntriesPerCost: 2,
      stepCredits: 200,
      stepTitles: 6,
      stepPeople: 40,
    },
  });

  /** How often the API has taken each access path, by its metrics. */
  async function pathsTaken(): Promise<Record<string, number>> {
    const { text } = await send(few.system, 'GET', '/metrics');
    const lines = text.matchAll(/^marquee_title_list_reads_total\{path="(.+)"\} (\d+)$/gmu);
    return Object.fromEntries([...lines].map(([, path = '', count]) => [path, Number(count)]));
  }

  /** Compares them, and expects each access path to have been taken. */
  async function expectEveryPath(numRuns: number): Promise<void> {
    const [[person = ''] = []] = few.reference.people;
    await expectAnyCombination(few, numRuns, fc.constantFrom(20, 200), [
      { person },
      // rare, and not in the first years or runtimes
      { titleType: 'movie', genre: 'Western', sort: 'year', order: 'asc' },
      { titleType: 'tvEpisode', genre: 'News', sort: 'runtime', order: 'desc' },
    ]);
    const taken = await pathsTaken();
    expect(Object.keys(taken).sort()).toEqual([
      'GIN search',
      'candidates',
      'continued scan',
      'extended scan',
      'first probe',
      'range scan',
      'value by value',
    ]);
    expect(Object.values(taken)).not.toContain(0);
  }

  it('match the reference for any filters, order and page size', async () => expectEveryPath(50));

  it('match it for many filters', { tags: ['long'] }, async () => expectEveryPath(200));

  it('connect people by a path that is a shortest one, or say that a limit ended the search', async () => {
    const rows = await DayRows.read(few.days.day(0));
    const movies = few.reference.titles.filter(({ titleType }) => titleType === 'movie');
    const people = [...new Set(movies.flatMap((movie) => movie.people.map((p) => p.nconst)))];
    const [from = ''] = people;
    const distances = distancesFrom(rows, from);
    const found = { exhaustive: 0, ended: 0 };
    const near = people.filter((nconst) => distances.get(nconst) === 1).slice(0, 5);
    for (const to of [...near, ...people.filter((_, i) => i % 97 === 1)]) {
      const path = `/names/${from}/connection?to=${to}`;
      const { degrees, isExhaustive } = Connection.parse(await few.system.get(path));
      const distance = distances.get(to) ?? null;
      if (isExhaustive) expect(degrees, to).toBe(distance);
      else expect(degrees ?? Infinity, to).toBeGreaterThanOrEqual(distance ?? Infinity);
      found[isExhaustive ? 'exhaustive' : 'ended']++;
    }
    expect(Object.values(found)).not.toContain(0);
  });
});

describe('titles', () => {
  it(
    'are listed once each in every sort order and direction, at any page size',
    { tags: ['long'] },
    async () => {
      for (const sort of TITLE_SORTS) {
        if (sort === 'relevance') continue;
        for (const order of ['asc', 'desc']) {
          const query = { sort, order };
          const expected = expectedTitles(query);
          expect(await listedIds('/titles', query), JSON.stringify(query)).toEqual(expected);
          const few = { ...query, genre: 'Drama', limit: 37 };
          expect(await listedIds('/titles', few), JSON.stringify(few)).toEqual(expectedTitles(few));
        }
      }
    },
  );

  it.each(Object.keys(FILTERS))('are filtered by %s alone', async (name) => {
    for (const value of new Set(
      fc.sample<string | number | boolean>(FILTERS[name as keyof typeof FILTERS], 20),
    )) {
      const query = { [name]: value };
      expect(await listedIds('/titles', query), JSON.stringify(query)).toEqual(
        expectedTitles(query),
      );
    }
  });

  it('are filtered by any combination of filters, in any order', async () => {
    await expectAnyCombination(files, 60);
  });

  it('are filtered by person, in any or some roles, with other filters', async () => {
    const busiest = [...files.reference.people]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 5)
      .map(([nconst]) => nconst);
    for (const person of busiest) {
      expect((await listedIds('/titles', { person })).length).toBeGreaterThan(3);
      for (const query of [
        { person },
        { person, role: 'cast' },
        { person, role: 'director,writer', sort: 'year' },
        { person, genre: 'Drama', sort: 'weighted' },
        { person, role: 'cast', limit: 11 },
      ]) {
        expect(await listedIds('/titles', query), JSON.stringify(query)).toEqual(
          expectedTitles(query),
        );
      }
    }
  });

  it('are filtered by types and genres in any case', async () => {
    expect(await listedIds('/titles', { genre: 'drama', titleType: 'TVEPISODE,Movie' })).toEqual(
      expectedTitles({ genre: 'Drama', titleType: 'tvEpisode,movie' }),
    );
    expect(await listedIds('/titles', { genreAny: 'sci-fi,NEWS', genreNone: 'comedy' })).toEqual(
      expectedTitles({ genreAny: 'Sci-Fi,News', genreNone: 'Comedy' }),
    );
  });

  it('are filtered by exact title', async () => {
    for (const { primaryTitle } of files.reference.titles.filter((_, i) => i % 500 === 0)) {
      if (primaryTitle === null) continue;
      expect(await listedIds('/titles', { primaryTitle })).toEqual(
        expectedTitles({ primaryTitle }),
      );
    }
  });

  it('have all fields or the requested ones, and the total number', async () => {
    const { body } = await system.ask(
      'GET',
      pathOf('/titles', { genre: 'Drama', limit: 3, total: 'exact' }),
    );
    const page = FoundTitlePage.parse(body);
    expect(page.total).toBe(expectedTitles({ genre: 'Drama' }).length);
    for (const item of page.items) {
      const { tconst, titleType, primaryTitle, averageRating, numVotes, weighted } =
        files.reference.titles.find((one) => one.tconst === item.tconst) as ReferenceTitle;
      expect(item).toMatchObject({
        tconst,
        titleType,
        primaryTitle,
        averageRating,
        numVotes,
        weightedRating: weighted === null ? null : weighted / 1000,
      });
    }
    const { items } = FoundTitlePage.parse(
      (await system.ask('GET', pathOf('/titles', { limit: 2, fields: 'tconst,weightedRating' })))
        .body,
    );
    expect(items.map((item) => Object.keys(item))).toEqual([
      ['tconst', 'weightedRating'],
      ['tconst', 'weightedRating'],
    ]);
    expect(FoundTitlePage.parse((await system.ask('GET', '/titles?total=exact')).body).total).toBe(
      files.reference.titles.length,
    );
    expect(
      FoundTitlePage.parse((await system.ask('GET', '/titles?total=estimated&genre=Drama')).body)
        .total,
    ).toBeGreaterThan(0);
  });

  it('include the series of an episode, on pages, in streams and in charts', async () => {
    const episodesOf = new Map(
      files.reference.titles.map(({ tconst, episodeOf }) => [tconst, episodeOf]),
    );
    const { items } = FoundTitlePage.parse(
      (await system.ask('GET', '/titles?titleType=tvEpisode,movie&sort=id&limit=200')).body,
    );
    expect(items.map(({ episodeOf }) => episodeOf)).toEqual(
      items.map(({ tconst }) => episodesOf.get(String(tconst))),
    );
    for (const isEpisode of [true, false])
      expect(
        items.filter(({ episodeOf }) => (episodeOf !== null) === isEpisode).length,
      ).toBeGreaterThan(10);
    const [first] = items.flatMap(({ tconst, episodeOf }) =>
      episodeOf ? [{ tconst, episodeOf }] : [],
    );
    const stream = async (format: string) =>
      (
        await fetch(
          `${system.apiUrl}/titles?titleType=tvEpisode&sort=id&limit=1&fields=tconst,episodeOf&format=${format}`,
        )
      ).text();
    expect(await stream('ndjson')).toBe(`${JSON.stringify(first)}\n`);
    expect(await stream('csv')).toBe(
      `tconst,episodeOf\n${first?.tconst},"${JSON.stringify(first?.episodeOf).replaceAll('"', '""')}"\n`,
    );
    const chart = Chart.parse(
      (await system.ask('GET', '/charts/top?titleType=tvEpisode&minVotes=1&limit=20')).body,
    );
    expect(chart.items.map(({ episodeOf }) => episodeOf)).toEqual(
      chart.items.map(({ tconst }) => episodesOf.get(tconst)),
    );
  });

  it('are streamed in the same order, and from a cursor on', async () => {
    const query = { genre: 'Comedy', sort: 'runtime' };
    const first = FoundTitlePage.parse(
      (await system.ask('GET', pathOf('/titles', { ...query, limit: 5 }))).body,
    );
    const stream = async (more: Query) => {
      const text = await (
        await fetch(system.apiUrl + pathOf('/titles', { ...query, format: 'ndjson', ...more }))
      ).text();
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as FoundTitle).tconst);
    };
    const expected = expectedTitles(query);
    expect(await stream({})).toEqual(expected);
    expect(await stream({ after: String(first.next) })).toEqual(expected.slice(5));
  });

  it('are read by the importers of other programs, from lists and charts', async () => {
    const { apiUrl } = system;
    const listed = (ids: readonly string[]) =>
      ids.map((id) => {
        const title = files.reference.titles.find(({ tconst }) => tconst === id);
        return { title: title?.primaryTitle ?? id, imdbId: id, year: title?.startYear ?? 0 };
      });
    const films = { titleType: 'movie', numVotesFrom: 1, sort: 'weighted' };
    for (const [path, expected] of [
      [pathOf('/titles', films), expectedTitles(films).slice(0, 1000)],
      [pathOf('/titles', { ...films, limit: 7 }), expectedTitles(films).slice(0, 7)],
      ['/charts/top?minVotes=20&limit=250', expectedTitles({ ...films, numVotesFrom: 20 })],
      ['/charts/popular?limit=3', expectedTitles({ ...films, sort: 'votes' }).slice(0, 3)],
    ] as const) {
      const [stevenlu, rss] = [`${apiUrl}${path}&format=stevenlu`, `${apiUrl}${path}&format=rss`];
      const wanted = listed(expected.slice(0, path.includes('charts') ? 250 : 1000));
      expect(await importIntoRadarr(stevenlu)).toEqual(wanted.map(({ year, ...one }) => one));
      expect(await importIntoKometa(stevenlu)).toEqual(wanted.map(({ imdbId }) => imdbId));
      expect(await importRssIntoRadarr(rss)).toEqual(wanted);
      expect(await importRssIntoSonarr(rss)).toEqual([]);
    }
    const series = { titleType: 'tvSeries,tvMiniSeries', startYearFrom: 1990, limit: 50 };
    const shows = listed(expectedTitles(series).slice(0, 50));
    const path = `${apiUrl}${pathOf('/titles', series)}`;
    expect(await importIntoSonarr(`${path}&format=stevenlu`)).toEqual(
      shows.map(({ title, imdbId }) => ({ title, imdbId })),
    );
    expect(await importRssIntoSonarr(`${path}&format=rss`)).toEqual(
      shows.map(({ title, imdbId, year }) => ({ title: `${title} (${year})`, imdbId })),
    );
    for (const extra of ['&fields=tconst', '&total=exact', '&csv=spreadsheet'])
      expect((await system.ask('GET', `/titles?format=rss${extra}`)).status).toBe(400);
  });

  it('are searched by text among those that match the filters', async () => {
    const wanted = files.reference.titles
      .filter(
        ({ titleType, primaryTitle, numVotes }) =>
          titleType === 'movie' && (primaryTitle ?? '').length > 6 && (numVotes ?? 0) > 20,
      )
      .slice(0, 5);
    for (const { primaryTitle, tconst, startYear } of wanted) {
      const query = {
        q: String(primaryTitle),
        titleType: 'movie',
        ...(startYear === null ? {} : { startYearFrom: startYear, startYearTo: startYear }),
      };
      const found = await listedIds('/titles', query);
      expect(found).toContain(tconst);
      expect(new Set(found).size).toBe(found.length);
      const passing = new Set(expectedTitles({ ...query, primaryTitle: String(primaryTitle) }));
      expect(passing.has(String(found[0]))).toBe(true);
      const byYear = await listedIds('/titles', { ...query, sort: 'votes', limit: 3 });
      expect(byYear).toEqual(
        expectedTitles({ titleType: 'movie' }).filter((id) => found.includes(id)),
      );
    }
  });

  it('found by text are filtered by any other filters, in any order', async () => {
    const found = new Map<string, string[]>();
    for (const q of searchTexts(files.reference.titles))
      found.set(q, await listedIds('/titles', { q }));
    // lists of other texts are truncated
    const texts = [...found].filter(([, ids]) => ids.length < MAX_SEARCH_RESULTS).map(([q]) => q);
    const titles = new Map(files.reference.titles.map((title) => [title.tconst, title]));
    const people = texts.flatMap(
      (q) =>
        found
          .get(q)
          ?.flatMap((id) => titles.get(id)?.people[0]?.nconst ?? [])
          .slice(0, 2) ?? [],
    );
    const filters: Record<string, fc.Arbitrary<string | number | boolean>> = {
      ...FILTERS,
      person: fc.constantFrom(...people),
    };
    const query = fc
      .tuple(
        fc
          .subarray(Object.keys(filters), { minLength: 1, maxLength: 3 })
          .chain((names) =>
            fc.record(
              Object.fromEntries(
                names.map((name) => [name, filters[name] as fc.Arbitrary<string>]),
              ),
            ),
          ),
        fc.record(ORDER, { requiredKeys: [] }),
      )
      .map(([some, order]): Query => ({ ...withoutCrossedRanges(some), ...order }));
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), query, async (q, asked) => {
        const expected = (found.get(q) ?? [])
          .flatMap((id) => titles.get(id) ?? [])
          .filter((title) => matchesQuery(title, asked));
        if (asked['sort'] !== undefined) expected.sort(titleOrder(asked));
        else if (asked['order'] === 'asc') expected.reverse();
        kept += expected.length;
        expect(await listedIds('/titles', { q, ...asked }), JSON.stringify({ q, asked })).toEqual(
          expected.map(({ tconst }) => tconst),
        );
      }),
      { numRuns: 60 },
    );
    expect(kept).toBeGreaterThan(50);
  });

  it.each([
    [{ role: 'cast' }, 'role'],
    [{ sort: 'relevance' }, 'sort'],
    [{ averageRatingFrom: '7.55' }, 'averageRatingFrom'],
    [{ averageRatingFrom: '11' }, 'averageRatingFrom'],
    [{ person: 'tt0000001' }, 'person'],
    [{ sort: 'rank' }, 'sort'],
    [{ after: 'x' }, 'after'],
  ])('are rejected with %j', async (query, where) => {
    const { status, body } = await system.ask('GET', pathOf('/titles', query));
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { code: 'bad-input', faults: [{ where }] },
    });
  });

  it('reject the cursor of another list', async () => {
    const { next } = FoundTitlePage.parse(
      (await system.ask('GET', '/titles?limit=2&genre=Drama')).body,
    );
    expect(
      (
        await system.ask(
          'GET',
          pathOf('/titles', { limit: 2, genre: 'Comedy', after: String(next) }),
        )
      ).status,
    ).toBe(400);
  });
});

describe('names', () => {
  const NAMES: fc.Arbitrary<Query> = fc
    .record(
      {
        profession: fc.constantFrom('actor', 'actress,producer', 'writer', 'publicist'),
        birthYearFrom: fc.constantFrom(0, 1930, 1960),
        birthYearTo: fc.constantFrom(1929, 1970, 2000),
        deathYearFrom: fc.constantFrom(0, 1980),
        deathYearTo: fc.constantFrom(1979, 2010),
        sort: fc.constantFrom(...NAME_SORTS.filter((sort) => sort !== 'relevance')),
        order: fc.constantFrom('asc', 'desc'),
      },
      { requiredKeys: [] },
    )
    .map(withoutCrossedRanges);

  it('are filtered by any combination of filters, in any order, once each', async () => {
    await fc.assert(
      fc.asyncProperty(NAMES, async (names) => {
        const expected = expectedNames(names);
        expect(await listedIds('/names', names)).toEqual(expected);
        const text = await (
          await fetch(
            system.apiUrl + pathOf('/names', { ...names, format: 'csv', fields: 'nconst' }),
          )
        ).text();
        expect(text.split('\n').slice(1, -1)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('are searched by text, and filtered by exact name', async () => {
    const { nconst, primaryName } = files.reference.names.find((name) =>
      (name.primaryName ?? '').includes(' '),
    ) as ReferenceCatalogue['names'][number];
    expect(await listedIds('/names', { primaryName: String(primaryName) })).toEqual(
      files.reference.names
        .filter((name) => name.primaryName === primaryName)
        .map((name) => name.nconst)
        .sort(),
    );
    expect(await listedIds('/names', { q: String(primaryName) })).toContain(nconst);
  });

  it('found by text are filtered by any other filters, in any order', async () => {
    const words = files.reference.names.flatMap(
      ({ primaryName }) => primaryName?.split(' ').slice(0, 1) ?? [],
    );
    const texts = [...Map.groupBy(words, (word) => word)]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, 5)
      .map(([word]) => word);
    const found = new Map<string, string[]>();
    for (const q of texts) found.set(q, await listedIds('/names', { q }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), NAMES, async (q, filters) => {
        const all = found.get(q) ?? [];
        expect(all.length).toBeLessThan(MAX_SEARCH_RESULTS);
        const passing = expectedNames(filters).filter((id) => all.includes(id));
        const byRelevance = filters['order'] === 'asc' ? all.toReversed() : all;
        const expected =
          filters['sort'] === undefined
            ? byRelevance.filter((id) => passing.includes(id))
            : passing;
        expect(
          await listedIds('/names', { q, ...filters }),
          JSON.stringify({ q, filters }),
        ).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

function expectedNames(query: Query): string[] {
  const { profession, sort = 'id', order = 'asc' } = query;
  const column = sort === 'birthYear' || sort === 'deathYear' ? sort : null;
  const sign = order === 'asc' ? 1 : -1;
  return files.reference.names
    .filter(
      (name) =>
        (profession === undefined ||
          splitValues(profession).every((one) => name.primaryProfession?.includes(one) === true)) &&
        isInRange(name.birthYear, query['birthYearFrom'], query['birthYearTo']) &&
        isInRange(name.deathYear, query['deathYearFrom'], query['deathYearTo']),
    )
    .sort((a, b) => {
      const [left, right] = column === null ? [0, 0] : [a[column], b[column]];
      if (left === null || right === null)
        return left === right ? sign * compareValues(a.nconst, b.nconst) : left === null ? 1 : -1;
      return sign * (left - right || compareValues(a.nconst, b.nconst));
    })
    .map(({ nconst }) => nconst);
}

describe('refreshes', () => {
  it('leave the same tables as a new build', async () => {
    const { pool } = system.database;
    for (const day of [1, 2]) {
      const run = await system.update(days.day(day));
      // as a refresh, so that it is not a build compared with a build
      expect(
        run.steps.filter(
          ({ job, note }) => job === 'load' && note?.startsWith('full load') === true,
        ),
      ).toEqual([]);
    }
    const tables = {
      title: 'tconst',
      title_count: 'kind, value, group_name',
      name: 'nconst',
      profession: 'profession',
    };
    const read = async () =>
      Promise.all(
        Object.entries(tables).map(
          async ([table, key]) =>
            (
              await pool.query<Record<string, unknown>>(
                `select * from search.${table} order by ${key}`,
              )
            ).rows,
        ),
      );
    const refreshed = await read();
    await pool.query(
      `drop table ${Object.keys(tables)
        .map((table) => `search.${table}`)
        .join(', ')}`,
    );
    await prepareDerivedTables(pool, new AbortController().signal);
    const built = await read();
    for (const [i, rows] of refreshed.entries()) expect(rows).toEqual(built[i]);
    files.reference = await readReferenceCatalogue(days.day(2));
    for (const query of [{}, { hasEpisodes: true }, { country: 'DE', sort: 'weighted' }])
      expect(await listedIds('/titles', query)).toEqual(expectedTitles(query));
  });

  it.each([
    [
      'an earlier version built it without a column',
      'alter table search.title drop column type_genre_bits; alter table search.title_count drop column group_name',
    ],
    ['nothing has been built yet', 'drop schema search cascade'],
  ])('rebuild the tables that filters need if %s', async (_, undo) => {
    const { pool } = system.database;
    await pool.query(undo);
    for (const path of [
      '/titles?genre=Drama',
      '/titles?genre=Western&titleType=movie&sort=title',
      '/titles?country=AX',
      '/charts/top',
      '/stats',
    ])
      expect((await system.ask('GET', path)).body, path).toMatchObject({
        status: 503,
        code: 'not-prepared',
      });
    await prepareDerivedTables(pool, new AbortController().signal);
    for (const query of [
      { genre: 'Drama' },
      { genreNone: 'Drama', titleType: 'movie', sort: 'title' },
    ])
      expect(await listedIds('/titles', query)).toEqual(expectedTitles(query));
  });
});
