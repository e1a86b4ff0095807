import type { TitleFilters } from '@marquee/contract';
import { TAG_PREFIXES, TITLE_TAGS, type BitGroup } from '@marquee/search';

/** The number columns of `search.title` that titles are filtered by. */
export type NumberColumn = 'year' | 'runtime' | 'rating' | 'votes';

/** What `search.title_count` counts for each type of title. */
export type CountedSet = 'genre' | 'region' | 'language';

/** One filter of a request, as a condition on a row of `search.title as t`. */
export interface Filter {
  /** The number column that it compares; an index may be sorted by it. */
  readonly column?: NumberColumn;
  /** Whether it allows a single value of that column. */
  readonly isOneValue?: true;
  readonly type: 'int4' | 'text[]';
  /** The condition. @param value the parameter, as SQL */
  readonly sql: (value: string) => string;
  /** The parameter's value; undefined where a request does not have the filter. */
  readonly valueOf: (filters: TitleFilters) => number | readonly string[] | undefined;
  /** The bits by which an index entry can be skipped; an entry has the numbers themselves. */
  readonly bits?: BitGroup;
  /** Whether a title needs all of the values, rather than one of them. */
  readonly needsAll?: boolean;
  /** The counts that tell whether any title of a type has a value. */
  readonly counted?: CountedSet;
  /** Whether most titles pass, so that the filter alone is no reason for a GIN search. */
  readonly isCommon?: (filters: TitleFilters) => boolean;
  /** Whether a GIN search has this condition; true when left out. */
  readonly inGinSearch?: (filters: TitleFilters) => boolean;
  /** Whether a GIN search alone has this condition. */
  readonly onlyInGinSearch?: true;
}

const OVERLAPS_TAGS = (value: string) => `t.tags && ${value}`;
/**
 * Has one tag, by a condition that no index serves: most titles have these tags, and the GIN index
 * would be read for nothing.
 */
const HAS_TAG = (value: string) => `array_position(t.tags, (${value})[1]) is not null`;
const SET_COLUMNS = { genre: 'genres', region: 'regions', language: 'languages' } as const;
const always = () => true;

/** The filters of a request that select titles of another table: see candidatesOf. */
type CandidateFilter = 'person' | 'role';

/**
 * The conditions of each filter, the cheapest to evaluate first. A filter without an entry does not
 * compile: it would be accepted, and ignored.
 */
const CONDITIONS_OF = {
  startYearFrom: yearFilters(),
  startYearTo: [bound('year', '<=', lastYear, { inGinSearch: hasNoYearTags })],
  runtimeMinutesFrom: [bound('runtime', '>=', ({ runtimeMinutesFrom }) => runtimeMinutesFrom)],
  runtimeMinutesTo: [bound('runtime', '<=', ({ runtimeMinutesTo }) => runtimeMinutesTo)],
  averageRatingFrom: [bound('rating', '>=', ({ averageRatingFrom }) => tenths(averageRatingFrom))],
  averageRatingTo: [bound('rating', '<=', ({ averageRatingTo }) => tenths(averageRatingTo))],
  numVotesFrom: [bound('votes', '>=', ({ numVotesFrom }) => numVotesFrom)],
  numVotesTo: [bound('votes', '<=', ({ numVotesTo }) => numVotesTo)],
  titleType: [
    // three quarters of all titles are episodes
    tagFilter(({ titleType }) => titleType?.map((type) => `${TAG_PREFIXES.type}${type}`), {
      isCommon: ({ titleType }) => titleType?.includes('tvEpisode') === true,
    }),
  ],
  isAdult: [
    tagFilter(({ isAdult }) => (isAdult === true ? [TITLE_TAGS.adult] : undefined)),
    tagFilter(({ isAdult }) => (isAdult === false ? [TITLE_TAGS.notAdult] : undefined), {
      sql: HAS_TAG,
      isCommon: always,
    }),
  ],
  hasEpisodes: [
    tagFilter(({ hasEpisodes }) => (hasEpisodes === true ? [TITLE_TAGS.hasEpisodes] : undefined)),
    tagFilter(({ hasEpisodes }) => (hasEpisodes === false ? [TITLE_TAGS.noEpisodes] : undefined), {
      sql: HAS_TAG,
      isCommon: always,
    }),
  ],
  genre: [
    {
      ...arrayFilter('genre', ({ genre }) => genre),
      sql: (value) => `t.genres @> ${value}`,
      needsAll: true,
    },
  ],
  genreAny: [arrayFilter('genre', ({ genreAny }) => genreAny)],
  country: [arrayFilter('region', ({ country }) => country)],
  language: [arrayFilter('language', ({ language }) => language)],
  genreNone: [
    {
      type: 'text[]',
      sql: (value) => `not t.genres && ${value}`,
      valueOf: ({ genreNone }) => genreNone,
      isCommon: always,
    },
  ],
} satisfies Record<Exclude<keyof TitleFilters, CandidateFilter>, readonly Filter[]>;

/** All conditions, the cheapest to evaluate first. */
export const FILTERS: readonly Filter[] = Object.values(CONDITIONS_OF).flat();

/** A lowest or highest value of a number column. */
function bound(
  column: NumberColumn,
  operator: '>=' | '<=',
  valueOf: Filter['valueOf'],
  more: Pick<Filter, 'inGinSearch'> = {},
): Filter {
  return {
    column,
    type: 'int4',
    sql: (value) => `t.${column} ${operator} ${value}`,
    valueOf,
    ...more,
  };
}

/** A filter on one of several tags. */
function tagFilter(
  valueOf: Filter['valueOf'],
  more: Partial<Pick<Filter, 'sql' | 'isCommon'>> = {},
): Filter {
  return { type: 'text[]', sql: OVERLAPS_TAGS, valueOf, bits: 'tag', ...more };
}

/** A filter on one of several values of a set that titles have. */
function arrayFilter(counted: CountedSet, valueOf: Filter['valueOf']): Filter {
  return {
    type: 'text[]',
    sql: (value) => `t.${SET_COLUMNS[counted]} && ${value}`,
    valueOf,
    bits: counted,
    counted,
  };
}

/** At most this many years are enumerated as tags; beyond, a range compares them. */
export const MAX_YEAR_TAGS = 20;

/**
 * The years: as numbers for a scan; as tags for a GIN search, where they are few enough to be
 * enumerated.
 */
function yearFilters(): Filter[] {
  return [
    {
      column: 'year',
      isOneValue: true,
      type: 'int4',
      sql: (value) => `t.year = ${value}`,
      valueOf: (filters) => (isOneYear(filters) ? firstYear(filters) : undefined),
      inGinSearch: hasNoYearTags,
    },
    bound('year', '>=', (filters) => (isOneYear(filters) ? undefined : firstYear(filters)), {
      inGinSearch: hasNoYearTags,
    }),
    { type: 'text[]', sql: OVERLAPS_TAGS, valueOf: yearTags, onlyInGinSearch: true },
  ];
}

function lastYear(filters: TitleFilters): number | undefined {
  return isOneYear(filters) ? undefined : filters.startYearTo;
}

/** An unknown year is 0 in the table, and in no range: the first of a range is at least 1. */
export function firstYear({ startYearFrom, startYearTo }: TitleFilters): number | undefined {
  return startYearFrom === undefined && startYearTo === undefined
    ? undefined
    : Math.max(startYearFrom ?? 1, 1);
}

function isOneYear(filters: TitleFilters): boolean {
  return firstYear(filters) === filters.startYearTo;
}

function hasNoYearTags(filters: TitleFilters): boolean {
  return !hasYearTags(filters);
}

function hasYearTags(filters: TitleFilters): boolean {
  const first = firstYear(filters);
  return (
    first !== undefined &&
    filters.startYearTo !== undefined &&
    filters.startYearTo >= first &&
    filters.startYearTo - first < MAX_YEAR_TAGS
  );
}

function yearTags(filters: TitleFilters): string[] | undefined {
  if (!hasYearTags(filters)) return undefined;
  const first = firstYear(filters) ?? 1;
  return Array.from(
    { length: (filters.startYearTo ?? first) - first + 1 },
    (_, i) => `${TAG_PREFIXES.year}${first + i}`,
  );
}

/** Ratings are stored in tenths. */
function tenths(rating: number | undefined): number | undefined {
  return rating === undefined ? undefined : Math.round(rating * 10);
}

/**
 * All filters as one condition, with the same text for every request: a filter that a request does
 * not have gets null.
 *
 * @param first number of its first parameter
 */
export function allFiltersSql(first: number): string {
  return ROW_FILTERS.map(
    ({ sql, type }, i) => `($${first + i}::${type} is null or ${sql(`$${first + i}::${type}`)})`,
  ).join(' and ');
}

/** The values of the parameters of {@link allFiltersSql}. */
export function allFilterValues(filters: TitleFilters): unknown[] {
  return ROW_FILTERS.map(({ valueOf }) => valueOf(filters) ?? null);
}

const ROW_FILTERS = FILTERS.filter(({ onlyInGinSearch }) => onlyInGinSearch !== true);
