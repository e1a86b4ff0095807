import type { UseQueryResult } from '@tanstack/react-query';
import { useApi, type ApiResponses } from '../api-client.ts';
import { useOtherSources } from '../sources.ts';

/** A movie with the provenance of its fields; an id of null requests nothing. */
export function useMovie(id: string | null): UseQueryResult<ApiResponses['movie']> {
  return useApi('movie', id === null ? null : `/movies/${id}?include=provenance,poster`);
}

/**
 * The first poster of a movie, as the SHA-256 of its file; an id of null requests nothing.
 *
 * @returns undefined while it is loading; null without any
 */
export function usePoster(id: string | null): string | null | undefined {
  const pictures = useApi('pictures', id === null ? null : `/movies/${id}/pictures`);
  if (id === null) return null;
  if (pictures.isPending) return undefined;
  return pictures.data?.items.find(({ kind }) => kind === 'poster')?.sha256 ?? null;
}

/** What other sources than IMDb have of a title. */
export interface OfSources {
  /** Null if IMDb alone tells of it. */
  readonly movie: ApiResponses['movie'] | null;
  /** SHA-256 of its poster. */
  readonly poster: string | null;
}

const NOTHING: OfSources = { movie: null, poster: null };

/**
 * What all sources have of a title. Nothing is requested if IMDb alone has records.
 *
 * @returns undefined while it is loading
 */
export function useOfSources(id: string): OfSources | undefined {
  const hasOthers = useOtherSources().length > 0;
  const movie = useMovie(hasOthers ? id : null);
  const poster = usePoster(hasOthers ? id : null);
  if (!hasOthers) return NOTHING;
  if (movie.isPending || poster === undefined) return undefined;
  const isMerged = movie.data !== undefined && movie.data.version > 0;
  return { movie: isMerged ? movie.data : null, poster };
}
