/** Only the beginning of a misspelt word is looked up; the rest is compared afterwards. */
const BEGINNING = 7;
const SHORTEST = 3;
const LONGEST = 40;

/**
 * How many letters of a word may be wrong, missing, extra or transposed. 0 for words that are not
 * corrected.
 */
export function allowedEdits(word: string): number {
  const { length } = word;
  if (length < SHORTEST || length > LONGEST || /\p{N}/u.test(word)) return 0;
  return length < 8 ? 1 : 2;
}

/**
 * The keys under which a word is stored, and looked up when it is misspelt: its beginning with up
 * to {@link allowedEdits} letters deleted. Words within that many edits have a key in common (as in
 * SymSpell).
 */
export function spellingKeys(word: string): string[] {
  const edits = allowedEdits(word);
  if (edits === 0) return [];
  const keys = new Set([word.slice(0, BEGINNING)]);
  let last = [...keys];
  for (let i = 0; i < edits; i++) {
    last = last.flatMap((key) => Array.from(key, (_, at) => key.slice(0, at) + key.slice(at + 1)));
    for (const key of last) keys.add(key);
  }
  return [...keys];
}

/**
 * The edit distance of two words: letters wrong, missing, extra, or two neighbours transposed
 * (Damerau-Levenshtein).
 *
 * @returns Infinity when it is more than allowed
 */
export function editsBetween(from: string, to: string, allowed: number): number {
  if (Math.abs(from.length - to.length) > allowed) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        edits = Math.min(edits, at(before, j - 2) + 1);
      row.push(edits);
    }
    before = last;
    last = row;
  }
  const edits = at(last, to.length);
  return edits <= allowed ? edits : Infinity;
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
