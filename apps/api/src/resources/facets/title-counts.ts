import {
  MAX_SEARCH_RESULTS,
  type Facet,
  type Facets,
  type FacetsQuery,
  type TitleFilters,
} from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { SqlParameters, type SqlPart } from '../../database/parameters.ts';
import { estimateRows, readWithCustomPlan } from '../../database/custom-plans.ts';
import {
  allOf,
  byPartialIndex,
  conditionsOf,
  selectTitles,
} from '../../read-models/title-lists/conditions.ts';
import { filmographyTitles } from '../../read-models/title-lists/filmography.ts';
import {
  knownCounts,
  sumOfTypes,
  type CountsByType,
} from '../../read-models/title-lists/known-counts.ts';
import { titlesOfText } from '../../read-models/title-lists/resolved-list.ts';
import type { SearchLimits } from '../../read-models/title-lists/search-limits.ts';
import { countAllTitles } from '../../read-models/title-lists/title-counts.ts';

/** The properties that titles are counted by. */
export const DIMENSIONS = ['types', 'genres', 'regions', 'languages'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** How many titles there are, and how many of them have each value. */
export interface TitleCounts extends Pick<Facets, 'titles' | 'exact' | 'ofFirst'> {
  readonly facets: Record<Dimension, Facet[]>;
}

/** The counts of the titles that a text and filters select. */
export async function countTitles(
  database: Database,
  limits: SearchLimits,
  { q, ...filters }: Omit<FacetsQuery, 'alternatives'>,
): Promise<TitleCounts> {
  if (q !== undefined) return countMatches(database, q, filters);
  const { titleType, person, role, ...others } = filters;
  if (person !== undefined) return countFilmography(database, person, filters);
  if (Object.keys(others).length === 0) return readCounts(database, titleType);
  return countFiltered(database, limits, filters);
}

/** The counts that the loader keeps: of all titles, or of those of some types. */
async function readCounts(
  database: Database,
  types: readonly string[] | undefined,
): Promise<TitleCounts> {
  const [known, rows] = await Promise.all([
    knownCounts(database, {}),
    database.read<Counted>(
      {
        name: 'facets',
        text: `
          select kind, value, sum(titles) as count from search.title_count
          where kind in ('genre', 'region', 'language') and ($1::text[] is null or group_name = any ($1::text[]))
          group by kind, value`,
      },
      [types ?? null],
    ),
  ]);
  const byType = known ?? new Map<string, number>();
  return {
    titles: sumOfTypes(byType, types),
    exact: true,
    ofFirst: null,
    facets: { ...byDimension(rows, 1), types: typesIn(byType, types) },
  };
}

/** Counts the titles that pass filters, or estimates them from a sample. */
async function countFiltered(
  database: Database,
  limits: SearchLimits,
  filters: TitleFilters,
): Promise<TitleCounts> {
  const conditions = conditionsOf(filters);
  const parameters = new SqlParameters();
  const [all, known, expected] = await Promise.all([
    countAllTitles(database),
    knownCounts(database, filters),
    estimateRows(database, selectTitles([allOf(conditions.gin, parameters)]), parameters),
  ]);
  if (expected <= limits.maxCountedTitles || all <= limits.maxUnsampledTitles) {
    return countFound(database, 1, (counted) => {
      return `from (${selectTitles(byPartialIndex(conditions, allOf(conditions.gin, counted)), 't.type, t.genres, t.regions, t.languages')}) as t`;
    });
  }
  const share = limits.sampledTitles / all;
  const sampled = await countFound(
    database,
    share,
    (counted) =>
      `from search.title as t tablesample system (${counted.add(share * 100, 'float4')}) repeatable (1) where ${allOf(conditions.rows, counted)}`,
  );
  return known === null ? sampled : withKnown(sampled, known, filters);
}

/** Counts the titles of a person that pass filters. */
async function countFilmography(
  database: Database,
  person: string,
  filters: TitleFilters,
): Promise<TitleCounts> {
  const { rows } = conditionsOf(filters);
  return countFound(
    database,
    1,
    (parameters) =>
      `from (${filmographyTitles(person, filters.role)(parameters)}) as work join search.title as t using (tconst) where ${allOf(rows, parameters)}`,
  );
}

/**
 * Counts the titles that a text search finds among those that pass filters: as many as `GET /titles`
 * lists.
 */
async function countMatches(
  database: Database,
  q: string,
  filters: TitleFilters,
): Promise<TitleCounts> {
  const candidates = await titlesOfText(database, q, filters, MAX_SEARCH_RESULTS);
  const counts = await countFound(
    database,
    1,
    (parameters) =>
      `from (${candidates(parameters)}) as candidate join search.title as t using (tconst)`,
  );
  return counts.titles < MAX_SEARCH_RESULTS
    ? counts
    : {
        ...counts,
        exact: false,
        ofFirst: MAX_SEARCH_RESULTS,
        facets: Object.fromEntries(
          DIMENSIONS.map((dimension) => [
            dimension,
            counts.facets[dimension].map((facet) => ({ ...facet, precision: 'atLeast' })),
          ]),
        ) as TitleCounts['facets'],
      };
}

/**
 * A sample with the number of titles and types that the loader has counted, and counts that agree
 * with it: what a filter requires, all titles have.
 */
function withKnown(
  { facets }: TitleCounts,
  known: CountsByType,
  { titleType, genre = [], genreAny = [], country = [], language = [] }: TitleFilters,
): TitleCounts {
  const titles = sumOfTypes(known, titleType);
  const agree = (list: readonly Facet[], required: readonly string[]) =>
    mostFrequentFirst([
      ...(titles === 0 ? [] : required.map((value) => exactly(value, titles))),
      ...list
        .filter(({ value }) => !required.includes(value))
        .map((facet) => ({ ...facet, count: Math.min(facet.count, titles) })),
    ]);
  return {
    titles,
    exact: true,
    ofFirst: null,
    facets: {
      types: typesIn(known, titleType),
      genres: agree(facets.genres, [...genre, ...genreAny]),
      regions: agree(facets.regions, country),
      languages: agree(facets.languages, language),
    },
  };
}

/** The known types among those asked for. */
function typesIn(known: CountsByType, types: readonly string[] | undefined): Facet[] {
  return mostFrequentFirst(
    [...known]
      .filter(([type]) => type !== '' && types?.includes(type) !== false)
      .map(([type, titles]) => exactly(type, titles)),
  );
}

function exactly(value: string, count: number): Facet {
  return { value, count, precision: 'exact' };
}

interface Counted extends Pick<Facet, 'value' | 'count'> {
  readonly kind: 'all' | 'type' | 'genre' | 'region' | 'language';
}

/** Counts titles, of which `share` is all or a sample. @param from their rows, as t */
async function countFound(database: Database, share: number, from: SqlPart): Promise<TitleCounts> {
  const parameters = new SqlParameters();
  const text = `
    with found as materialized (select t.type, t.genres, t.regions, t.languages ${from(parameters)})
    select 'all' as kind, '' as value, count(*) as count from found
    union all select 'type', type, count(*) from found where type is not null group by type
    union all select 'genre', genre, count(*) from found, unnest(genres) as genre group by genre
    union all select 'region', region, count(*) from found, unnest(regions) as region group by region
    union all select 'language', language, count(*) from found, unnest(languages) as language group by language`;
  const rows = await readWithCustomPlan<Counted>(database, text, parameters);
  return {
    titles: Math.round((rows.find(({ kind }) => kind === 'all')?.count ?? 0) / share),
    exact: share === 1,
    ofFirst: null,
    facets: byDimension(rows, share),
  };
}

function byDimension(rows: readonly Counted[], share: number): TitleCounts['facets'] {
  const of = (wanted: Counted['kind']) =>
    mostFrequentFirst(
      rows
        .filter(({ kind }) => kind === wanted)
        .map(({ value, count }) => ({
          value,
          count: Math.round(count / share),
          precision: share === 1 ? ('exact' as const) : ('approximate' as const),
        })),
    );
  return {
    types: of('type'),
    genres: of('genre'),
    regions: of('region'),
    languages: of('language'),
  };
}

/** Facets by their counts; those with equal counts by value. */
export function mostFrequentFirst(facets: readonly Facet[]): Facet[] {
  return facets.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
