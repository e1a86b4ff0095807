import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ComponentType, ReactNode } from 'react';
import { ErrorMessage, Loading } from './feedback.tsx';

/** Pages whose scripts are loaded after the first page. */
const PAGES = {
  data: async () => (await import('./data/data-page.tsx')).DataPage,
  explore: async () => (await import('./explore/explore-page.tsx')).ExplorePage,
} satisfies Record<string, () => Promise<ComponentType>>;

type LazyPageName = keyof typeof PAGES;

/** Loads the script of a page as a query, so that a failed load is retried. */
export function scriptQuery(name: LazyPageName) {
  return queryOptions<ComponentType>({
    queryKey: ['page', name],
    queryFn: PAGES[name],
    staleTime: Infinity,
    gcTime: Infinity,
  });
}

/** A page whose script is loaded on demand. */
export function LazyPage({ name }: { readonly name: LazyPageName }): ReactNode {
  const script = useQuery(scriptQuery(name));
  if (script.isPending) return <Loading what="the page" />;
  if (script.isLoadingError) return <ErrorMessage page error={script.error} />;
  const Page = script.data;
  return <Page />;
}
