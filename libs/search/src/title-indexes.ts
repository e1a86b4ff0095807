/**
 * The two partitions of titles: those with votes, many of which change in a day, and the seven times
 * as many without. Most indexes are partial, on one or the other, and serve a condition only if it
 * has the same text. Not `votes = 0`: PostgreSQL drops a constant column from a sort order, and would
 * then sort what it can merge.
 */
export const TITLE_PARTITIONS = { rated: 'votes > 0', unrated: 'votes < 1' } as const;

/**
 * The columns by which filters skip a title, included in each sort index: so that an index-only scan
 * in any order can filter.
 */
export const INCLUDED_COLUMNS = [
  'votes',
  'year',
  'runtime',
  'rating',
  'type_genre_bits',
  'region_language_bits',
] as const;
