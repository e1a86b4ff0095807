import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalForm } from '@marquee/search';

interface Genres {
  /** The words of IMDb's datasets. */
  readonly imdb: readonly string[];
  /** Words of other sources, with IMDb's words for them. */
  readonly others: Readonly<Record<string, readonly string[]>>;
}

const { imdb, others } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../data/genres.json'), 'utf8'),
) as Genres;

/** The genres of IMDb, which all sources' are mapped to. */
export const GENRES: readonly string[] = imdb;

// in normal form, & and “and” are the same, and so are Sci-Fi and sci fi
const GENRE_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ...imdb.map((genre) => [normalForm(genre), [genre]] as const),
  ...Object.entries(others).map(([word, genres]) => [normalForm(word), genres] as const),
]);

/**
 * The genres of IMDb that a source's word stands for: none, one or several. A word that IMDb has no
 * genre for stays as it is.
 */
export function genresOf(word: string): readonly string[] {
  return GENRE_OF.get(normalForm(word)) ?? [word];
}
