import { WEIGHTED_RATING } from '@marquee/contract';
import { escapeLiteral } from 'pg';
import type { Finish } from './table-builds.ts';
import type { Place, SearchSchema } from './structure.ts';

/**
 * The function that makes of a title the form in which titles are sorted: small letters without accents, and without the quotes, brackets and dots
 * that it begins with. At most 200 characters, which any index takes.
 */
export function createSortForm(): string {
  return `
    create or replace function search.sort_form(title text) returns text language sql immutable parallel safe return
      left(lower(ltrim(case when octet_length(title) = length(title) then title else regexp_replace(normalize(title, nfkd), '[\\u0300-\\u036f]', '', 'g') end,
        ' "''([{#.-…“„«¿¡')), 200) collate "C"`;
}

/** Which titles to make rows of: those whose ids are in a table, or those that have votes, or have none. */
export type WhichTitles = { readonly ids: string } | { readonly rated: boolean };

/** The rows of `title`. */
export function titleRows(table: Place['table'], which: WhichTitles): string {
  const rated = (column: string) => `exists (select from ${table('title.ratings')} v where v.tconst = ${column} and v.num_votes > 0)`;
  const among = (column: string) => ('ids' in which ? `${column} in (select id from ${which.ids})` : which.rated ? rated(column) : `not ${rated(column)}`);
  return `
    select b.tconst, b.title_type collate "C" as type, ${RATING_COLUMNS}, coalesce(b.start_year, 0) as year, b.runtime_minutes as runtime,
      array_remove(array['t:' || b.title_type, 'y:' || b.start_year, case b.is_adult when true then 'adult' when false then 'not adult' end,
        case when e.tconst is null then 'no episodes' else 'episodes' end], null) collate "C" as tags,
      coalesce(b.genres, '{}') collate "C" as genres, coalesce(a.regions, '{}') as regions, coalesce(a.languages, '{}') as languages,
      search.sort_form(b.primary_title) as sort_title
    from ${table('title.basics')} b
      left join (select * from ${table('title.ratings')} where num_votes > 0${'ids' in which ? ` and ${among('tconst')}` : ''}) r on r.tconst = b.tconst
      left join (
        select title_id, coalesce(array_agg(distinct region collate "C") filter (where region is not null), '{}') as regions,
          coalesce(array_agg(distinct language collate "C") filter (where language is not null), '{}') as languages
        from ${table('title.akas')}
        where is_original_title is not true and (region is not null or language is not null) and ${among('title_id')}
        group by title_id
      ) a on a.title_id = b.tconst
      left join (select distinct parent_tconst as tconst from ${table('title.episode')} where ${among('parent_tconst')}) e on e.tconst = b.tconst
    where ${among('b.tconst')}`;
}

/** What `title` has of a title's row in title.ratings, which is null where it has none. */
const RATING_COLUMNS = `
  coalesce(r.num_votes, 0) as votes, (r.average_rating * 10)::int as rating,
  round((r.num_votes * r.average_rating + ${WEIGHTED_RATING.votes * WEIGHTED_RATING.mean}) * 1000 / (r.num_votes + ${WEIGHTED_RATING.votes}))::int as weighted`;

/** What some titles are to have of their ratings, with their ids as `id`. @param ids a table of them */
export function ratingRows(table: Place['table'], ids: string): string {
  return `select i.id, ${RATING_COLUMNS} from ${ids} as i left join ${table('title.ratings')} r on r.tconst = i.id and r.num_votes > 0`;
}

/** The columns of `title`, in their order. */
export const TITLE_COLUMNS = ['tconst', 'type', 'votes', 'rating', 'weighted', 'year', 'runtime', 'tags', 'genres', 'regions', 'languages', 'sort_title'] as const;

/** A day's votes move entries to all places of an index: full pages would be split, and stay half empty. */
const WITH_ROOM = 'with (fillfactor = 80)';

/** The titles that have votes, of which a day changes many, and the seven times as many that have none: most indexes are of one or the other. */
const HALVES = { rated: 'votes > 0', unrated: 'votes = 0' } as const;

/** In which orders titles are, as the columns of an index by its name, and of which titles: every list is in the order of one of these, or of its end. */
const TITLE_ORDERS = Object.entries({ votes: 'votes, year, tconst', rating: 'rating, votes, year, tconst', weighted: 'weighted, votes, year, tconst' })
  .map(([order, columns]) => ({ name: `title_rated_by_${order}`, columns, where: HALVES.rated as string }))
  .concat(
    Object.entries(HALVES).flatMap(([half, where]) => [
      { name: `title_${half}_by_year`, columns: 'year, votes, tconst', where },
      { name: `title_${half}_by_runtime`, columns: 'runtime, votes, year, tconst', where: `${where} and runtime is not null` },
      { name: `title_${half}_by_title`, columns: 'sort_title, tconst', where },
    ]),
  );

/** The names of the indexes of `title` that are ours to name. */
export const TITLE_INDEXES = TITLE_ORDERS.map(({ name }) => name);

/** What makes the filled table complete. */
export function finishTitles(schema: SearchSchema): Finish {
  const title = `${schema}.title`;
  return {
    trees: [
      // by what people's titles are sorted, without a look into the table
      `create unique index title_pkey on ${title} (tconst) include (votes, year) ${WITH_ROOM}`,
      ...TITLE_ORDERS.map(({ name, columns, where }) => `create index ${name} on ${title} (${columns}) ${WITH_ROOM} where ${where}`),
    ],
    // any filters at once, first among the eighth of titles that have votes
    gins: [
      ...Object.values(HALVES).map((where) => `create index on ${title} using gin (tags, genres, regions, languages) where ${where}`),
    ],
    last: [
      `alter table ${title} add constraint title_pkey primary key using index title_pkey`,
      `comment on table ${title} is 'Titles with all that they are filtered and sorted by'`,
      ...Object.entries(TITLE_COMMENTS).map(([column, comment]) => `comment on column ${title}.${column} is ${escapeLiteral(comment)}`),
    ],
  };
}

const TITLE_COMMENTS: Partial<Record<(typeof TITLE_COLUMNS)[number], string>> = {
  votes: 'Number of votes; 0 without',
  rating: 'Ten times the rating; null without votes',
  weighted: `A thousand times the weighted rating: (v * R + ${WEIGHTED_RATING.votes} * ${WEIGHTED_RATING.mean}) / (v + ${WEIGHTED_RATING.votes})`,
  year: 'The year it starts in; 0 when not known',
  tags: 'Its type as t:movie, its year as y:1994, whether it is adult, whether it has episodes',
  regions: 'Where it has a name of its own',
  languages: 'In which it has a name',
  sort_title: 'The primary title as titles are sorted by it',
};

/** The rows of `name`. @param ids a table of the ids of names to make rows of; all when left out */
export function nameRows(table: Place['table'], ids?: string): string {
  return `
    select nconst, birth_year as birth, death_year as death, coalesce(primary_profession, '{}') collate "C" as professions
    from ${table('name.basics')} ${ids === undefined ? '' : `where nconst in (select id from ${ids})`}`;
}

/** The columns of `name`, in their order. */
export const NAME_COLUMNS = ['nconst', 'birth', 'death', 'professions'] as const;

/** What makes the filled table complete. */
export function finishNames(schema: SearchSchema): Finish {
  const name = `${schema}.name`;
  return {
    trees: [
      `create unique index name_pkey on ${name} (nconst)`,
      `create index on ${name} (birth, nconst) where birth is not null`,
      `create index on ${name} (death, nconst) where death is not null`,
    ],
    gins: [`create index on ${name} using gin (professions)`],
    last: [
      `alter table ${name} add constraint name_pkey primary key using index name_pkey`,
      `comment on table ${name} is 'Names with all that they are filtered and sorted by'`,
    ],
  };
}
