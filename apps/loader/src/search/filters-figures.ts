import type { SearchSchema } from './structure.ts';

/** The statements that finish the table of figures once it is filled. */
export function finishFigures(schema: SearchSchema): string[] {
  const figure = `${schema}.title_figure`;
  return [
    `alter table ${figure} add primary key (kind, value, other)`,
    `analyze ${figure}`,
    `comment on table ${figure} is 'How many titles there are of each kind, value and other value, how many of them are rated, and ten times the sum of the ratings'`,
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
    with grouped as materialized (select type, year, genres, rating, sum(times) as times from ${rows} as title group by 1, 2, 3, 4)
    select 'type' collate "C" as kind, type as value, '' collate "C" as other, ${figures} from grouped where type is not null group by type
    union all select 'genre', genre, '', ${figures} from grouped, unnest(genres) as genre group by genre
    union all select 'year', year::text collate "C", coalesce(type, ''), ${figures} from grouped group by year, type
    union all select 'rating', rating::text, '', ${figures} from grouped where rating is not null group by rating
    union all select 'decade', (year / 10 * 10)::text, genre, ${figures} from grouped, unnest(genres) as genre where rating is not null group by year / 10, genre
    union all select 'region', region, '', ${figures}
      from (select regions, null::int as rating, sum(times) as times from ${rows} as title group by regions) as grouped, unnest(regions) as region group by region
    union all select 'language', language, '', ${figures}
      from (select languages, null::int as rating, sum(times) as times from ${rows} as title group by languages) as grouped, unnest(languages) as language group by language`;
}
