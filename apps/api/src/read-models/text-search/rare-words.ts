import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';
import type { WordForms } from './text-statements.ts';

/** The index is searched for at least this many of the words: the rarest. */
const MIN_INDEXED = 2;
/** Words more than 4× as frequent as the second rarest are not sent to the index. */
const MAX_RATIO = 4;

const USES: Statement = {
  name: 'search uses',
  text: 'select word, uses from search.word where word = any ($1::text[])',
};

/**
 * The words to search the index for. Frequent words are checked on the texts that the rare ones
 * find: for each of those, the GIN index would search a posting list of a million texts with `the`.
 */
export async function rarestOf(database: Reads, words: WordForms): Promise<WordForms> {
  if (words.length <= MIN_INDEXED) return words;
  const rows = await database.readPrepared<{ word: string; uses: number }>(USES, [words.flat()]);
  const uses = new Map(rows.map(({ word, uses: times }) => [word, times]));
  const usesOf = (forms: readonly string[]) =>
    forms.reduce((total, form) => total + (uses.get(form) ?? 0), 0);
  const bound = Math.max(1, words.map(usesOf).sort((a, b) => a - b)[MIN_INDEXED - 1] ?? 0);
  return words.filter((forms) => usesOf(forms) <= bound * MAX_RATIO);
}
