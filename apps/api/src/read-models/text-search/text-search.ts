import { normalForm } from '@marquee/search';
import { withDeadline, type Reads } from '../../database/deadline.ts';
import { findAsWritten, isSure } from './as-written.ts';
import { findById } from './by-id.ts';
import { bestOf, mergeHits, type Hit } from './hits.ts';
import { findOtherwise } from './other-readings.ts';
import type { TextQuery } from './text-query.ts';

/**
 * Finds titles and names by a text: equal to it, starting with it, with all its words, or read
 * otherwise. The best are those with the highest score; then the lower id.
 *
 * | case | what happens |
 * |---|---|
 * | the text contains an id, and something has it | only that is found |
 * | the text matches a well-known title or name from its beginning | it stands as it is |
 * | else | its other readings are added: see {@link findOtherwise} |
 * | a filter leaves nothing, but the text matches | the text alone says how it is read |
 *
 * The order does not depend on the limit: a page can go on after another.
 *
 * @throws ProblemException 503 when it takes too long
 */
export async function findTexts(database: Reads, query: TextQuery): Promise<Hit[]> {
  const reads = withDeadline(database);
  const text = normalForm(query.q);
  if (text === '') return [];
  const byId = await findById(reads, query);
  if (byId !== null) return [byId];
  const hits = await findAsWritten(reads, query, text);
  if (!isSure(hits)) {
    const isFiltered = query.filter !== undefined;
    const alone = isFiltered ? withoutFilter(query) : query;
    const unfiltered = isFiltered ? await findAsWritten(reads, alone, text) : hits;
    if (!isSure(unfiltered))
      for (const { find, found } of await findOtherwise(reads, alone, text, unfiltered))
        mergeHits(hits, isFiltered ? await find(query) : found);
  }
  return bestOf(hits, query.limit);
}

/** The text alone. Its best hits say how it is read, however many there are. */
function withoutFilter({ filter, ...query }: TextQuery): TextQuery {
  const depth = query.depth === 'all' ? 'page' : query.depth;
  return { ...query, depth, limit: 1 };
}
