import { hash } from 'node:crypto';
import {
  imdbIdOf,
  keysOf,
  ListedMovie,
  MOVIE_RANGES,
  type FindMoviesQuery,
  type Movie,
  type MovieRange,
  type MovieSort,
  type SourceRatingRange,
} from '@marquee/contract';
import { normalForm } from '@marquee/search';
import type { Reads } from '../../database/deadline.ts';
import { SqlParameters } from '../../database/parameters.ts';
import type { List } from '../../read-models/lists/list.ts';
import { readPosters } from '../../read-models/pictures/pictures.ts';
import type { SortKey } from '../../read-models/lists/sort.ts';

/** The numbers that movies are filtered by, as SQL, and their type. */
const NUMBERS: Readonly<Record<MovieRange, readonly [sql: string, type: string]>> = {
  year: ['m.year', 'int4'],
  runtimeMinutes: ['m.runtime_minutes', 'int4'],
  rating: ['m.rating', 'numeric'],
  votes: ['m.votes', 'int8'],
  critics: ['m.critics', 'numeric'],
  audience: ['m.audience', 'numeric'],
  budget: ['m.budget', 'numeric'],
  revenue: ['m.revenue', 'numeric'],
  profit: ['(m.revenue - m.budget)', 'numeric'],
  performance: [cRating('performance'), 'numeric'],
  soundtrack: [cRating('soundtrack'), 'numeric'],
  screenplay: [cRating('screenplay'), 'numeric'],
};

function cRating(part: string): string {
  return `(m.document #>> '{cRatings,${part},value}')::numeric`;
}

/** Below and above all values: unknown ones come last in either order. */
const LEAST = -1;
const MOST = '1000000000000000';

/** The expressions that movies are sorted by: their indexes are in the migration of movies. */
const SORT_KEYS: Readonly<
  Record<Exclude<MovieSort, 'relevance' | 'id'>, readonly [sql: string, type: SortKey['type']]>
> = {
  votes: ['m.votes', 'int8'],
  rating: ['m.rating', 'numeric'],
  year: ['m.year', 'int4'],
  title: ['m.title', 'text'],
  runtime: ['m.runtime_minutes', 'int4'],
  budget: ['m.budget', 'numeric'],
  revenue: ['m.revenue', 'numeric'],
  profit: ['m.revenue - m.budget', 'numeric'],
};

/** Orders in which the more popular one of equals comes first. */
const BY_VOTES_NEXT: readonly MovieSort[] = ['rating', 'year'];

/** The movies that a query selects, in its order. */
export function moviesOf(query: FindMoviesQuery, reads: Reads): List {
  const parameters = new SqlParameters();
  const conditions = conditionsOf(query, parameters);
  const { keys, columns } = orderOf(query, parameters);
  const text = `
    select m.id as "_id", m.document, (m.revenue - m.budget)::float8 as "_profit"${columns.map((one) => `, ${one}`).join('')}
    from movies.movie as m
    ${conditions.length === 0 ? '' : `where ${conditions.join('\n      and ')}`}`;
  return {
    // cursors are of one list: its conditions are part of the text alone
    name: `movies ${hash('sha256', text, 'base64url').slice(0, 8)}`,
    isPlannedAnew: true,
    text,
    values: parameters.values,
    sort: keys,
    fields: keysOf(ListedMovie),
    describe: async (rows) => {
      const movies = rows.map((row) => ({ ...(row['document'] as Movie), profit: row['_profit'] }));
      const posters = await readPosters(
        reads,
        movies.map(({ id }) => id),
      );
      return movies.map((movie) => ({ ...movie, poster: posters.get(movie.id) ?? null }));
    },
  };
}

function conditionsOf(query: FindMoviesQuery, parameters: SqlParameters): string[] {
  const conditions: string[] = [];
  const overlaps = (
    column: string,
    operator: '&&' | '@>',
    values: readonly string[] | undefined,
  ) => {
    if (values !== undefined)
      conditions.push(`${column} ${operator} ${parameters.add(values, 'text[]')}`);
  };
  conditions.push(...textConditions(query.q, parameters));
  if (query.type !== undefined)
    conditions.push(`m.type = any (${parameters.add(query.type, 'text[]')})`);
  overlaps('m.genres', '@>', query.genre);
  overlaps('m.genres', '&&', query.genreAny);
  if (query.genreNone !== undefined)
    conditions.push(`not m.genres && ${parameters.add(query.genreNone, 'text[]')}`);
  overlaps('m.countries', '&&', query.country);
  overlaps('m.languages', '&&', query.language);
  overlaps('m.companies', '&&', query.company);
  overlaps('m.sources', '@>', query.source);
  for (const range of query.sourceRating ?? [])
    conditions.push(...sourceRatingConditions(range, parameters));
  for (const column of ['watched', 'isAdult'] as const) {
    const wanted = query[column];
    if (wanted !== undefined)
      conditions.push(
        `${column === 'watched' ? 'm.watched' : 'm.is_adult'} = ${parameters.add(wanted, 'bool')}`,
      );
  }
  for (const name of MOVIE_RANGES) {
    const [sql, type] = NUMBERS[name];
    const { [`${name}From` as const]: from, [`${name}To` as const]: to } = query;
    if (from !== undefined) conditions.push(`${sql} >= ${parameters.add(from, type)}`);
    if (to !== undefined) conditions.push(`${sql} <= ${parameters.add(to, type)}`);
  }
  return conditions;
}

/**
 * The words of a search, each at the beginning of a word of one of the names; or the id of a movie.
 * The index on trigrams bounds it.
 */
function textConditions(q: string | undefined, parameters: SqlParameters): string[] {
  if (q === undefined) return [];
  const id = movieIdIn(q);
  if (id !== null) {
    const wanted = parameters.add(id, 'text');
    return [
      `(m.id = ${wanted} or m.id = (select r.movie from movies.redirect as r where r.id = ${wanted}))`,
    ];
  }
  return normalForm(q)
    .split(' ')
    .map((word) => `m.search_text ~ ${parameters.add(beginningOf(word), 'text')}`);
}

function movieIdIn(q: string): string | null {
  const imdb = imdbIdOf(q);
  if (imdb?.kind === 'title') return imdb.id;
  return /^mq\d{1,18}$/iu.test(q.trim()) ? q.trim().toLowerCase() : null;
}

/** A regular expression that finds a word by its beginning; a text of signs alone has no words. */
function beginningOf(word: string): string {
  const escaped = word.replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '\\$&');
  return /^[\p{L}\p{N}]/u.test(word) ? `\\m${escaped}` : escaped;
}

function sourceRatingConditions(
  { source, name, from, to }: SourceRatingRange,
  parameters: SqlParameters,
): string[] {
  const wanted = parameters.add(source, 'text');
  const parts = [
    `r ->> 'source' = ${wanted}`,
    ...(name === null ? [] : [`r ->> 'name' = ${parameters.add(name, 'text')}`]),
    ...(from === null ? [] : [`(r ->> 'value')::numeric >= ${parameters.add(from, 'numeric')}`]),
    ...(to === null ? [] : [`(r ->> 'value')::numeric <= ${parameters.add(to, 'numeric')}`]),
  ];
  return [
    `m.sources @> array[${wanted}]`,
    `exists (select from jsonb_array_elements(m.document -> 'ratings') as r where ${parts.join(' and ')})`,
  ];
}

/** The sort keys of a query, and the columns that they need. */
function orderOf(
  query: FindMoviesQuery,
  parameters: SqlParameters,
): { keys: SortKey[]; columns: string[] } {
  const { sort = query.q === undefined ? 'votes' : 'relevance' } = query;
  const { order = sort === 'title' || sort === 'id' ? 'asc' : 'desc' } = query;
  const descending = order === 'desc';
  const byId: SortKey = { column: '_id', type: 'text', descending };
  const byVotes: SortKey = { column: '_votes', type: 'int8', descending };
  const votes = `${known(['m.votes', 'int8'], descending)} as "_votes"`;
  if (sort === 'id') return { keys: [byId], columns: [] };
  if (sort === 'relevance') {
    const words = parameters.add(normalForm(query.q ?? ''), 'text');
    // a whole name before the beginning of one, and that before others
    const relevance = `(case
      when strpos(chr(10) || m.search_text || chr(10), chr(10) || ${words} || chr(10)) > 0 then 2
      when strpos(chr(10) || m.search_text, chr(10) || ${words}) > 0 then 1
      else 0 end)::int4 as "_relevance"`;
    const byRelevance: SortKey = { column: '_relevance', type: 'int4', descending };
    return { keys: [byRelevance, byVotes, byId], columns: [relevance, votes] };
  }
  const key = SORT_KEYS[sort];
  const bySort: SortKey = { column: '_sort', type: key[1], descending };
  const column = `${known(key, descending)} as "_sort"`;
  return BY_VOTES_NEXT.includes(sort)
    ? { keys: [bySort, byVotes, byId], columns: [column, votes] }
    : { keys: [bySort, byId], columns: [column] };
}

/**
 * A sort key with a value for what is unknown, such that it comes last. Descending orders, and titles,
 * have indexes on these expressions; the rarer ascending ones are sorted.
 */
function known([sql, type]: readonly [string, SortKey['type']], descending: boolean): string {
  if (type === 'text') return `coalesce(${sql}, ${descending ? "''" : 'chr(1114111)'})`;
  if (descending) return `coalesce(${sql}, ${sql.includes('-') ? `-${MOST}` : LEAST})`;
  return `coalesce(${sql}, ${type === 'int4' ? 2_147_483_647 : MOST})`;
}
