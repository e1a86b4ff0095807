import { definitionOf, type DatasetName } from '@marquee/datasets';

/**
 * The columns of a dataset's table under IMDb's own names, for a select.
 *
 * @param alias of the table in the statement
 * @param leftOut names of columns to leave out
 */
export function columnsOf(dataset: DatasetName, alias: string, ...leftOut: string[]): string {
  return definitionOf(dataset)
    .columns.filter(({ name }) => !leftOut.includes(name))
    .map(({ name, sql }) => `${alias}.${sql} as "${name}"`)
    .join(', ');
}

/** What a title that is named elsewhere shows but for its id, and the joins to it; null all through where no file has it. */
export const RATED_TITLE = {
  columns: `${columnsOf('title.basics', 'title', 'tconst')}, ${columnsOf('title.ratings', 'rating', 'tconst')}`,
  /** @param tconst the id in the statement: `page.tconst` */
  joins: (tconst: string): string => `${joinTitle(tconst)} ${joinRating(tconst)}`,
};

/** The same with the weighted rating. */
export const WEIGHTED_TITLE = {
  columns: `${RATED_TITLE.columns}, weighted.weighted / 1000.0 as "weightedRating"`,
  /** @param tconst the id in the statement: `page.tconst` */
  joins: (tconst: string): string => `${RATED_TITLE.joins(tconst)} left join search.title as weighted on weighted.tconst = ${tconst}`,
};

/** The title of an id, as `title`. */
function joinTitle(tconst: string): string {
  return `left join imdb.title_basics as title on title.tconst = ${tconst}`;
}

/** The rating of an id, as `rating`. */
export function joinRating(tconst: string): string {
  return `left join imdb.title_ratings as rating on rating.tconst = ${tconst}`;
}
