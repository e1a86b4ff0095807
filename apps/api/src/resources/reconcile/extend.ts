import {
  MOVIE_ID_KINDS,
  RequestedMovieId,
  RequestedNameId,
  type ExtendedValue,
  type ExtendQuery,
  type ExtendResponse,
  type NameBasic,
} from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { faultyInput, withSuggestion } from '../../problems/bad-input.ts';
import { suggest } from '../../problems/suggestion.ts';
import { readMovieDocuments } from '../../read-models/movies/movie-documents.ts';
import { readNames, readTitles } from '../../read-models/text-search/found-rows.ts';
import { movieProperty, MOVIE_PROPERTIES, PERSON_PROPERTIES, type Property } from './properties.ts';
import { PERSON, TYPES } from './types.ts';

/** Movies of IMDb alone are built from all its tables: a few dozen take some milliseconds. */
const IDS_PER_READ = 50;

type Values = Record<string, ExtendedValue[]>;

/**
 * The values of properties of movies and people. Ids that nothing has, and properties that it does
 * not have, have none.
 *
 * @throws ProblemException 400 for an unknown property
 */
export async function extend(
  database: Database,
  { ids, properties }: ExtendQuery,
): Promise<ExtendResponse> {
  const wanted = [...new Set(properties.map(({ id }) => id))];
  checkProperties(wanted);
  const rows: Record<string, Values> = {};
  for (let i = 0; i < ids.length; i += IDS_PER_READ)
    Object.assign(rows, await rowsOf(database, ids.slice(i, i + IDS_PER_READ), wanted));
  return { meta: wanted.map(metaOf), rows };
}

async function rowsOf(
  database: Database,
  ids: readonly string[],
  wanted: readonly string[],
): Promise<Record<string, Values>> {
  const movieIds = new Map(ids.map((id) => [id, RequestedMovieId.safeParse(id).data]));
  const nameIds = new Map(ids.map((id) => [id, RequestedNameId.safeParse(id).data]));
  const [movies, people] = await Promise.all([
    readMovieDocuments(database, known(movieIds)),
    readNames(
      database,
      known(nameIds).map((id) => ({ kind: 'name', id })),
    ),
  ]);
  const titles = wanted.includes('knownFor')
    ? await titlesOf(database, [...people.values()])
    : null;
  return Object.fromEntries(
    ids.map((id) => {
      const movie = movies.get(movieIds.get(id) ?? '');
      const person = people.get(nameIds.get(id) ?? '');
      const values = wanted.map((property) => [
        property,
        [
          ...(movie === undefined ? [] : (movieProperty(property)?.valuesOf(movie) ?? [])),
          ...(person === undefined ? [] : (personProperty(property)?.valuesOf(person) ?? [])),
        ].map((value) =>
          'id' in value ? { ...value, name: titles?.get(value.id) ?? value.name } : value,
        ),
      ]);
      return [id, Object.fromEntries(values) as Values];
    }),
  );
}

function known(ids: ReadonlyMap<string, string | undefined>): string[] {
  return [...new Set([...ids.values()].filter((id) => id !== undefined))];
}

/** The names of the titles that people are known for, by id. */
async function titlesOf(
  database: Database,
  people: readonly NameBasic[],
): Promise<Map<string, string>> {
  const ids = [...new Set(people.flatMap(({ knownForTitles }) => knownForTitles ?? []))];
  const titles = await readTitles(
    database,
    ids.map((id) => ({ kind: 'title', id })),
  );
  return new Map([...titles].map(([id, { primaryTitle }]) => [id, primaryTitle ?? id]));
}

function personProperty(id: string): Property<NameBasic> | undefined {
  return PERSON_PROPERTIES.find((property) => property.id === id);
}

/** @throws ProblemException 400 */
function checkProperties(wanted: readonly string[]): void {
  const all = [...MOVIE_PROPERTIES, ...PERSON_PROPERTIES].map(({ id }) => id);
  const faults = wanted
    .filter((id) => !all.includes(id) && movieProperty(id) === undefined)
    .map((id) =>
      withSuggestion(
        { where: 'extend.properties', what: `unknown property ${JSON.stringify(id)}` },
        suggest(id, all),
        `; expected one of ${all.join(', ')}`,
      ),
    );
  if (faults.length > 0) throw faultyInput(faults, 'GET /reconcile/properties lists them all.');
}

function metaOf(id: string): ExtendResponse['meta'][number] {
  const property = movieProperty(id) ?? personProperty(id);
  const type = TYPES.find((one) => one.id === property?.entities);
  return {
    id,
    name: property?.name ?? id,
    ...(type === undefined ? {} : { type: { id: type.id, name: type.name } }),
  };
}

/** The properties of a type, with those of the sources. */
export function propertiesOf(
  type: string,
  sources: readonly string[],
): Pick<Property<never>, 'id' | 'name' | 'description'>[] {
  if (type === PERSON.id) return [...PERSON_PROPERTIES];
  const ofSources = [
    ...MOVIE_ID_KINDS.map((kind) => `id:${kind}`),
    ...sources.flatMap((source) => [`rating:${source}`, `votes:${source}`]),
  ].flatMap((id) => movieProperty(id) ?? []);
  return [...MOVIE_PROPERTIES, ...ofSources];
}
