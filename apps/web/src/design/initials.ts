const ARTICLES: ReadonlySet<string> = new Set(['the', 'a', 'an']);

/**
 * Up to two letters for a title or a name: the first of its first and of its last word, without an
 * article at the start. A question mark without any letter or digit.
 */
export function initialsOf(text: string | null): string {
  const words = (text ?? '').match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu) ?? [];
  const [first, ...others] =
    words.length > 1 && ARTICLES.has(words[0]?.toLowerCase() ?? '') ? words.slice(1) : words;
  if (first === undefined) return '?';
  return [first, others.at(-1)].map((word) => Array.from(word ?? '')[0] ?? '').join('');
}
