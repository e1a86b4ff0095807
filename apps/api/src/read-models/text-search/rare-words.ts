import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import type { AskedWords } from './text-statements.ts';

/** The rarest of some words are looked for by the index, so many at the least. */
const LEAST_INDEXED = 2;
/** So many times as frequent as those, a word is not. */
const FREQUENT = 4;

const USES: Statement = {
  name: 'search uses',
  text: 'select word, uses from search.word where word = any ($1::text[])',
};

/**
 * The words to ask the index for: not those that are in so many texts that it is quicker to see
 * whether they are in what the rare ones find. For each text that has these, the index would go
 * into a list of a million that has `the`.
 */
export async function rarestOf(database: Reads, words: AskedWords): Promise<AskedWords> {
  if (words.length <= LEAST_INDEXED) return words;
  const rows = await database.readPrepared<{ word: string; uses: number }>(USES, [words.flat()]);
  const uses = new Map(rows.map(({ word, uses: times }) => [word, times]));
  const usesOf = (forms: readonly string[]) =>
    forms.reduce((total, form) => total + (uses.get(form) ?? 0), 0);
  const bound = Math.max(1, words.map(usesOf).sort((a, b) => a - b)[LEAST_INDEXED - 1] ?? 0);
  return words.filter((forms) => usesOf(forms) <= bound * FREQUENT);
}
