import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ComponentType, ReactNode } from 'react';
import { ErrorMessage, Loading } from './feedback.tsx';

/** Pages whose scripts are loaded after the first page. */
const PAGES = {
  data: async () => (await import('./data/data-page.tsx')).DataPage,
  explore: async () => (await import('./explore/explore-page.tsx')).ExplorePage,
  matches: async () => (await import('./data/matches/matches-page.tsx')).MatchesPage,
  movie: async () => (await import('./movie/movie-page.tsx')).MoviePage,
  movies: async () => (await import('./movies/movies-page.tsx')).MoviesPage,
  rules: async () => (await import('./data/rules-page.tsx')).RulesPage,
  source: async () => (await import('./data/sources/source-page.tsx')).SourcePage,
  sources: async () => (await import('./data/sources/sources-page.tsx')).SourcesPage,
} satisfies Record<string, () => Promise<ComponentType>>;

type LazyPageName = keyof typeof PAGES;

/** Loads the script of a page. */
export function pageScript(name: LazyPageName) {
  return scriptQuery<ComponentType>(name, PAGES[name]);
}

/** Loads a script as a query, so that a failed load is retried. */
export function scriptQuery<T>(name: string, load: () => Promise<T>) {
  return queryOptions<T>({
    queryKey: ['page', name],
    queryFn: load,
    staleTime: Infinity,
    gcTime: Infinity,
    // a module has no data to compare
    structuralSharing: false,
  });
}

/** A page whose script is loaded on demand. */
export function LazyPage({ name }: { readonly name: LazyPageName }): ReactNode {
  const script = useQuery(pageScript(name));
  if (script.isPending) return <Loading what="the page" />;
  if (script.isLoadingError) return <ErrorMessage page error={script.error} />;
  const Page = script.data;
  return <Page />;
}
