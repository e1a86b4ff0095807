import { useCallback } from 'react';
import type { Source } from '@marquee/contract';
import { useApi } from './api-client.ts';

/** The sources besides IMDb that have records; none until known. */
export function useOtherSources(): readonly Source[] {
  const { data } = useApi('sources', SOURCES_PATH);
  return data?.items.filter(({ id, records }) => id !== 'imdb' && records > 0) ?? [];
}

/** Path of all sources; the document of each page has its response. */
export const SOURCES_PATH = '/sources';

/** Names of the sources by their ids; an unknown source is named by its id. */
export function useSourceNames(): (source: string) => string {
  const { data } = useApi('sources', SOURCES_PATH);
  return useCallback((id: string) => data?.items.find((one) => one.id === id)?.name ?? id, [data]);
}
