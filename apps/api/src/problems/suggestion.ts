import { closest, distance } from 'fastest-levenshtein';

/** The edit distance costs the product of both lengths, and no typo is longer. */
const MAX_LENGTH = 50;

/** The least letters that tell something of a name which contains them. */
const MIN_PART = 3;

/**
 * The known name or value that an unknown one may stand for: another word for it, else the nearest
 * by edit distance, else one that contains it or that it contains.
 *
 * @param words other words, in lower case, and the known ones they stand for
 */
export function suggest(
  given: string,
  known: readonly string[],
  words: Readonly<Record<string, string>> = {},
): string | undefined {
  const lower = given.toLowerCase().trim();
  if (lower.length === 0 || lower.length > MAX_LENGTH || known.length === 0) return undefined;
  const meant = Object.hasOwn(words, lower) ? words[lower] : undefined;
  if (meant !== undefined && known.includes(meant)) return meant;
  const names = known.map((one) => one.toLowerCase());
  const near = closest(lower, names);
  const within = names.find(
    (name) =>
      (lower.length >= MIN_PART && name.includes(lower)) ||
      (name.length >= MIN_PART && lower.includes(name)),
  );
  const found = distance(lower, near) <= allowedEdits(lower, near) ? near : within;
  return found === undefined ? undefined : known[names.indexOf(found)];
}

/** Two edits turn any word of two letters into any other. */
function allowedEdits(given: string, near: string): number {
  return Math.min(given.length - 1, Math.max(2, near.length / 3));
}
