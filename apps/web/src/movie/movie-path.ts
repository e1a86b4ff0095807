/** The page of a movie by its id: of IMDb, or ours. */
export function movieHref(id: string): string {
  return `/${id.startsWith('tt') ? 'title' : 'movie'}/${id}`;
}
