import {
  imdbIdOf,
  MOVIE_RANGES,
  type FindMoviesQuery,
  type MoviePerson,
  type MovieRange,
  type SourceRatingRange,
} from '@marquee/contract';
import { normalForm } from '@marquee/search';
import type { SqlParameters } from '../../database/parameters.ts';
import { currentIdOf } from '../../read-models/movies/current-id.ts';
import { wordStartPattern } from '../../read-models/movies/name-patterns.ts';
import { categoriesOf, filmographyTitles } from '../../read-models/title-lists/filmography.ts';

/** The numbers that movies are filtered by, as SQL, and their type. */
const NUMBERS: Readonly<Record<MovieRange, readonly [sql: string, type: string]>> = {
  year: ['m.year', 'int4'],
  runtimeMinutes: ['m.runtime_minutes', 'int4'],
  rating: ['m.rating', 'numeric'],
  // no votes are a known number
  votes: ['coalesce(m.votes, 0)', 'int8'],
  critics: ['m.critics', 'numeric'],
  audience: ['m.audience', 'numeric'],
  budget: ['m.budget', 'numeric'],
  revenue: ['m.revenue', 'numeric'],
  profit: ['(m.revenue - m.budget)', 'numeric'],
  performance: ['m.performance', 'numeric'],
  soundtrack: ['m.soundtrack', 'numeric'],
  screenplay: ['m.screenplay', 'numeric'],
};

/** The conditions of a query on `movies.movie as m`, but for its text. */
export function conditionsOf(query: FindMoviesQuery, parameters: SqlParameters): string[] {
  const conditions: string[] = [];
  const overlaps = (
    column: string,
    operator: '&&' | '@>',
    values: readonly string[] | undefined,
  ) => {
    if (values !== undefined)
      conditions.push(`${column} ${operator} ${parameters.add(values, 'text[]')}`);
  };
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
  if (query.person !== undefined)
    conditions.push(personCondition(query.person, query.role, parameters));
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

/** The words of the datasets for what a person does, where sources have another one. */
const ROLES_OF_SOURCES: Readonly<Record<string, MoviePerson['role']>> = { actress: 'actor' };

/**
 * Movies with a credit of a person. The credits of a movie that IMDb knows are those of the datasets,
 * which have more roles than sources. Each side is bounded by an index: of credits by person, and of
 * the people of movies that IMDb does not know.
 */
function personCondition(
  person: string,
  role: readonly string[] | undefined,
  parameters: SqlParameters,
): string {
  const titles = filmographyTitles(person, role)(parameters);
  const roles = categoriesOf(role)?.map((one) => ROLES_OF_SOURCES[one] ?? one) ?? [undefined];
  const credits = [...new Set(roles)].map((one) => JSON.stringify([{ imdb: person, role: one }]));
  const people = credits.map((credit) => `m.people @> ${parameters.add(credit, 'jsonb')}`);
  return `(m.id = any (array(${titles})) or ${people.join(' or ')})`;
}

/**
 * The words of a search, each at the beginning of a word of one of the names; or the id of a movie.
 * The index on trigrams bounds it.
 */
export function textConditions(q: string, parameters: SqlParameters): string[] {
  const id = movieIdIn(q);
  if (id !== null) {
    const wanted = parameters.add(id, 'text');
    return [`m.id = (${currentIdOf(wanted)})`];
  }
  return normalForm(q)
    .split(' ')
    .map((word) => `m.search_text ~ ${parameters.add(wordStartPattern(word), 'text')}`);
}

/** The id that a text is; null for other texts. */
export function movieIdIn(q: string): string | null {
  const imdb = imdbIdOf(q);
  if (imdb?.kind === 'title') return imdb.id;
  return /^mq\d{1,18}$/iu.test(q.trim()) ? q.trim().toLowerCase() : null;
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

/**
 * How well the names of `movies.movie as m` fit a text, as SQL: 2 for a whole name, 1 for the
 * beginning of one, 0 for other matches.
 */
export function relevanceOf(q: string, parameters: SqlParameters): string {
  const words = parameters.add(normalForm(q), 'text');
  return `(case
      when strpos(chr(10) || m.search_text || chr(10), chr(10) || ${words} || chr(10)) > 0 then 2
      when strpos(chr(10) || m.search_text, chr(10) || ${words}) > 0 then 1
      else 0 end)::int4`;
}
