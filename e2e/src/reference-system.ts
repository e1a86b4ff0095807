import { FoundNamePage, FoundTitlePage } from '@marquee/contract';
import fc from 'fast-check';
import { beforeAll, expect } from 'vitest';
import {
  readReferenceCatalogue,
  type ReferenceCatalogue,
  type ReferenceTitle,
} from './reference-catalogue.ts';
import { compareValues, titleOrder, matchesQuery, type Query } from './reference-filters.ts';
import { useDays, type Days } from './sample-days.ts';
import { useSharedSystem, type System, type SystemOptions } from './system.ts';

/** A system with the first day of a sample published, and the reference of its files. */
export interface ReferenceSystem {
  readonly days: Days;
  readonly system: System;
  /** The reference catalogue of the published day. */
  reference: ReferenceCatalogue;
  /** Ids that the API lists, over all pages. */
  readonly listedIds: (path: '/titles' | '/names', query: Query) => Promise<string[]>;
  /** Expected ids of titles, from the reference. */
  readonly expectedTitles: (query: Query) => string[];
}

/** Starts one for all tests of a file. @param count number of days @param options of the system */
export function useReferenceSystem(count: number, options: SystemOptions = {}): ReferenceSystem {
  const days = useDays({ titles: 3000, days: count });
  const system = useSharedSystem(() => ({ ...options, published: days }));
  const files: ReferenceSystem = {
    days,
    system,
    reference: { titles: [], names: [], people: new Map() },
    listedIds: async (path, query) => listIds(system, path, query),
    expectedTitles: (query) =>
      files.reference.titles
        .filter((title) => matchesQuery(title, query))
        .sort(titleOrder(query))
        .map(({ tconst }) => tconst),
  };
  beforeAll(async () => {
    files.reference = await readReferenceCatalogue(days.day(0));
  });
  return files;
}

/** A path with a query. */
export const pathOf = (path: string, query: Query) =>
  `${path}?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])).toString()}`;

async function listIds(
  system: System,
  path: '/titles' | '/names',
  query: Query,
): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const { status, body } = await system.ask(
      'GET',
      pathOf(path, { limit: 200, ...query, ...(after === undefined ? {} : { after }) }),
    );
    expect(status, JSON.stringify({ query, body })).toBe(200);
    const page = path === '/titles' ? FoundTitlePage.parse(body) : FoundNamePage.parse(body);
    ids.push(
      ...page.items.map((item) =>
        'tconst' in item ? String(item.tconst) : 'nconst' in item ? String(item.nconst) : '',
      ),
    );
    // a wrong cursor could lead back, forever
    if (new Set(ids).size < ids.length)
      throw new Error(`${JSON.stringify(query)} lists a row twice`);
    after = page.next;
  }
  return ids;
}

/** Filter values: some with many titles of the sample, some with none. */
export const FILTERS = {
  titleType: fc.constantFrom(
    'movie',
    'tvEpisode',
    'tvSeries,short',
    'videoGame,tvMovie,movie',
    'tvPilot',
  ),
  genre: fc.constantFrom('Drama', 'Comedy', 'Drama,Comedy', 'Western', 'Film-Noir'),
  genreAny: fc.constantFrom('Drama,Comedy', 'News,Western', 'Sci-Fi'),
  genreNone: fc.constantFrom('Drama', 'Talk-Show,News', 'Film-Noir'),
  startYearFrom: fc.constantFrom(0, 1950, 1999, 2005, 2020),
  startYearTo: fc.constantFrom(1949, 1999, 2005, 2024),
  runtimeMinutesFrom: fc.constantFrom(0, 20, 90),
  runtimeMinutesTo: fc.constantFrom(10, 60, 120),
  averageRatingFrom: fc.constantFrom('0', '5.5', '7', '10'),
  averageRatingTo: fc.constantFrom('4.9', '8.1', '10.0'),
  numVotesFrom: fc.constantFrom(0, 1, 20, 500),
  numVotesTo: fc.constantFrom(0, 10, 1000),
  isAdult: fc.boolean(),
  hasEpisodes: fc.boolean(),
  country: fc.constantFrom('US', 'DE,FR', 'JP', 'AQ'),
  language: fc.constantFrom('en', 'de,ja', 'tlh'),
};

/** A query whose lower bounds are below its upper ones: crossed ranges are errors. */
export function withoutCrossedRanges(query: Query): Query {
  return Object.fromEntries(
    Object.entries(query).filter(([name, value]) => {
      const from = name.endsWith('To') ? query[`${name.slice(0, -2)}From`] : undefined;
      return from === undefined || Number(from) <= Number(value);
    }),
  );
}

/**
 * Search texts with many, some, one or no results: words, prefixes, misspelt words, whole titles.
 */
export function searchTexts(titles: readonly ReferenceTitle[]): string[] {
  const words = countValues(
    titles.flatMap(({ primaryTitle }) => [
      ...new Set((primaryTitle ?? '').toLowerCase().match(/[a-z]{3,}/gu)),
    ]),
  ).map(({ value }) => value);
  const some = [0, 1, 5, 20, 60, 150, 400].flatMap((place) => words[place] ?? []);
  const whole = titles
    .filter(({ primaryTitle }, i) => i % 1300 === 7 && (primaryTitle ?? '').length > 4)
    .map(({ primaryTitle }) => primaryTitle ?? '');
  return [
    ...some,
    ...some.slice(2).map((word) => word.slice(0, 4)),
    ...some.slice(2).map((word) => word.slice(0, 2) + word.slice(3)),
    ...whole,
    'zzyzx',
  ];
}

/** Frequencies of the values, highest first. */
export function countValues(values: readonly string[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compareValues(a.value, b.value));
}
