/**
 * A SQL expression for the words of a stored text, each prefixed with the letter of its tier: so
 * one index serves all tiers, and keeps a word's entries of each tier apart. A query must use
 * exactly the expression that is indexed, so both take it from here.
 *
 * @param key the column with the text
 */
export function tierWords(key: string): string {
  return `string_to_array(replace(${key}, ' ', ' ' || left(${key}, 1)), ' ')`;
}

/**
 * A SQL expression for a stored text without spaces, after the letter of its tier: `starwars`,
 * `star wars` and `s tarwars` are one text. It is indexed too.
 *
 * @param key the column with the text
 */
export function compactKey(key: string): string {
  return `replace(${key}, ' ', '')`;
}

/** The same of a text in normal form. */
export function compactForm(text: string): string {
  return text.replaceAll(' ', '');
}
