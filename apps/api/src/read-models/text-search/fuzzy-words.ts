import { allowedEdits, editsBetween, spellingKeys } from '@marquee/search';
import type { Statement } from '../../database/database.ts';
import type { Reads } from '../../database/deadline.ts';

/** So many words are put in the place of one, at most. */
const MOST_FORMS = 4;

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
 * For each word, what it may have been meant for: itself, words in use that are one or two letters
 * away, and the two words that it may be run together from. A word in use is only doubted where all
 * are in use, and they have found nothing. Null when there is nothing but the words themselves.
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
    const near = nearest(word, candidates);
    const split = near.length === 0 && !known.has(word) ? bestSplit(word, known) : null;
    return split === null ? [[word, ...near]] : split.map((part) => [part]);
  });
  return forms.length === words.length && forms.every((form) => form.length === 1) ? null : forms;
}

/** The fewest edits first, then what is most in use. */
function nearest(asked: string, candidates: readonly Candidate[]): string[] {
  const allowed = allowedEdits(asked);
  return candidates
    .filter((candidate) => candidate.asked === asked && candidate.word !== asked)
    .map(({ word, uses }) => ({ word, uses, edits: editsBetween(asked, word, allowed) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits || b.uses - a.uses || (a.word < b.word ? -1 : 1))
    .slice(0, MOST_FORMS)
    .map(({ word }) => word);
}

/**
 * Where a word can be two: `starwars` at each of its letters but the first and last, `310` at each
 * digit, `catch22` where digits begin or end.
 */
function splitsOf(word: string): [string, string][] {
  const places = HAS_DIGIT.test(word)
    ? [...word.matchAll(IS_NUMBER.test(word) ? BETWEEN_DIGITS : BESIDE_DIGITS)].map(
        ({ index }) => index,
      )
    : allowedEdits(word) === 0
      ? []
      : Array.from({ length: Math.max(0, word.length - 3) }, (_, i) => i + 2);
  return places.map((place) => [word.slice(0, place), word.slice(place)]);
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
