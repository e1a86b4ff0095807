/**
 * Whether a title is of a year, as SQL: it started in the year, or is a series that ran in it. A
 * series without a last year may still run.
 *
 * @param title a row of `imdb.title_basics`
 */
export function isOfYear(title: string, year: string): string {
  const lastYear = `case when ${title}.title_type in ('tvSeries', 'tvMiniSeries') then ${year} else ${title}.start_year end`;
  return `${year} between ${title}.start_year and coalesce(${title}.end_year, ${lastYear})`;
}
