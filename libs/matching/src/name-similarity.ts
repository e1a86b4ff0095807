import { editsBetween } from '@marquee/search';

/** The similarity of two names with the same words in another order. */
const SAME_WORDS = 0.9;
/** The similarity of a title with and without a subtitle, and the most of a sequel: both doubtful. */
const SUBTITLE_ONLY = 0.8;

/**
 * How similar two texts in normal form are: by letters, by the words that they share, or as one is
 * the other with a subtitle. Texts with other numbers are doubtful at best.
 *
 * @returns 0 to 1
 */
export function similarityOf(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  if (length === 0) return 0;
  const allowed = Math.ceil(length / 3);
  const edits = differentLetters(a, b) > allowed ? Infinity : editsBetween(a, b, allowed);
  const byLetters = edits === Infinity ? 0 : 1 - edits / length;
  const [words, others] = [new Set(a.split(' ')), new Set(b.split(' '))];
  const shared = [...words].filter((word) => others.has(word)).length;
  const byWords = (2 * shared) / (words.size + others.size);
  const similarity = Math.max(
    byLetters,
    byWords * SAME_WORDS,
    isPart(a, b) || isPart(b, a) ? SUBTITLE_ONLY : 0,
  );
  return numbersOf(a) === numbersOf(b) ? similarity : Math.min(similarity, SUBTITLE_ONLY);
}

/** The fewest edits that different letters need, whatever their order: quick to count. */
function differentLetters(a: string, b: string): number {
  const counts = new Int16Array(64);
  for (let i = 0; i < a.length; i++) count(counts, a.charCodeAt(i), 1);
  for (let i = 0; i < b.length; i++) count(counts, b.charCodeAt(i), -1);
  let [more, less] = [0, 0];
  for (const difference of counts)
    if (difference > 0) more += difference;
    else less -= difference;
  return Math.max(more, less);
}

function count(counts: Int16Array, letter: number, by: number): void {
  counts[letter % 64] = (counts[letter % 64] ?? 0) + by;
}

/** The numbers in a text: they tell a film from its sequels. */
export function numbersOf(text: string): string {
  return (text.match(NUMBERS) ?? []).join(' ');
}

const NUMBERS = /\p{N}+|(?<![\p{L}\p{N}])[ivx]+(?![\p{L}\p{N}])/gu;

/** Whether a text is another one without its beginning or its end. */
export function isPart(part: string, whole: string): boolean {
  return part !== '' && (whole.startsWith(`${part} `) || whole.endsWith(` ${part}`));
}
