/** PostgreSQL's regular expressions for `movies.movie.search_text`: a name in normal form a line. */

/** Finds a word by its beginning; a text of signs alone has no words. */
export function wordStartPattern(word: string): string {
  return /^[\p{L}\p{N}]/u.test(word) ? `\\m${escaped(word)}` : escaped(word);
}

/** Finds a name by its beginning. */
export function nameStartPattern(text: string): string {
  return `(^|\n)${escaped(text)}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\p{M} ]/gu, '\\$&');
}
