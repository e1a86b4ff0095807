import { WEIGHTED_RATING } from '@marquee/contract';
import { bitFunction, TAG_PREFIXES, TITLE_BITS, TITLE_TAGS, type BitGroup } from '@marquee/search';
import { escapeLiteral } from 'pg';
import type { Finish } from './table-builds.ts';
import type { BuildTarget, SearchSchema } from './derived-table-set.ts';

/**
 * The function that makes of a title the form in which titles are sorted: small letters without
 * accents, and without the quotes, brackets and dots that it begins with. At most 200 characters,
 * which any index takes.
 */
export function createSortForm(): string {
  return `
    create or replace function search.sort_form(title text) returns text language sql immutable parallel safe return
      left(lower(ltrim(case when octet_length(title) = length(title) then title else regexp_replace(normalize(title, nfkd), '[\\u0300-\\u036f]', '', 'g') end,
        ' "''([{#.-…“„«¿¡')), 200) collate "C"`;
}

/** The SQL functions that return the bit of a value, by its hash: new values need no list. */
export function createBits(): string {
  return (Object.keys(TITLE_BITS) as BitGroup[])
    .map((group) => ({ group, ...TITLE_BITS[group] }))
    .map(
      ({ group, count, from, seed }) => `
      create or replace function ${bitFunction(group)}(value text) returns int8 language sql immutable parallel safe return
        coalesce(1::int8 << (${from} + abs(hashtextextended(value, ${seed}) % ${count}))::int, 0);`,
    )
    .join('');
}

/** Of a title's three genres at the most, as IMDb has it, without the cost of a loop. */
const TYPE_GENRE_BITS = `
  search.tag_bit('${TAG_PREFIXES.type}' || b.title_type) | case b.is_adult when true then search.tag_bit('${TITLE_TAGS.adult}') when false then search.tag_bit('${TITLE_TAGS.notAdult}') else 0 end
  | case when e.tconst is null then search.tag_bit('${TITLE_TAGS.noEpisodes}') else search.tag_bit('${TITLE_TAGS.hasEpisodes}') end
  | case when cardinality(b.genres) > 3 then (select bit_or(search.genre_bit(genre)) from unnest(b.genres) as genre)
    else search.genre_bit(b.genres[1]) | search.genre_bit(b.genres[2]) | search.genre_bit(b.genres[3]) end`;

/**
 * Which titles to make rows of: those whose ids are in a table, or those that have votes, or have
 * none, and of these all or some by a condition on title.basics as `b`.
 */
export type WhichTitles =
  { readonly ids: string } | { readonly rated: boolean; readonly where?: string };

/**
 * Where titles have names of their own, and in which languages they have names, as rows of
 * title_id.
 *
 * @param among a condition on that
 */
export function akaRows(table: BuildTarget['table'], among = 'true'): string {
  return `
    select title_id, ${setOf('region')} as regions, ${setOf('language')} as languages,
      bit_or(search.region_bit(region) | search.language_bit(language)) as region_language_bits
    from ${table('title.akas')}
    where is_original_title is not true and (region is not null or language is not null) and ${among}
    group by title_id`;
}

/**
 * The values of a column in a group, each once and sorted. A tsvector is just that, and makes one
 * in half the time of `array_agg(distinct …)`, which starts a sort for each group. It takes no
 * empty values, and none that are longer.
 */
function setOf(column: string): string {
  return `coalesce(tsvector_to_array(array_to_tsvector(array_agg(${column}) filter (where octet_length(${column}) between 1 and 2046))), '{}') collate "C"`;
}

/** The titles that have episodes, as rows of tconst. @param among a condition on parent_tconst */
export function parentRows(table: BuildTarget['table'], among = 'true'): string {
  return `select distinct parent_tconst as tconst from ${table('title.episode')} where ${among}`;
}

/**
 * The rows of `title`.
 *
 * @param made tables that have the {@link akaRows} and {@link parentRows} of all titles; when
 *   left out, those of these titles are made
 */
export function titleRows(
  table: BuildTarget['table'],
  which: WhichTitles,
  made?: { readonly places: string; readonly parents: string },
): string {
  const rated = (column: string) =>
    `exists (select from ${table('title.ratings')} v where v.tconst = ${column} and v.num_votes > 0)`;
  const among = (column: string) =>
    'ids' in which
      ? `${column} in (select id from ${which.ids})`
      : which.rated
        ? rated(column)
        : `not ${rated(column)}`;
  return `
    select b.tconst, b.title_type collate "C" as type, ${RATING_COLUMNS}, coalesce(b.start_year, 0) as year, b.runtime_minutes as runtime,
      array_remove(array['${TAG_PREFIXES.type}' || b.title_type, '${TAG_PREFIXES.year}' || b.start_year, case b.is_adult when true then '${TITLE_TAGS.adult}' when false then '${TITLE_TAGS.notAdult}' end,
        case when e.tconst is null then '${TITLE_TAGS.noEpisodes}' else '${TITLE_TAGS.hasEpisodes}' end], null) collate "C" as tags,
      coalesce(b.genres, '{}') collate "C" as genres, coalesce(a.regions, '{}') as regions, coalesce(a.languages, '{}') as languages,
      search.sort_form(b.primary_title) as sort_title, ${TYPE_GENRE_BITS} as type_genre_bits, coalesce(a.region_language_bits, 0) as region_language_bits
    from ${table('title.basics')} b
      left join (select * from ${table('title.ratings')} where num_votes > 0${'ids' in which ? ` and ${among('tconst')}` : ''}) r on r.tconst = b.tconst
      left join ${made?.places ?? `(${akaRows(table, among('title_id'))})`} a on a.title_id = b.tconst
      left join ${made?.parents ?? `(${parentRows(table, among('parent_tconst'))})`} e on e.tconst = b.tconst
    where ${among('b.tconst')}${'where' in which ? ` and ${which.where}` : ''}`;
}

/** What `title` has of a title's row in title.ratings, which is null where it has none. */
const RATING_COLUMNS = `
  coalesce(r.num_votes, 0) as votes, (r.average_rating * 10)::int as rating,
  round((r.num_votes * r.average_rating + ${WEIGHTED_RATING.votes * WEIGHTED_RATING.mean}) * 1000 / (r.num_votes + ${WEIGHTED_RATING.votes}))::int as weighted`;

/**
 * What some titles are to have of their ratings, with their ids as `id`.
 *
 * @param ids a table of them
 */
export function ratingRows(table: BuildTarget['table'], ids: string): string {
  return `select i.id, ${RATING_COLUMNS} from ${ids} as i left join ${table('title.ratings')} r on r.tconst = i.id and r.num_votes > 0`;
}

/** The columns of `title`, in their order. */
export const TITLE_COLUMNS = [
  'tconst',
  'type',
  'votes',
  'rating',
  'weighted',
  'year',
  'runtime',
  'tags',
  'genres',
  'regions',
  'languages',
  'sort_title',
  'type_genre_bits',
  'region_language_bits',
] as const;

/**
 * The titles that have votes, of which a day changes many, and the seven times as many that have
 * none: most indexes are of one or the other. Not `votes = 0`: PostgreSQL leaves what is always the
 * same out of an order, and would sort what it can merge.
 */
const PARTITIONS = { rated: 'votes > 0', unrated: 'votes < 1' } as const;

/**
 * What filters need to know of a title to pass over it, and every order has beside it: a look along
 * an order is one into its index alone.
 */
const INCLUDED_COLUMNS = [
  'votes',
  'year',
  'runtime',
  'rating',
  'type_genre_bits',
  'region_language_bits',
] as const;

/** An index of `title`. */
interface TitleIndex {
  readonly name: string;
  readonly columns: readonly string[];
  /** Which titles are in it; all when left out. */
  readonly where?: string;
  /**
   * In percent. A day's votes move entries to all places of an index: full pages would be split,
   * and stay half empty.
   */
  readonly fillFactor: number;
}

/**
 * How full the pages are made of an index of titles with votes, of those without, and of all. A
 * quarter of those with votes can change in a day, and what they were before stays until a vacuum.
 */
const FILL_FACTORS = { rated: 70, unrated: 90, all: 80 } as const;

/** In which orders titles are: every list is in the order of one of these, or of its end. */
const TITLE_ORDERS: readonly TitleIndex[] = [
  ...(['votes', 'rating', 'weighted'] as const).map((order) => ({
    name: `title_rated_by_${order}`,
    columns: [...new Set([order, 'votes', 'year', 'tconst'])],
    where: PARTITIONS.rated,
    fillFactor: FILL_FACTORS.rated,
  })),
  ...(['rated', 'unrated'] as const).flatMap((half) => {
    const [where, fillFactor] = [PARTITIONS[half], FILL_FACTORS[half]];
    return [
      { name: `title_${half}_by_year`, columns: ['year', 'votes', 'tconst'], where, fillFactor },
      {
        name: `title_${half}_by_runtime`,
        columns: ['runtime', 'votes', 'year', 'tconst'],
        where: `${where} and runtime is not null`,
        fillFactor,
      },
      { name: `title_${half}_by_title`, columns: ['sort_title', 'tconst'], where, fillFactor },
    ];
  }),
];

/** The names of these indexes. */
export const TITLE_INDEXES: readonly string[] = TITLE_ORDERS.map(({ name }) => name);

function createIndex(table: string, { name, columns, where, fillFactor }: TitleIndex): string {
  const beside = INCLUDED_COLUMNS.filter((column) => !columns.includes(column));
  return `index ${name} on ${table} (${columns.join(', ')}) include (${beside.join(', ')}) with (fillfactor = ${fillFactor})${where === undefined ? '' : ` where ${where}`}`;
}

/** What makes the filled table complete. */
export function finishTitles(schema: SearchSchema): Finish {
  const title = `${schema}.title`;
  return {
    indexes: [
      // any filters at once, first among the eighth of titles that have votes; with names, as
      // PostgreSQL would give both the same where they are built at once
      ...Object.entries(PARTITIONS).map(
        ([half, where]) =>
          `create index title_${half}_terms on ${title} using gin (tags, genres, regions, languages) where ${where}`,
      ),
      // people's titles are sorted by it, without a look into the table
      `create unique ${createIndex(title, { name: 'title_pkey', columns: ['tconst'], fillFactor: FILL_FACTORS.all })}`,
      ...TITLE_ORDERS.map((index) => `create ${createIndex(title, index)}`),
    ],
    last: [
      `alter table ${title} add constraint title_pkey primary key using index title_pkey`,
      `comment on table ${title} is 'Titles with all that they are filtered and sorted by'`,
      ...Object.entries(TITLE_COMMENTS).map(
        ([column, comment]) => `comment on column ${title}.${column} is ${escapeLiteral(comment)}`,
      ),
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
  type_genre_bits: 'A bit for each of its tags but the year, and of its genres',
  region_language_bits: 'A bit for each of its regions and languages',
};

/** The rows of `name`. @param ids a table of the ids of names to make rows of; all when left out */
export function nameRows(table: BuildTarget['table'], ids?: string): string {
  return `
    select nconst, birth_year as birth, death_year as death, coalesce(primary_profession, '{}') collate "C" as professions
    from ${table('name.basics')} ${ids === undefined ? '' : `where nconst in (select id from ${ids})`}`;
}

/** The columns of `name`, in their order. */
export const NAME_COLUMNS = ['nconst', 'birth', 'death', 'professions'] as const;

/**
 * The index of names by which the loader tells an older table. Whoever changes what the table holds
 * gives it another name.
 */
export const NAME_INDEX = 'name_by_birth';

/** What makes the filled table complete. */
export function finishNames(schema: SearchSchema): Finish {
  const name = `${schema}.name`;
  return {
    indexes: [
      `create index on ${name} using gin (professions)`,
      `create unique index name_pkey on ${name} (nconst)`,
      `create index ${NAME_INDEX} on ${name} (birth, nconst) where birth is not null`,
      `create index on ${name} (death, nconst) where death is not null`,
    ],
    last: [
      `alter table ${name} add constraint name_pkey primary key using index name_pkey`,
      `comment on table ${name} is 'Names with all that they are filtered and sorted by'`,
    ],
  };
}
