import type { UseQueryResult } from '@tanstack/react-query';
import { useApi, type ApiResponses } from '../api-client.ts';
import { useMayOperate } from '../sign-in.tsx';
import { SOURCES_PATH, useOtherSources } from '../sources.ts';

type MovieResponse = ApiResponses['movie'];

/** A movie with the provenance of its fields and its poster; an id of null requests nothing. */
export function useMovie(id: string | null): UseQueryResult<MovieResponse> {
  return useApi('movie', id === null ? null : `/movies/${id}?include=provenance,poster`);
}

/** What there is of a title besides IMDb's rows. */
export interface OfSources {
  /** What other sources and people have said of it; null if IMDb alone tells of it. */
  readonly merged: MovieResponse | null;
  /** The movie of a title that IMDb alone tells of, for those who may set its values. */
  readonly settable: MovieResponse | null;
  /** SHA-256 of its poster. */
  readonly poster: string | null;
}

/**
 * What other sources and people have of a title. Readers of an installation of IMDb alone, without
 * locks and pictures, request nothing: see `showsMovie` in the API's page-content.ts.
 *
 * @returns undefined while it is loading
 */
export function useOfSources(id: string): OfSources | undefined {
  const { data: sources } = useApi('sources', SOURCES_PATH);
  const hasOthers = useOtherSources().length > 0;
  const mayOperate = useMayOperate();
  const isShown =
    hasOthers || sources?.hasLocks === true || sources?.hasPictures === true || mayOperate;
  const movie = useMovie(isShown ? id : null);
  if (isShown && movie.isPending) return undefined;
  const data = (isShown ? movie.data : null) ?? null;
  const isMerged = data !== null && data.version > 0;
  return {
    merged: isMerged ? data : null,
    settable: !isMerged && mayOperate ? data : null,
    poster: data?.poster ?? null,
  };
}
