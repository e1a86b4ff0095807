/**
 * The words of a stored text, with the letter of its tier before each, as SQL: one index then does
 * for all tiers, as what a tier holds of a word stands by itself. What is asked for has to be the
 * very expression that is indexed: both have it from here.
 *
 * @param key the column with the text
 */
export function tierWords(key: string): string {
  return `string_to_array(replace(${key}, ' ', ' ' || left(${key}, 1)), ' ')`;
}
