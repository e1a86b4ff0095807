import { spellingKeys, weightOf } from '@marquee/search';
import type { ClientBase } from 'pg';
import { readRows, type TextRow } from './row-streams.ts';
import { nameTermLines, titleTermLines } from './search-term-rows.ts';
import { TitleWeights } from './title-weights.ts';

/**
 * The source of a table's lines: the rows of a query; for names, also a query for the ids
 * and votes of the titles they are known for.
 */
export type LineSource =
  | { readonly of: 'titles' | 'spellings'; readonly query: string }
  | { readonly of: 'names'; readonly query: string; readonly votes: string };

/** Returns the function that turns a row of a source into lines for COPY. */
export async function lineMaker(
  client: ClientBase,
  source: LineSource,
): Promise<(row: TextRow) => string> {
  switch (source.of) {
    case 'titles':
      return titleTermLines;
    case 'names': {
      const weights = await readWeights(client, source.votes);
      return (row) => nameTermLines(row, weights);
    }
    case 'spellings':
      return spellingLines;
  }
}

async function readWeights(client: ClientBase, query: string): Promise<TitleWeights> {
  const weights = new TitleWeights();
  for await (const rows of readRows(client, query)) {
    for (const [id, votes] of rows) if (id != null) weights.set(id, weightOf(Number(votes ?? 0)));
  }
  return weights;
}

/** A line for each spelling key of a word. */
function spellingLines([word]: TextRow): string {
  return word == null
    ? ''
    : spellingKeys(word)
        .map((key) => `${key}\t${word}\n`)
        .join('');
}
