import type { TitleFilters, TitleSort } from '@marquee/contract';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';

/** The filters of the API; those of the site's URL are the same. */
export type Filter = keyof TitleFilters;

/** All filters there are: one that the API gains does not compile until it is here. */
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

/** What the URL asks for, and how to ask for something else. The URL is all the state there is. */
export interface TitleQuery {
  readonly q: string;
  readonly sort: string;
  readonly order: string;
  readonly filters: Readonly<Partial<Record<Filter, string>>>;
  readonly valuesOf: (filter: Filter) => readonly string[];
  /** Asks for something else; null takes a parameter away. Without `push`, going back skips it. */
  readonly change: (
    changes: Partial<Record<Filter | 'q' | 'sort' | 'order', string | null>>,
  ) => void;
  /** Puts one value into a filter of several, or takes it out. */
  readonly toggle: (filter: Filter, value: string) => void;
  readonly clear: () => void;
}

/** Reads the URL of the results page. Parameters that it does not know are let be. */
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
      // a role is somebody's
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

/** The list that is query for, at the API. */
export function titlesPath({ q, sort, order, filters }: TitleQuery): string {
  const parameters = { q, ...filters, sort, order, limit: '30' };
  return `/titles?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString()}`;
}

/**
 * The facets of what is query for, without one filter: there is no choice left in what is chosen
 * already.
 */
export function facetsPath({ q, filters }: TitleQuery, without?: Filter): string {
  const rest = Object.entries({ q, ...filters }).filter(
    ([name, value]) => name !== without && value !== '',
  );
  return rest.length === 0 ? '/facets' : `/facets?${new URLSearchParams(rest).toString()}`;
}
