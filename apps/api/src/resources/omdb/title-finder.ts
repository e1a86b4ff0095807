import { MAX_SEARCH_RESULTS } from '@marquee/contract';
import type { Reads } from '../../database/deadline.ts';
import { findTexts } from '../../read-models/text-search/text-search.ts';
import { isOfYear } from '../../read-models/text-search/years.ts';

/** A search for titles. */
interface TitleSearch {
  readonly text: string;
  /** Only titles of these IMDb types. */
  readonly types: readonly string[];
  /** Only titles that ran in this year; with isFirstYear, that began in it. */
  readonly year: number | null;
  readonly isFirstYear: boolean;
  /** Whether to include fuzzy matches. */
  readonly isFuzzy: boolean;
  /** At most {@link MAX_SEARCH_RESULTS}. */
  readonly limit: number;
}

/**
 * Finds titles by text, for OMDb's parameters.
 *
 * @returns ids, best match first: exact, then prefix, then all words, then similar words; the best
 *   known first within each
 */
export async function findTitles(
  database: Reads,
  { text, types, year, isFirstYear, isFuzzy, limit }: TitleSearch,
): Promise<string[]> {
  const hits = await findTexts(database, {
    q: text,
    kinds: ['title'],
    limit: Math.min(limit, MAX_SEARCH_RESULTS),
    depth: 'all',
    ranking: 'match',
    isFuzzy,
    filter: {
      name: isFirstYear ? 'omdb first year' : 'omdb',
      joins: 'join imdb.title_basics b on b.tconst = hit.id',
      where: (first) => {
        const asked = `$${first + 1}::int`;
        const isRight = isFirstYear ? `b.start_year = ${asked}` : isOfYear('b', asked);
        return `b.title_type = any ($${first}::text[]) and (${asked} is null or ${isRight})`;
      },
      values: [types, year],
    },
  });
  return hits.map(({ id }) => id);
}
