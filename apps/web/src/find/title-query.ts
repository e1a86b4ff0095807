import type { TitleFilters, TitleSort } from '@marquee/contract';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';

/** Filters of the API; the site's URL uses the same names. */
export type Filter = keyof TitleFilters;

/** All filters. A new filter of the API does not compile until it is added here. */
const FILTER_NAMES = {
  titleType: true,
  genre: true,
  genreAny: true,
  genreNone: true,
  startYearFrom: true,
  startYearTo: true,
  runtimeMinutesFrom: true,
  runtimeMinutesTo: true,
  averageRatingFrom: true,
  averageRatingTo: true,
  numVotesFrom: true,
  numVotesTo: true,
  isAdult: true,
  country: true,
  language: true,
  hasEpisodes: true,
  person: true,
  role: true,
} satisfies Record<Filter, true>;

export const SORTS: Readonly<Record<TitleSort, string>> = {
  relevance: 'Best match',
  votes: 'Votes',
  weighted: 'Rating, weighted by votes',
  rating: 'Rating',
  year: 'Year',
  title: 'Title',
  runtime: 'Running time',
  id: 'IMDb id',
};

/** The query in the URL, and functions that change it. The URL is the only state. */
export interface TitleQuery {
  readonly q: string;
  readonly sort: string;
  readonly order: string;
  readonly filters: Readonly<Partial<Record<Filter, string>>>;
  readonly valuesOf: (filter: Filter) => readonly string[];
  /** Changes parameters and adds a history entry; null or an empty text removes a parameter. */
  readonly change: (
    changes: Partial<Record<Filter | 'q' | 'sort' | 'order', string | null>>,
  ) => void;
  /** Adds a value to a filter of several values, or removes it. */
  readonly toggle: (filter: Filter, value: string) => void;
  readonly clear: () => void;
}

/** Reads the query of the results page from the URL. Unknown parameters are left alone. */
export function useTitleQuery(): TitleQuery {
  const [params, setParams] = useSearchParams();
  return useMemo(() => {
    const filters = Object.fromEntries(
      [...params].filter(([name, value]) => Object.hasOwn(FILTER_NAMES, name) && value !== ''),
    ) as TitleQuery['filters'];
    const valuesOf = (filter: Filter) => filters[filter]?.split(',').filter(Boolean) ?? [];
    const change: TitleQuery['change'] = (changes) => {
      const next = new URLSearchParams(params);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
      }
      // a role needs a person
      if (!next.has('person')) next.delete('role');
      if (!next.has('q') && next.get('sort') === 'relevance') next.delete('sort');
      setParams(next);
    };
    return {
      q: params.get('q') ?? '',
      sort: params.get('sort') ?? '',
      order: params.get('order') ?? '',
      filters,
      valuesOf,
      change,
      toggle: (filter, value) => {
        const now = valuesOf(filter);
        change({
          [filter]: (now.includes(value)
            ? now.filter((one) => one !== value)
            : [...now, value]
          ).join(','),
        });
      },
      clear: () => setParams(params.has('q') ? { q: params.get('q') ?? '' } : {}),
    };
  }, [params, setParams]);
}

/** API path of the list of titles. */
export function titlesPath({ q, sort, order, filters }: TitleQuery): string {
  const parameters = { q, ...filters, sort, order, limit: '30' };
  return `/titles?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString()}`;
}

/**
 * API path of the facets: one answer for all counts of a page, so that they agree with one
 * another.
 */
export function facetsPath({ q, filters }: TitleQuery): string {
  const rest = Object.entries({ q, ...filters, alternatives: 'true' }).filter(
    ([, value]) => value !== '',
  );
  return `/facets?${new URLSearchParams(rest).toString()}`;
}
