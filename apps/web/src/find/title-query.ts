import type { TitleFilters, TitleSort } from '@marquee/contract';
import { USUAL_WORDS } from '@marquee/contract/usual-words';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { listPath } from './list-path.ts';

/** Filters of the API; the site's URL uses the same names. */
export type Filter = keyof TitleFilters;

const isWhole = (value: string) => /^\d{1,10}$/u.test(value);
const isDecimal = (value: string) => /^\d{1,2}(?:\.\d)?$/u.test(value);
const isBoolean = (value: string) => value === 'true' || value === 'false';
const isWord = (value: string) => value !== '';
const isOneOf = (known: readonly string[]) => (value: string) => known.includes(value);

/** Roles of a person by which titles can be filtered. */
export const ROLES = [
  'cast',
  'director',
  'writer',
  'producer',
  'composer',
  'cinematographer',
  'editor',
];

/**
 * All filters, with what each value has to be: the site names an unknown one instead of asking the
 * API for it. A new filter of the API does not compile until it is added here.
 */
const FILTERS = {
  titleType: isWord,
  genre: isWord,
  genreAny: isWord,
  genreNone: isWord,
  startYearFrom: isWhole,
  startYearTo: isWhole,
  runtimeMinutesFrom: isWhole,
  runtimeMinutesTo: isWhole,
  averageRatingFrom: isDecimal,
  averageRatingTo: isDecimal,
  numVotesFrom: isWhole,
  numVotesTo: isWhole,
  isAdult: isBoolean,
  country: isWord,
  language: isWord,
  hasEpisodes: isBoolean,
  person: (value) => /^nm\d+$/u.test(value),
  role: isOneOf(ROLES),
} satisfies Record<Filter, (value: string) => boolean>;

/** Filters of one value, which may contain commas. */
const SINGLE: ReadonlySet<string> = new Set([
  'startYearFrom',
  'startYearTo',
  'runtimeMinutesFrom',
  'runtimeMinutesTo',
  'averageRatingFrom',
  'averageRatingTo',
  'numVotesFrom',
  'numVotesTo',
  'isAdult',
  'hasEpisodes',
  'person',
  'role',
] satisfies Filter[]);

/** The orders of a list, in words; the key is `sort` and `order` of the URL. */
export const SORTS = {
  'relevance desc': 'Best match',
  'votes desc': 'Most votes',
  'votes asc': 'Fewest votes',
  'weighted desc': 'Best rated',
  'weighted asc': 'Worst rated',
  'year desc': 'Newest',
  'year asc': 'Oldest',
  'title asc': 'Title, A to Z',
  'title desc': 'Title, Z to A',
  'runtime desc': 'Longest',
  'runtime asc': 'Shortest',
  'rating desc': 'Highest rating, whatever the votes',
  'rating asc': 'Lowest rating, whatever the votes',
  'id asc': 'IMDb id',
  'id desc': 'IMDb id, downwards',
} satisfies Partial<Record<`${TitleSort} ${'asc' | 'desc'}`, string>>;

export type Sort = keyof typeof SORTS;

/** The order of a URL without one, and of one that names a `sort` alone. */
const FIRST_ORDERS: Readonly<Record<string, Sort>> = {
  relevance: 'relevance desc',
  votes: 'votes desc',
  weighted: 'weighted desc',
  rating: 'rating desc',
  year: 'year desc',
  title: 'title asc',
  runtime: 'runtime desc',
  id: 'id asc',
};

/** A value of the URL that means nothing. */
export interface UnknownValue {
  readonly name: Filter | 'sort';
  readonly value: string;
}

/** A range of two filters. */
export interface Range {
  readonly from: Filter;
  readonly to: Filter;
  /** Noun for its values, such as `ratings`. */
  readonly what: string;
}

const RANGES: readonly Range[] = [
  { from: 'startYearFrom', to: 'startYearTo', what: 'years' },
  { from: 'averageRatingFrom', to: 'averageRatingTo', what: 'ratings' },
  { from: 'numVotesFrom', to: 'numVotesTo', what: 'votes' },
  { from: 'runtimeMinutesFrom', to: 'runtimeMinutesTo', what: 'minutes' },
];

type Changes = Partial<Record<Filter | 'q' | 'sort' | 'order', string | null>>;

/** The query in the URL, and functions that change it. The URL is the only state. */
export interface TitleQuery {
  readonly q: string;
  readonly sort: Sort;
  readonly filters: Readonly<Partial<Record<Filter, string>>>;
  readonly unknown: readonly UnknownValue[];
  /** Ranges that start above their end: nothing can match. */
  readonly crossed: readonly Range[];
  readonly valuesOf: (filter: Filter) => readonly string[];
  /** Changes parameters and adds a history entry; null or an empty text removes a parameter. */
  readonly change: (changes: Changes) => void;
  /** The URL that a change leads to. */
  readonly urlWith: (changes: Changes) => string;
  /** Adds a value to a filter of several values, or removes it. */
  readonly toggle: (filter: Filter, value: string) => void;
  /** The URL that adds or removes a value. */
  readonly urlToggling: (filter: Filter, value: string) => string;
  readonly clear: () => void;
}

/** Reads the query of the results page from the URL. Unknown parameters are left alone. */
export function useTitleQuery(): TitleQuery {
  const [params, setParams] = useSearchParams();
  return useMemo(() => {
    const { filters, unknown } = readFilters(params);
    const sort = readSort(params);
    const changed = (changes: Changes) => {
      const next = new URLSearchParams(params);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
      }
      // a role needs a person
      if (!next.has('person')) next.delete('role');
      if (!next.has('q') && next.get('sort') === 'relevance') next.delete('sort');
      return next;
    };
    const change = (changes: Changes) => setParams(changed(changes));
    const urlWith = (changes: Changes) => `/find?${changed(changes).toString()}`;
    const valuesOf = (filter: Filter) => filters[filter]?.split(',') ?? [];
    const toggled = (filter: Filter, value: string): Changes => {
      const now = valuesOf(filter);
      const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value];
      return { [filter]: next.join(',') };
    };
    return {
      q: params.get('q') ?? '',
      sort: sort ?? FIRST_ORDERS[params.get('q') ? 'relevance' : 'votes'] ?? 'votes desc',
      filters,
      unknown:
        sort === undefined && params.get('sort')
          ? [...unknown, { name: 'sort', value: params.get('sort') ?? '' }]
          : unknown,
      crossed: RANGES.filter(({ from, to }) => Number(filters[from]) > Number(filters[to])),
      valuesOf,
      change,
      urlWith,
      toggle: (filter, value) => change(toggled(filter, value)),
      urlToggling: (filter, value) => urlWith(toggled(filter, value)),
      clear: () => setParams(params.has('q') ? { q: params.get('q') ?? '' } : {}),
    };
  }, [params, setParams]);
}

function readFilters(params: URLSearchParams): Pick<TitleQuery, 'filters' | 'unknown'> {
  const filters: Partial<Record<Filter, string>> = {};
  const unknown: UnknownValue[] = [];
  for (const [name, isKnown] of Object.entries(FILTERS) as [Filter, (one: string) => boolean][]) {
    const given = params.get(name) ?? '';
    const values = SINGLE.has(name) ? [given] : given.split(',');
    const known = values.filter((value) => value !== '' && isKnown(value));
    if (known.length > 0) filters[name] = known.join(',');
    for (const value of values) if (value !== '' && !isKnown(value)) unknown.push({ name, value });
  }
  return { filters, unknown };
}

/** The order of the URL; undefined if it has none, or one that does not exist. */
function readSort(params: URLSearchParams): Sort | undefined {
  const sort = params.get('sort') ?? '';
  const given = `${sort} ${params.get('order') ?? ''}`;
  const known = Object.hasOwn(SORTS, given) ? (given as Sort) : FIRST_ORDERS[sort];
  return known === 'relevance desc' && !params.get('q') ? undefined : known;
}

/** The orders that are offered: those that need a text only with one, and the chosen one. */
export function sortsFor({ q, sort }: Pick<TitleQuery, 'q' | 'sort'>): [Sort, string][] {
  return (Object.entries(SORTS) as [Sort, string][]).filter(
    ([one]) =>
      one === sort || (!/^(?:rating|id) /u.test(one) && (q !== '' || !one.startsWith('relevance'))),
  );
}

/** API path of the list of titles; null if a range is crossed. */
export function titlesPath(query: TitleQuery): string | null {
  return query.crossed.length > 0 ? null : listPath('/titles', query);
}

/**
 * API path of the facets: one answer for all counts of a page, so that they agree with one another.
 * Null if a range is crossed.
 */
export function facetsPath({ q, filters, crossed }: TitleQuery): string | null {
  if (crossed.length > 0) return null;
  const rest = Object.entries({ q, ...filters, alternatives: 'true' }).filter(
    ([, value]) => value !== '',
  );
  return `/facets?${new URLSearchParams(rest).toString()}`;
}

/**
 * Types and genres that are not usual. Newer files may have further ones: they are wrong only if the
 * API refuses them.
 */
export function unusualWords({ valuesOf }: Pick<TitleQuery, 'valuesOf'>): UnknownValue[] {
  return (['titleType', 'genre', 'genreAny', 'genreNone'] as const).flatMap((name) =>
    valuesOf(name)
      .filter((value) => !USUAL_WORDS[name === 'titleType' ? name : 'genre'].includes(value))
      .map((value) => ({ name, value })),
  );
}
