import type { UseQueryResult } from '@tanstack/react-query';
import { useApi, type ApiResponses } from '../api-client.ts';
import { useOtherSources } from '../sources.ts';

/** A movie with the provenance of its fields; an id of null requests nothing. */
export function useMovie(id: string | null): UseQueryResult<ApiResponses['movie']> {
  return useApi('movie', id === null ? null : `/movies/${id}?include=provenance,poster`);
}

/**
 * What all sources tell of a title. Nothing is requested, and nothing shown, if IMDb alone has
 * records; and a title that IMDb alone tells of is none.
 *
 * @returns undefined while it is loading; null for no merged movie
 */
export function useMergedMovie(id: string): ApiResponses['movie'] | null | undefined {
  const hasOthers = useOtherSources().length > 0;
  const movie = useMovie(hasOthers ? id : null);
  if (!hasOthers) return null;
  if (movie.isPending) return undefined;
  return movie.data === undefined || movie.data.version === 0 ? null : movie.data;
}
