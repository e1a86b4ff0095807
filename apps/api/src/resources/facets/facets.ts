import { MAX_SEARCH_RESULTS, type Facet, type Facets, type TitleFilters } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { SqlParameters } from '../../database/parameters.ts';
import {
  allOf,
  byPartialIndex,
  conditionsOf,
  selectTitles,
} from '../../read-models/title-lists/conditions.ts';
import { filmographyTitles } from '../../read-models/title-lists/filmography.ts';
import { estimateRows, readWithCustomPlan } from '../../database/custom-plans.ts';
import { titlesOfText } from '../../read-models/title-lists/resolved-list.ts';
import { countAllTitles } from '../../read-models/title-lists/title-counts.ts';

/** At most this many titles are counted: some hundredths of a second. */
const MAX_COUNTED = 10_000;
/** Of more, those in a sample of so many of all titles are counted. */
const SAMPLE = 30_000;

/** The facets of all titles, and of all names. */
export async function facetsOfAll(database: Database): Promise<Facets> {
  const [titles, rows, professions] = await Promise.all([
    countAllTitles(database),
    database.read<Counted>(
      {
        name: 'facets',
        text: `select kind, value, sum(titles) as count from search.title_count where kind in ('type', 'genre', 'region', 'language') group by kind, value`,
      },
      [],
    ),
    database.read<Facet>(
      {
        name: 'professions',
        text: 'select profession as value, names as count from search.profession',
      },
      [],
    ),
  ]);
  return {
    titles,
    exact: true,
    ofFirst: null,
    ...byKind(rows, 1),
    professions: sorted(professions),
  };
}

/** The facets of the titles that pass a filter: counted, or estimated from a sample. */
export async function facetsOfSome(database: Database, filters: TitleFilters): Promise<Facets> {
  const { person, role } = filters;
  const conditions = conditionsOf(filters);
  if (person !== undefined) {
    return facetsOf(
      database,
      1,
      (parameters) =>
        `from (${filmographyTitles(person, role)(parameters)}) as work join search.title as t using (tconst) where ${allOf(conditions.rows, parameters)}`,
    );
  }
  const parameters = new SqlParameters();
  const [all, expected] = await Promise.all([
    countAllTitles(database),
    estimateRows(database, selectTitles([allOf(conditions.gin, parameters)]), parameters),
  ]);
  if (expected <= MAX_COUNTED || all <= SAMPLE) {
    return facetsOf(database, 1, (counted) => {
      return `from (${selectTitles(byPartialIndex(conditions, allOf(conditions.gin, counted)), 't.type, t.genres, t.regions, t.languages')}) as t`;
    });
  }
  const share = SAMPLE / all;
  return facetsOf(
    database,
    share,
    (counted) =>
      `from search.title as t tablesample system (${counted.add(share * 100, 'float4')}) repeatable (1) where ${allOf(conditions.rows, counted)}`,
  );
}

/**
 * The facets of the titles that a text search finds among those that pass a filter: of as many as
 * `GET /titles` lists.
 */
export async function facetsOfText(
  database: Database,
  q: string,
  filters: TitleFilters,
): Promise<Facets> {
  const candidates = await titlesOfText(database, q, filters, MAX_SEARCH_RESULTS);
  const facets = await facetsOf(
    database,
    1,
    (parameters) =>
      `from (${candidates(parameters)}) as candidate join search.title as t using (tconst)`,
  );
  return facets.titles < MAX_SEARCH_RESULTS
    ? facets
    : { ...facets, exact: false, ofFirst: MAX_SEARCH_RESULTS };
}

interface Counted extends Facet {
  readonly kind: 'all' | 'type' | 'genre' | 'region' | 'language';
}

async function facetsOf(
  database: Database,
  share: number,
  from: (parameters: SqlParameters) => string,
): Promise<Facets> {
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
    ...byKind(rows, share),
    professions: null,
  };
}

function byKind(
  rows: readonly Counted[],
  share: number,
): Pick<Facets, 'types' | 'genres' | 'regions' | 'languages'> {
  const of = (wanted: Counted['kind']) =>
    sorted(
      rows
        .filter(({ kind }) => kind === wanted)
        .map(({ value, count }) => ({ value, count: Math.round(count / share) })),
    );
  return {
    types: of('type'),
    genres: of('genre'),
    regions: of('region'),
    languages: of('language'),
  };
}

function sorted(facets: readonly Facet[]): Facet[] {
  return facets.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
