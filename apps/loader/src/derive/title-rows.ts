import { WEIGHTED_RATING } from '@marquee/contract';
import { bitFunction, TAG_PREFIXES, TITLE_BITS, TITLE_TAGS, type BitGroup } from '@marquee/search';
import type { BuildTarget } from './derived-table-set.ts';

/**
 * The statement that creates `search.sort_form`, the form by which titles are sorted: lower case
 * without accents, and without leading quotes, brackets and dots. It is cut to 200 characters,
 * which fit any index.
 */
export function createSortForm(): string {
  return `
    create or replace function search.sort_form(title text) returns text
    language sql immutable parallel safe
    return left(
      lower(
        ltrim(
          case
            when octet_length(title) = length(title) then title
            else regexp_replace(normalize(title, nfkd), '[\\u0300-\\u036f]', '', 'g')
          end,
          ' "''([{#.-…“„«¿¡'
        )
      ),
      200
    ) collate "C"`;
}

/**
 * The statements that create the SQL functions which hash a value to its bit: new values need no
 * list.
 */
export function createBitFunctions(): string[] {
  return (Object.keys(TITLE_BITS) as BitGroup[]).map((group) => {
    const { count, from, seed } = TITLE_BITS[group];
    return `
      create or replace function ${bitFunction(group)}(value text) returns int8
      language sql immutable parallel safe
      return coalesce(1::int8 << (${from} + abs(hashtextextended(value, ${seed}) % ${count}))::int, 0)`;
  });
}

/**
 * Regions and languages of the names of titles, with their bits, as rows of `title_id`. An original
 * title names no region.
 *
 * @param where a condition on `title_id`
 */
export function akaRows(table: BuildTarget['table'], where = 'true'): string {
  return `
    select
      title_id,
      ${distinctValues('region')} as regions,
      ${distinctValues('language')} as languages,
      bit_or(${bitFunction('region')}(region) | ${bitFunction('language')}(language)) as region_language_bits
    from ${table('title.akas')}
    where is_original_title is not true
      and (region is not null or language is not null)
      and ${where}
    group by title_id`;
}

/**
 * The sorted distinct values of a column in a group. A tsvector is exactly that, and takes half the
 * time of `array_agg(distinct …)`, which starts a sort for each group. It cannot hold empty values,
 * or values of more than 2046 bytes.
 */
function distinctValues(column: string): string {
  return `coalesce(tsvector_to_array(array_to_tsvector(array_agg(${column}) filter (where octet_length(${column}) between 1 and 2046))), '{}') collate "C"`;
}

/** The titles that have episodes, as rows of `tconst`. @param where a condition on `parent_tconst` */
export function seriesRows(table: BuildTarget['table'], where = 'true'): string {
  return `
    select distinct parent_tconst as tconst
    from ${table('title.episode')}
    where ${where}`;
}

/**
 * Which titles to select: those with an id in a table; or all with votes, or all without. Of the
 * latter, `where` selects some by a condition on title.basics as `b`.
 */
type WhichTitles = { readonly ids: string } | { readonly rated: boolean; readonly where?: string };

/** Tables with the {@link akaRows} and {@link seriesRows} of all titles. */
export interface PreparedRows {
  readonly akas: string;
  readonly series: string;
}

/**
 * The rows of `title`, as a select.
 *
 * @param prepared when left out, the rows of the selected titles are joined as subqueries
 */
export function titleRows(
  table: BuildTarget['table'],
  which: WhichTitles,
  prepared?: PreparedRows,
): string {
  const isSelected = (id: string) => conditionOn(table, which, id);
  const ratings = 'ids' in which ? `num_votes > 0 and ${isSelected('tconst')}` : 'num_votes > 0';
  return `
    select
      b.tconst,
      b.title_type collate "C" as type,
      ${RATING_COLUMNS},
      coalesce(b.start_year, 0) as year,
      b.runtime_minutes as runtime,
      ${TAGS} as tags,
      coalesce(b.genres, '{}') collate "C" as genres,
      coalesce(a.regions, '{}') as regions,
      coalesce(a.languages, '{}') as languages,
      search.sort_form(b.primary_title) as sort_title,
      ${TYPE_GENRE_BITS} as type_genre_bits,
      coalesce(a.region_language_bits, 0) as region_language_bits
    from ${table('title.basics')} b
      left join (select * from ${table('title.ratings')} where ${ratings}) r on r.tconst = b.tconst
      left join ${prepared?.akas ?? `(${akaRows(table, isSelected('title_id'))}\n      )`} a on a.title_id = b.tconst
      left join ${prepared?.series ?? `(${seriesRows(table, isSelected('parent_tconst'))}\n      )`} s on s.tconst = b.tconst
    where ${isSelected('b.tconst')}${'where' in which ? ` and ${which.where}` : ''}`;
}

function conditionOn(table: BuildTarget['table'], which: WhichTitles, id: string): string {
  if ('ids' in which) return `${id} in (select id from ${which.ids})`;
  const isRated = `exists (select from ${table('title.ratings')} v where v.tconst = ${id} and v.num_votes > 0)`;
  return which.rated ? isRated : `not ${isRated}`;
}

/** The columns of `title` from title.ratings as `r`, which has no row for a title without votes. */
const RATING_COLUMNS = `coalesce(r.num_votes, 0) as votes,
      (r.average_rating * 10)::int as rating,
      round(
        (r.num_votes * r.average_rating + ${WEIGHTED_RATING.votes * WEIGHTED_RATING.mean}) * 1000
        / (r.num_votes + ${WEIGHTED_RATING.votes})
      )::int as weighted`;

const TAGS = `array_remove(array[
        '${TAG_PREFIXES.type}' || b.title_type,
        '${TAG_PREFIXES.year}' || b.start_year,
        case b.is_adult when true then '${TITLE_TAGS.adult}' when false then '${TITLE_TAGS.notAdult}' end,
        case when s.tconst is null then '${TITLE_TAGS.noEpisodes}' else '${TITLE_TAGS.hasEpisodes}' end
      ], null) collate "C"`;

/** IMDb gives a title three genres at most: their bits are combined without the cost of a loop. */
const TYPE_GENRE_BITS = `${bitFunction('tag')}('${TAG_PREFIXES.type}' || b.title_type)
        | case b.is_adult
            when true then ${bitFunction('tag')}('${TITLE_TAGS.adult}')
            when false then ${bitFunction('tag')}('${TITLE_TAGS.notAdult}')
            else 0
          end
        | case
            when s.tconst is null then ${bitFunction('tag')}('${TITLE_TAGS.noEpisodes}')
            else ${bitFunction('tag')}('${TITLE_TAGS.hasEpisodes}')
          end
        | case
            when cardinality(b.genres) > 3 then (select bit_or(${bitFunction('genre')}(genre)) from unnest(b.genres) as genre)
            else ${bitFunction('genre')}(b.genres[1]) | ${bitFunction('genre')}(b.genres[2]) | ${bitFunction('genre')}(b.genres[3])
          end`;

/**
 * The rating columns that some titles should have, with their ids as `id`.
 *
 * @param ids a table of the ids
 */
export function ratingRows(table: BuildTarget['table'], ids: string): string {
  return `
    select
      i.id,
      ${RATING_COLUMNS}
    from ${ids} as i
      left join ${table('title.ratings')} r on r.tconst = i.id and r.num_votes > 0`;
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
