import { TITLE_TAGS } from '@marquee/search';
import type { SearchSchema } from './derived-table-set.ts';

/**
 * The table's key, by which the loader recognises a table of an earlier version. A change of the
 * table's content needs another name for the key, and for a column too: by that, the API recognises
 * an older table.
 */
export const COUNT_KEY = 'title_count_by_group';

/** The statements that create, fill and finish `title_count` from the filled table `title`. */
export function createCounts(schema: SearchSchema): string[] {
  const count = `${schema}.title_count`;
  return [
    // PostgreSQL expects far more groups than there are, and would rather sort all titles twice:
    // with 12.7 million titles in 88 s, instead of 30 s with 263 MB
    'set local hash_mem_multiplier = 16',
    `create table ${count} as${countRows(`(select *, 1 as times from ${schema}.title)`)}`,
    `alter table ${count} add constraint ${COUNT_KEY} primary key (kind, value, group_name)`,
    `analyze ${count}`,
    `comment on table ${count} is 'The number of titles with each value of each kind, by type (decades: by genre), how many of them are rated, and ten times the sum of their ratings; kinds episodes and adult are by year'`,
  ];
}

/** The columns that count the rows of a group. */
const COUNTS = `sum(times)::bigint as titles,
      coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated,
      coalesce(sum(rating * times), 0)::bigint as ratings`;

/**
 * The rows of `title_count` for some rows of `title`, each of which counts as often as its column
 * `times` says. The rows are grouped by the few existing combinations of values first: most episodes
 * have the same regions and languages. Each grouping set leaves the columns of the others null.
 *
 * @param titles a table, or a select in parentheses
 */
export function countRows(titles: string): string {
  return `
    with combination as materialized (
      select
        coalesce(type, '') as type,
        year,
        genres,
        rating,
        '${TITLE_TAGS.hasEpisodes}' = any (tags) as has_episodes,
        '${TITLE_TAGS.adult}' = any (tags) as is_adult,
        runtime,
        regions,
        languages,
        sum(times) as times
      from ${titles} as title
      group by grouping sets ((1, 2, 3, 4, 5, 6), (1, 7), (1, 8), (1, 9))
    )
    select 'type' collate "C" as kind, type as value, '' collate "C" as group_name,
      ${COUNTS}
    from combination where year is not null and type <> '' group by type
    union all
    select 'genre', genre, type,
      ${COUNTS}
    from combination, unnest(genres) as genre group by genre, type
    union all
    select 'year', year::text collate "C", type,
      ${COUNTS}
    from combination where year is not null group by year, type
    union all
    select 'episodes', year::text, type,
      ${COUNTS}
    from combination where has_episodes group by year, type
    union all
    select 'adult', year::text, type,
      ${COUNTS}
    from combination where is_adult group by year, type
    union all
    select 'rating', rating::text, '',
      ${COUNTS}
    from combination where rating is not null group by rating
    union all
    select 'decade', (year / 10 * 10)::text, genre,
      ${COUNTS}
    from combination, unnest(genres) as genre where rating is not null group by year / 10, genre
    union all
    select 'runtime', runtime::text, type,
      ${COUNTS}
    from combination where runtime is not null group by runtime, type
    union all
    select 'region', region, type,
      ${COUNTS}
    from combination, unnest(regions) as region group by region, type
    union all
    select 'language', language, type,
      ${COUNTS}
    from combination, unnest(languages) as language group by language, type`;
}
