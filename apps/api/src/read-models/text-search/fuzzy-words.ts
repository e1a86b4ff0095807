import { allowedEdits, editsBetween, spellingKeys } from '@marquee/search';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';

/** How many similar words stand in for one at most. */
const MAX_SIMILAR = 4;

const CANDIDATES: Statement = {
  name: 'search near words',
  text: `
    select asked.word as asked, w.word, w.uses
    from (select distinct asked.word, s.word as found from unnest($1::text[], $2::text[]) as asked (word, key) join search.spelling s on s.key = asked.key) as asked
      join search.word w on w.word = asked.found
    union all
    select word, word, uses from search.word where word = any ($3::text[])`,
};

interface Candidate {
  readonly asked: string;
  readonly word: string;
  readonly uses: number;
}

/**
 * The words that a misspelt query may mean.
 *
 * | word | forms |
 * |---|---|
 * | in use, beside a word that is not | itself |
 * | in use, as are all others, which matched nothing together | itself and similar words |
 * | not in use | itself and similar words: one or two edits away |
 * | not in use, and nothing is similar | the two words that it may be joined from |
 *
 * @param hasFound whether the words themselves matched a text
 * @returns null where there is nothing but the words themselves
 */
export async function fuzzyWords(
  database: Reads,
  words: readonly string[],
  hasFound: boolean,
): Promise<string[][] | null> {
  const keys = words.flatMap((word) => spellingKeys(word).map((key) => ({ word, key })));
  const parts = words.flatMap(splitsOf);
  const candidates = await database.readPrepared<Candidate>(CANDIDATES, [
    keys.map(({ word }) => word),
    keys.map(({ key }) => key),
    [...new Set([...words, ...parts.flat()])],
  ]);
  const known = new Map(
    candidates.filter(({ asked, word }) => asked === word).map(({ word, uses }) => [word, uses]),
  );
  const allKnown = words.every((word) => known.has(word));
  if (allKnown && hasFound) return null;
  const forms = words.flatMap((word) => {
    if (known.has(word) && !allKnown) return [[word]];
    const similar = similarWords(word, candidates);
    const split = similar.length === 0 && !known.has(word) ? bestSplit(word, known) : null;
    return split === null ? [[word, ...similar]] : split.map((part) => [part]);
  });
  return forms.length === words.length && forms.every((form) => form.length === 1) ? null : forms;
}

/** Similar words: the fewest edits first, then the most used. */
function similarWords(asked: string, candidates: readonly Candidate[]): string[] {
  const allowed = allowedEdits(asked);
  return candidates
    .filter((candidate) => candidate.asked === asked && candidate.word !== asked)
    .map(({ word, uses }) => ({ word, uses, edits: editsBetween(asked, word, allowed) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits || b.uses - a.uses || (a.word < b.word ? -1 : 1))
    .slice(0, MAX_SIMILAR)
    .map(({ word }) => word);
}

/**
 * The ways to split a word in two: `starwars` after each letter but the first and the last, `310`
 * between digits, `catch22` where digits start or end.
 */
function splitsOf(word: string): [string, string][] {
  const offsets = HAS_DIGIT.test(word)
    ? [...word.matchAll(IS_NUMBER.test(word) ? BETWEEN_DIGITS : BESIDE_DIGITS)].map(
        ({ index }) => index,
      )
    : allowedEdits(word) === 0
      ? []
      : Array.from({ length: Math.max(0, word.length - 3) }, (_, i) => i + 2);
  return offsets.map((offset) => [word.slice(0, offset), word.slice(offset)]);
}

const HAS_DIGIT = /\p{Nd}/u;
const IS_NUMBER = /^\p{Nd}+$/u;
const BETWEEN_DIGITS = /(?<=\p{Nd})(?=\p{Nd})/gu;
const BESIDE_DIGITS = /(?<=\p{Nd})(?=\P{Nd})|(?<=\P{Nd})(?=\p{Nd})/gu;

function bestSplit(word: string, known: ReadonlyMap<string, number>): [string, string] | null {
  const usesOf = ([first, second]: [string, string]) =>
    Math.min(known.get(first) ?? 0, known.get(second) ?? 0);
  const [best] = splitsOf(word).sort((a, b) => usesOf(b) - usesOf(a));
  return best !== undefined && usesOf(best) > 0 ? best : null;
}
