import { FoundNamePage, FoundTitlePage } from '@marquee/contract';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { PlainCatalogue, PlainTitle } from './plain-catalogue.ts';
import { compare, inOrder, passes, type Query } from './plain-filters.ts';
import type { System } from './system.ts';

/** A path with a query. */
export const pathOf = (path: string, query: Query) => `${path}?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])).toString()}`;

/** The ids that the API lists, page after page. */
export async function listIds(system: System, path: '/titles' | '/names', query: Query): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const { status, body } = await system.ask('GET', pathOf(path, { limit: 200, ...query, ...(after === undefined ? {} : { after }) }));
    expect(status, JSON.stringify({ query, body })).toBe(200);
    const page = path === '/titles' ? FoundTitlePage.parse(body) : FoundNamePage.parse(body);
    ids.push(...page.items.map((item) => ('tconst' in item ? String(item.tconst) : 'nconst' in item ? String(item.nconst) : '')));
    after = page.next;
  }
  return ids;
}

/** What the files say of the same, for titles. */
export const titleIds = (plain: PlainCatalogue, query: Query): string[] => plain.titles.filter((title) => passes(title, query)).sort(inOrder(query)).map(({ tconst }) => tconst);

/** Values that many titles of the sample have, and some that none has. */
export const FILTERS = {
  titleType: fc.constantFrom('movie', 'tvEpisode', 'tvSeries,short', 'videoGame,tvMovie,movie', 'opera'),
  genre: fc.constantFrom('Drama', 'Comedy', 'Drama,Comedy', 'Western', 'Opera'),
  genreAny: fc.constantFrom('Drama,Comedy', 'News,Western', 'Sci-Fi'),
  genreNone: fc.constantFrom('Drama', 'Talk-Show,News', 'Opera'),
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
  country: fc.constantFrom('US', 'DE,FR', 'JP', 'XYZ'),
  language: fc.constantFrom('en', 'de,ja', 'tlh'),
};

/** Texts that find many titles, some, one or none: words, beginnings of them, whole titles, and such with a letter left out. */
export function textsOf(titles: readonly PlainTitle[]): string[] {
  const words = countOf(titles.flatMap(({ primaryTitle }) => [...new Set((primaryTitle ?? '').toLowerCase().match(/[a-z]{3,}/gu))])).map(({ value }) => value);
  const some = [0, 1, 5, 20, 60, 150, 400].flatMap((place) => words[place] ?? []);
  const whole = titles.filter(({ primaryTitle }, i) => i % 1300 === 7 && (primaryTitle ?? '').length > 4).map(({ primaryTitle }) => primaryTitle ?? '');
  return [...some, ...some.slice(2).map((word) => word.slice(0, 4)), ...some.slice(2).map((word) => word.slice(0, 2) + word.slice(3)), ...whole, 'zzyzx'];
}

/** How often each value is there, the most frequent first. */
export function countOf(values: readonly string[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count || compare(a.value, b.value));
}
