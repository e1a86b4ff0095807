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

/**
 * What a title that is named elsewhere shows but for its id, and the joins to it; null all through
 * where no file has it.
 */
export const RATED_TITLE = {
  columns: `${columnsOf('title.basics', 'title', 'tconst')}, ${columnsOf('title.ratings', 'rating', 'tconst')}`,
  /** @param tconst the id in the statement: `page.tconst` */
  joins: (tconst: string): string => `${joinTitle(tconst)} ${joinRating(tconst)}`,
};

/**
 * The series of the episode that is `title`, and its place there; null for what is no episode. A
 * sub-select costs two look-ups for each episode that is shown (7 to 28 µs), and a page of films no
 * more than its planning (0.15 ms; as two joins it is 0.35, and the look-ups cost the same).
 */
export const EPISODE_OF = `case when title.title_type = 'tvEpisode' then (
    select json_build_object('tconst', e.parent_tconst, 'primaryTitle', series.primary_title, 'seasonNumber', e.season_number, 'episodeNumber', e.episode_number)
    from imdb.title_episode as e left join imdb.title_basics as series on series.tconst = e.parent_tconst where e.tconst = title.tconst
  ) end as "episodeOf"`;

/** The same with the series, where it is an episode. */
export const LISTED_TITLE = {
  columns: `${RATED_TITLE.columns}, ${EPISODE_OF}`,
  joins: RATED_TITLE.joins,
};

const WEIGHTED = 'weighted.weighted / 1000.0 as "weightedRating"';

/** That with the weighted rating. */
export const WEIGHTED_TITLE = {
  columns: `${LISTED_TITLE.columns}, ${WEIGHTED}`,
  /** Without the series, which takes as long as all else where rows are millions. */
  columnsOfItsOwn: `${RATED_TITLE.columns}, ${WEIGHTED}`,
  /** @param tconst the id in the statement: `page.tconst` */
  joins: (tconst: string): string =>
    `${RATED_TITLE.joins(tconst)} left join search.title as weighted on weighted.tconst = ${tconst}`,
};

/** The title of an id, as `title`. */
function joinTitle(tconst: string): string {
  return `left join imdb.title_basics as title on title.tconst = ${tconst}`;
}

/** The rating of an id, as `rating`. */
export function joinRating(tconst: string): string {
  return `left join imdb.title_ratings as rating on rating.tconst = ${tconst}`;
}
