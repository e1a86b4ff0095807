import type { FindMoviesQuery, MovieSort } from '@marquee/contract';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { listPath } from '../find/list-path.ts';

/** Filters of the API; the site's URL uses the same names. A person's films are on their own page. */
export type MovieFilter = Exclude<
  keyof FindMoviesQuery,
  | 'person'
  | 'role'
  | 'q'
  | 'sort'
  | 'order'
  | 'limit'
  | 'after'
  | 'fields'
  | 'total'
  | 'format'
  | 'csv'
>;

/** All filters. A new one of the API does not compile until it is added here. */
const FILTERS = Object.keys({
  type: true,
  genre: true,
  genreAny: true,
  genreNone: true,
  country: true,
  language: true,
  company: true,
  source: true,
  sourceRating: true,
  watched: true,
  isAdult: true,
  yearFrom: true,
  yearTo: true,
  runtimeMinutesFrom: true,
  runtimeMinutesTo: true,
  ratingFrom: true,
  ratingTo: true,
  votesFrom: true,
  votesTo: true,
  criticsFrom: true,
  criticsTo: true,
  audienceFrom: true,
  audienceTo: true,
  budgetFrom: true,
  budgetTo: true,
  revenueFrom: true,
  revenueTo: true,
  profitFrom: true,
  profitTo: true,
  performanceFrom: true,
  performanceTo: true,
  soundtrackFrom: true,
  soundtrackTo: true,
  screenplayFrom: true,
  screenplayTo: true,
} satisfies Record<MovieFilter, true>) as MovieFilter[];

/** The orders of a list, in words; the key is `sort` and `order` of the URL. */
export const MOVIE_SORTS = {
  'relevance desc': 'Best match',
  'votes desc': 'Most votes',
  'rating desc': 'Best rated',
  'rating asc': 'Worst rated',
  'year desc': 'Newest',
  'year asc': 'Oldest',
  'title asc': 'Title, A to Z',
  'revenue desc': 'Highest revenue',
  'budget desc': 'Highest budget',
  'profit desc': 'Highest profit',
  'profit asc': 'Highest loss',
  'runtime desc': 'Longest',
  'runtime asc': 'Shortest',
} as const satisfies Partial<Record<`${MovieSort} ${'asc' | 'desc'}`, string>>;

/** The query in the URL, and functions that change it. The URL is the only state. */
export interface MovieQuery {
  readonly q: string;
  /** A key of {@link MOVIE_SORTS}. */
  readonly sort: string;
  readonly filters: Readonly<Partial<Record<MovieFilter, string>>>;
  readonly valuesOf: (filter: MovieFilter) => readonly string[];
  /** Changes parameters; null or an empty text removes one. */
  readonly change: (
    changes: Partial<Record<MovieFilter | 'q' | 'sort' | 'order', string | null>>,
  ) => void;
  /** Adds a value to a filter of several values, or removes it. */
  readonly toggle: (filter: MovieFilter, value: string) => void;
  readonly clear: () => void;
}

/** Reads the query of the list of movies from the URL. */
export function useMovieQuery(): MovieQuery {
  const [params, setParams] = useSearchParams();
  return useMemo(() => {
    const filters: Partial<Record<MovieFilter, string>> = {};
    for (const name of FILTERS) {
      const value = params.get(name);
      if (value) filters[name] = value;
    }
    const q = params.get('q') ?? '';
    const given = `${params.get('sort') ?? ''} ${params.get('order') ?? 'desc'}`;
    const change: MovieQuery['change'] = (changes) => {
      const next = new URLSearchParams(params);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
      }
      if (!next.has('q') && next.get('sort') === 'relevance') next.delete('sort');
      setParams(next);
    };
    const valuesOf = (filter: MovieFilter) => filters[filter]?.split(',') ?? [];
    return {
      q,
      sort: Object.hasOwn(MOVIE_SORTS, given) ? given : q === '' ? 'votes desc' : 'relevance desc',
      filters,
      valuesOf,
      change,
      toggle: (filter, value) => {
        const now = valuesOf(filter);
        const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value];
        change({ [filter]: next.join(',') });
      },
      clear: () => setParams(q === '' ? {} : { q }),
    };
  }, [params, setParams]);
}

/** API path of the list. */
export function moviesPath(query: MovieQuery): string {
  return listPath('/movies', query);
}
