import type { SearchSchema } from './structure.ts';

/**
 * The table's key, by which the loader tells an older table. Whoever changes what the table holds gives the key another name, and a column too: what asks an
 * older table finds out by that.
 */
export const FIGURE_KEY = 'title_figure_by_scope';

/** The statements that finish the table of figures once it is filled. */
export function finishFigures(schema: SearchSchema): string[] {
  const figure = `${schema}.title_figure`;
  return [
    `alter table ${figure} add constraint ${FIGURE_KEY} primary key (kind, value, scope)`,
    `analyze ${figure}`,
    `comment on table ${figure} is 'How many titles there are of each kind and value, within a scope (of genres, years, regions and languages a type, of decades a genre), how many of them are rated, and ten times the sum of the ratings'`,
  ];
}

/**
 * The figures of some rows of `title`, each of which counts as many times as its column `times` says. First by the few combinations that there are:
 * most episodes have the same names in the same regions.
 *
 * @param rows a table, or a select in brackets; is read three times
 */
export function figuresOf(rows: string): string {
  const figures = 'sum(times)::bigint as titles, coalesce(sum(times) filter (where rating is not null), 0)::bigint as rated, coalesce(sum(rating * times), 0)::bigint as ratings';
  return `
    with grouped as materialized (select coalesce(type, '') as type, year, genres, rating, sum(times) as times from ${rows} as title group by 1, 2, 3, 4)
    select 'type' collate "C" as kind, type as value, '' collate "C" as scope, ${figures} from grouped where type <> '' group by type
    union all select 'genre', genre, type, ${figures} from grouped, unnest(genres) as genre group by genre, type
    union all select 'year', year::text collate "C", type, ${figures} from grouped group by year, type
    union all select 'rating', rating::text, '', ${figures} from grouped where rating is not null group by rating
    union all select 'decade', (year / 10 * 10)::text, genre, ${figures} from grouped, unnest(genres) as genre where rating is not null group by year / 10, genre
    union all select 'region', region, type, ${figures}
      from (select coalesce(type, '') as type, regions, null::int as rating, sum(times) as times from ${rows} as title group by 1, 2) as grouped, unnest(regions) as region group by region, type
    union all select 'language', language, type, ${figures}
      from (select coalesce(type, '') as type, languages, null::int as rating, sum(times) as times from ${rows} as title group by 1, 2) as grouped, unnest(languages) as language group by language, type`;
}
