/**
 * The form by which titles are sorted, as an immutable SQL expression: lower case without accents,
 * and without leading quotes, brackets and dots. It is cut to 200 characters, which fit any index.
 *
 * @param title a column or parameter of type text
 */
export function sortForm(title: string): string {
  return `left(
      lower(
        ltrim(
          case
            when octet_length(${title}) = length(${title}) then ${title}
            else regexp_replace(normalize(${title}, nfkd), '[\\u0300-\\u036f]', '', 'g')
          end,
          ' "''([{#.-…“„«¿¡'
        )
      ),
      200
    ) collate "C"`;
}
