import { TITLE_TAGS } from '@marquee/search';
import type { SearchSchema } from './derived-table-set.ts';

/**
 * The table's key, by which the loader tells an older table. Whoever changes what the table holds
 * gives the key another name, and a column too: what asks an older table finds out by that.
 */
export const COUNT_KEY = 'title_count_by_group';

/** The statements that finish the table of figures once it is filled. */
export function finishCounts(schema: SearchSchema): string[] {
  const figure = `${schema}.title_count`;
  return [
    `alter table ${figure} add constraint ${COUNT_KEY} primary key (kind, value, group_name)`,
    `analyze ${figure}`,
    `comment on table ${figure} is 'How many titles there are of each kind and value, among those of a type (of decades: of a genre), how many of them are rated, and ten times the sum of the ratings; of kind episodes and adult by the year'`,
  ];
}

/**
 * The figures of some rows of `title`, each of which counts as many times as its column `times`
 * says. First by the few combinations that there are: most episodes have the same names in the same
 * regions. In the rows of one set of columns those of the others are null.
 *
 * @param rows a table, or a select in brackets
 */
export function countRows(rows: string): string {
  const figures =
    'sum(times)::bigint as titles, coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated, coalesce(sum(rating * times), 0)::bigint as ratings';
  return `
    with grouped as materialized (
      select coalesce(type, '') as type, year, genres, rating, '${TITLE_TAGS.hasEpisodes}' = any (tags) as has_episodes, '${TITLE_TAGS.adult}' = any (tags) as is_adult, runtime, regions, languages,
        sum(times) as times
      from ${rows} as title group by grouping sets ((1, 2, 3, 4, 5, 6), (1, 7), (1, 8), (1, 9))
    )
    select 'type' collate "C" as kind, type as value, '' collate "C" as group_name, ${figures} from grouped where year is not null and type <> '' group by type
    union all select 'genre', genre, type, ${figures} from grouped, unnest(genres) as genre group by genre, type
    union all select 'year', year::text collate "C", type, ${figures} from grouped where year is not null group by year, type
    union all select 'episodes', year::text, type, ${figures} from grouped where has_episodes group by year, type
    union all select 'adult', year::text, type, ${figures} from grouped where is_adult group by year, type
    union all select 'rating', rating::text, '', ${figures} from grouped where rating is not null group by rating
    union all select 'decade', (year / 10 * 10)::text, genre, ${figures} from grouped, unnest(genres) as genre where rating is not null group by year / 10, genre
    union all select 'runtime', runtime::text, type, ${figures} from grouped where runtime is not null group by runtime, type
    union all select 'region', region, type, ${figures} from grouped, unnest(regions) as region group by region, type
    union all select 'language', language, type, ${figures} from grouped, unnest(languages) as language group by language, type`;
}
