import {
  imdbIdOf,
  type GivenId,
  type ReconcileQuery,
  type ReconcileValue,
} from '@marquee/contract';
import { faultyInput, withSuggestion } from '../../problems/bad-input.ts';
import { suggest } from '../../problems/suggestion.ts';
import { movieProperty, MOVIE_PROPERTIES, PERSON_PROPERTIES } from './properties.ts';
import { TYPES } from './types.ts';

/** What the properties of a query tell. */
export interface QueryFacts {
  readonly names: readonly string[];
  readonly ids: readonly GivenId[];
  readonly year: number | undefined;
  readonly runtimeMinutes: number | undefined;
  readonly director: string | undefined;
  readonly birthYear: number | undefined;
  readonly deathYear: number | undefined;
  readonly professions: readonly string[];
  /** Ids or titles. */
  readonly knownFor: readonly string[];
}

/** Longer names than titles have are not searched for. */
const MAX_NAME = 200;
const MAX_NAMES = 20;

/** The facts of a query's properties. Values that cannot be what their property is are left out. */
export function factsOf({ properties = [] }: ReconcileQuery): QueryFacts {
  const valuesOf = (...pids: readonly string[]) =>
    properties.filter(({ pid }) => pids.includes(pid)).flatMap(({ v }) => v.map(textOf));
  const [director] = valuesOf('director');
  return {
    names: valuesOf('title', 'originalTitle')
      .filter((name) => name !== '' && name.length <= MAX_NAME)
      .slice(0, MAX_NAMES),
    ids: properties.flatMap(({ pid, v }) => v.flatMap((value) => idsOf(pid, textOf(value)))),
    year: numberIn(valuesOf('year', 'releaseDate'), /(?<!\d)(1[89]\d\d|20\d\d|21\d\d)(?!\d)/u),
    runtimeMinutes: numberIn(valuesOf('runtimeMinutes'), /^(\d{1,5})/u),
    director: director === '' ? undefined : director?.slice(0, MAX_NAME),
    birthYear: numberIn(valuesOf('birthYear'), /(?<!\d)(\d{3,4})(?!\d)/u),
    deathYear: numberIn(valuesOf('deathYear'), /(?<!\d)(\d{3,4})(?!\d)/u),
    professions: valuesOf('profession').map((text) => text.toLowerCase().replaceAll(' ', '_')),
    knownFor: valuesOf('knownFor').filter((text) => text !== ''),
  };
}

/** Entities stand for their names, and by ids alone for these. */
function textOf(value: ReconcileValue): string {
  return (typeof value === 'object' ? (value.name ?? value.id) : String(value)).trim();
}

function idsOf(pid: string, text: string): GivenId[] {
  const imdb = imdbIdOf(/^\d+$/u.test(text) ? `tt${text.padStart(7, '0')}` : text);
  if (pid === 'imdb') return imdb?.kind === 'title' ? [{ kind: 'imdb', id: imdb.id }] : [];
  return pid.startsWith('id:') && text !== '' ? [{ kind: pid.slice(3), id: text }] : [];
}

function numberIn(values: readonly string[], pattern: RegExp): number | undefined {
  const [, digits] = pattern.exec(values[0] ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Checks types and properties of queries: a misspelt one must not look like a sure match without it.
 *
 * @throws ProblemException 400 that names each, and the nearest one
 */
export function checkQueries(queries: Readonly<Record<string, ReconcileQuery>>): void {
  const types = TYPES.map(({ id }) => id);
  const known = [...MOVIE_PROPERTIES, ...PERSON_PROPERTIES].map(({ id }) => id);
  const faults = Object.entries(queries).flatMap(([name, { type = [], properties = [] }]) => [
    ...type
      .filter((one) => !types.includes(one))
      .map((one) => unknown(`queries.${name}.type`, 'type', one, types)),
    ...properties
      .filter(({ pid }) => !known.includes(pid) && movieProperty(pid) === undefined)
      .map(({ pid }) => unknown(`queries.${name}.properties`, 'property', pid, known)),
  ]);
  if (faults.length > 0)
    throw faultyInput(
      faults.slice(0, 20),
      'GET /reconcile/suggest/type and /reconcile/suggest/property find them.',
    );
}

function unknown(where: string, what: string, given: string, known: readonly string[]) {
  return withSuggestion(
    { where, what: `unknown ${what} ${JSON.stringify(given)}` },
    suggest(given, known),
    `; expected one of ${known.join(', ')}`,
  );
}
