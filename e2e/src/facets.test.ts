import { Chart, Facets, MAX_SEARCH_RESULTS, Stats } from '@marquee/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countValues,
  FILTERS,
  pathOf,
  searchTexts,
  useReferenceSystem,
  withoutCrossedRanges,
} from './reference-system.ts';
import type { ReferenceTitle } from './reference-catalogue.ts';
import { matchesQuery, splitValues, type Query } from './reference-filters.ts';

const files = useReferenceSystem(1);
const { system, listedIds, expectedTitles } = files;
const readFacets = async (query: Query) =>
  Facets.parse((await system.ask('GET', pathOf('/facets', query))).body);

describe('charts, facets and statistics', () => {
  it('rank the best titles, and those with most votes', async () => {
    const query = {
      titleType: 'movie',
      numVotesFrom: 20,
      genre: 'Drama',
      startYearFrom: 1990,
      startYearTo: 1999,
    };
    const top = Chart.parse(
      (await system.ask('GET', '/charts/top?minVotes=20&genre=Drama&decade=1990')).body,
    );
    expect(top.items.map(({ tconst }) => tconst)).toEqual(
      expectedTitles({ ...query, sort: 'weighted' }).slice(0, 100),
    );
    expect(top.items.map(({ rank }) => rank)).toEqual(top.items.map((_, i) => i + 1));
    const popular = Chart.parse(
      (await system.ask('GET', '/charts/popular?titleType=tvSeries,movie&limit=30')).body,
    );
    expect(popular.items.map(({ tconst }) => tconst)).toEqual(
      expectedTitles({ titleType: 'tvSeries,movie', numVotesFrom: 1 }).slice(0, 30),
    );
    expect((await system.ask('GET', '/charts/top?decade=1995')).status).toBe(400);
    expect(top).toMatchObject({
      note: expect.stringContaining("Not IMDb's Top 250") as string,
      minVotes: 20,
      rankedBy: expect.stringContaining('(v·R + 1000·6.5) / (v + 1000)') as string,
    });
    const all = Chart.parse((await system.ask('GET', '/charts/top')).body);
    expect([all.minVotes, all.items.map(({ tconst }) => tconst)]).toEqual([
      1000,
      expectedTitles({ titleType: 'movie', numVotesFrom: 1000, sort: 'weighted' }).slice(0, 100),
    ]);
    const drama = Chart.parse(
      (await system.ask('GET', '/charts/popular?genre=drama&decade=1990')).body,
    );
    expect(drama.items.map(({ tconst }) => tconst)).toEqual(
      expectedTitles({ ...query, numVotesFrom: 1 }).slice(0, 100),
    );
    const lines = top.items.map(({ rank, tconst }) => ({ tconst, rank }));
    expect(
      (
        await system.ask(
          'GET',
          '/charts/top?minVotes=20&genre=Drama&decade=1990&fields=rank,tconst',
        )
      ).body,
    ).toMatchObject({ items: lines });
    const read = async (format: string) =>
      (
        await fetch(
          `${system.apiUrl}/charts/top?minVotes=20&genre=Drama&decade=1990&fields=rank,tconst&format=${format}`,
        )
      ).text();
    expect(await read('csv')).toBe(
      `tconst,rank\n${lines.map(({ rank, tconst }) => `${tconst},${rank}\n`).join('')}`,
    );
    const feed = await (
      await fetch(`${system.apiUrl}/charts/top?minVotes=20&limit=1&format=rss`)
    ).text();
    expect(feed).toContain('<title>The best rated titles</title>');
    expect(await read('ndjson')).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });

  it.each([
    {},
    { genre: 'Drama' },
    { startYearFrom: 1990, startYearTo: 1999, titleType: 'tvEpisode' },
    { country: 'DE', numVotesFrom: 1 },
  ])('count titles by filter value, with %j', async (query: Query) => {
    const facets = await readFacets(query);
    const professions =
      Object.keys(query).length === 0
        ? countValues(
            files.reference.names.flatMap(({ primaryProfession }) => primaryProfession ?? []),
          )
        : null;
    expect(withoutPrecision(facets)).toEqual({
      ...facetsOf(files.reference.titles.filter((title) => matchesQuery(title, query))),
      exact: true,
      ofFirst: null,
      professions,
    });
  });

  it('count the results of a text, with and without filters', async () => {
    const byId = new Map(files.reference.titles.map((title) => [title.tconst, title]));
    const filters = fc
      .record(FILTERS, { requiredKeys: [] })
      .map((query) =>
        withoutCrossedRanges(
          Object.fromEntries(Object.entries(query).filter((_, i) => i % 5 === 0)),
        ),
      );
    const sizes: number[] = [];
    for (const q of searchTexts(files.reference.titles)) {
      for (const query of [
        { q },
        ...fc.sample(filters, 3).map((some): Query => ({ q, ...some })),
      ]) {
        const ids = await listedIds('/titles', query);
        const found = facetsOf(ids.map((id) => byId.get(id) as ReferenceTitle));
        const isAll = ids.length < MAX_SEARCH_RESULTS;
        expect(withoutPrecision(await readFacets(query)), JSON.stringify(query)).toEqual({
          ...found,
          exact: isAll,
          ofFirst: isAll ? null : MAX_SEARCH_RESULTS,
          professions: null,
        });
        sizes.push(ids.length);
      }
    }
    expect(Math.max(...sizes)).toBe(MAX_SEARCH_RESULTS);
    // random filters: the number of those with results differs from run to run
    expect(sizes.filter((size) => size > 5 && size < MAX_SEARCH_RESULTS).length).toBeGreaterThan(3);
  });

  it(
    'with a text, count exactly the titles found with a value, or fewer if not all were counted',
    { tags: ['long'] },
    async () => {
      const chosen = {
        types: 'titleType',
        genres: 'genre',
        regions: 'country',
        languages: 'language',
      } as const;
      const more: boolean[] = [];
      for (const q of searchTexts(files.reference.titles)) {
        for (const query of [{ q }, { q, numVotesTo: 50 }] satisfies Query[]) {
          const facets = await readFacets(query);
          for (const [kind, filter] of Object.entries(chosen) as [keyof typeof chosen, string][]) {
            for (const { value, count } of [
              ...facets[kind].slice(0, 2),
              ...facets[kind].slice(-1),
            ]) {
              const ids = await listedIds('/titles', { ...query, [filter]: value });
              if (facets.exact)
                expect(ids.length, JSON.stringify({ ...query, [filter]: value })).toBe(count);
              else expect(ids.length).toBeGreaterThanOrEqual(count);
              more.push(ids.length > count);
            }
          }
        }
      }
      expect(new Set(more)).toEqual(new Set([true, false]));
    },
  );

  it('add up to all titles and ratings', async () => {
    const stats = Stats.parse((await system.ask('GET', '/stats')).body);
    const rated = files.reference.titles.filter(({ averageRating }) => averageRating !== null);
    expect(stats.titlesByYear.reduce((sum, { titles }) => sum + titles, 0)).toBe(
      files.reference.titles.length,
    );
    expect(
      stats.titlesByYear.find(({ year, titleType }) => year === null && titleType === 'movie')
        ?.titles,
    ).toBe(
      files.reference.titles.filter(
        ({ startYear, titleType }) => startYear === null && titleType === 'movie',
      ).length,
    );
    expect(stats.ratings.map(({ titles }) => titles).reduce((sum, titles) => sum + titles, 0)).toBe(
      rated.length,
    );
    const dramas = rated.filter(
      ({ genres, startYear }) =>
        genres.includes('Drama') && startYear !== null && startYear >= 2000 && startYear < 2010,
    );
    const mean =
      dramas.reduce((sum, { averageRating }) => sum + (averageRating ?? 0), 0) / dramas.length;
    const drama = stats.ratingsByGenre.find(
      ({ genre, decade }) => genre === 'Drama' && decade === 2000,
    );
    expect(drama?.titles).toBe(dramas.length);
    expect(drama?.averageRating).toBeCloseTo(mean, 1);
    expect(stats.datasets.find(({ dataset }) => dataset === 'title.basics')).toMatchObject({
      rows: files.reference.titles.length,
      rejects: 0,
    });
  });
});

const isTrueOf = (query: Query, titles: readonly ReferenceTitle[]) =>
  titles.filter((title) => matchesQuery(title, query)).length;

describe('facets of a page', () => {
  const sampled = useReferenceSystem(1, {
    workers: false,
    searchLimits: { maxCountedTitles: 100, maxUnsampledTitles: 0, sampledTitles: 600 },
  });
  const CHOSEN = {
    types: 'titleType',
    genres: 'genreAny',
    regions: 'country',
    languages: 'language',
  } as const;

  it('agree with one another, with the number of titles and with the files', async () => {
    const filters = fc
      .record(FILTERS, { requiredKeys: [] })
      .chain((query) =>
        fc
          .subarray(Object.keys(query), { minLength: 1, maxLength: 4 })
          .map((names): Query =>
            withoutCrossedRanges(
              Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name))),
            ),
          ),
      );
    const precisions = new Set<string>();
    for (const query of [
      { titleType: 'movie', genre: 'Drama', startYearFrom: 1990 },
      { titleType: 'tvEpisode', startYearFrom: 1990, startYearTo: 2010 },
      { genre: 'Drama' },
      { country: 'US', titleType: 'movie' },
      ...fc.sample(filters, 20),
    ]) {
      const text = JSON.stringify(query);
      const { body } = await sampled.system.ask(
        'GET',
        pathOf('/facets', { ...query, alternatives: true }),
      );
      const { titles, exact, alternatives, ...facets } = Facets.parse(body);
      precisions.add(exact ? 'exact' : 'approximate');
      if (exact) {
        expect(titles, text).toBe(isTrueOf(query, sampled.reference.titles));
        const page = await sampled.system.ask(
          'GET',
          pathOf('/titles', { ...query, total: 'exact', limit: 1 }),
        );
        expect(page.body, text).toMatchObject({ total: titles });
      }
      for (const genre of 'genre' in query ? splitValues(query['genre']) : [])
        expect(facets.genres.find(({ value }) => value === genre)?.count ?? 0, text).toBe(titles);
      for (const [dimension, filter] of Object.entries(CHOSEN) as [keyof typeof CHOSEN, string][]) {
        for (const { value, count, precision } of facets[dimension].slice(0, 8)) {
          expect(count, `${text} ${value}`).toBeLessThanOrEqual(titles);
          if (precision === 'exact')
            expect(count, `${text} ${value}`).toBe(
              sampled.reference.titles.filter(
                (title) => matchesQuery(title, query) && valuesOf(title, dimension).includes(value),
              ).length,
            );
        }
        const chosen = query[filter];
        const { [filter]: _, ...others } = query;
        const listed = alternatives?.[dimension] ?? [];
        if (chosen === undefined) expect(listed, text).toEqual(facets[dimension]);
        else {
          if (!String(chosen).includes(','))
            expect(listed.find(({ value }) => value === chosen)?.count ?? 0, text).toBe(titles);
          for (const { value, count, precision } of listed.slice(0, 8))
            if (precision === 'exact')
              expect(count, `${text} ${value}`).toBe(
                isTrueOf({ ...others, [filter]: value }, sampled.reference.titles),
              );
        }
      }
    }
    expect(precisions).toEqual(new Set(['exact', 'approximate']));
  });

  it('are all exact for types alone, whatever their number', async () => {
    const { body } = await sampled.system.ask('GET', '/facets?titleType=tvEpisode,movie');
    const { titles, exact, ofFirst, professions, ...facets } = withoutPrecision(Facets.parse(body));
    expect({ titles, ...facets }).toEqual(
      facetsOf(
        sampled.reference.titles.filter((title) =>
          matchesQuery(title, { titleType: 'tvEpisode,movie' }),
        ),
      ),
    );
    expect(exact).toBe(true);
  });
});

const valuesOf = (
  { titleType, genres, regions, languages }: ReferenceTitle,
  dimension: 'types' | 'genres' | 'regions' | 'languages',
): readonly (string | null)[] => ({ types: [titleType], genres, regions, languages })[dimension];

/** The counts without how precise they are. */
function withoutPrecision({ types, genres, regions, languages, professions, ...facets }: Facets) {
  const counts = (list: Facets['types']) => list.map(({ value, count }) => ({ value, count }));
  return {
    ...facets,
    types: counts(types),
    genres: counts(genres),
    regions: counts(regions),
    languages: counts(languages),
    professions: professions === null ? null : counts(professions),
  };
}

/** Expected facets of some titles, from the files. */
function facetsOf(titles: readonly ReferenceTitle[]) {
  return {
    titles: titles.length,
    types: countValues(titles.flatMap(({ titleType }) => titleType ?? [])),
    genres: countValues(titles.flatMap(({ genres }) => genres)),
    regions: countValues(titles.flatMap(({ regions }) => regions)),
    languages: countValues(titles.flatMap(({ languages }) => languages)),
  };
}
