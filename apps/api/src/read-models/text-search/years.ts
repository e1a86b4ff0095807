/**
 * Whether a title is of a year, as SQL: began in it, or is a series that ran in it. Of a series
 * without a last year nobody knows that it has ended.
 *
 * @param title a row of `imdb.title_basics`
 */
export function isOfYear(title: string, year: string): string {
  const lastYear = `case when ${title}.title_type in ('tvSeries', 'tvMiniSeries') then ${year} else ${title}.start_year end`;
  return `${year} between ${title}.start_year and coalesce(${title}.end_year, ${lastYear})`;
}
