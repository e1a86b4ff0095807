import { count, labelOf, languageName, regionName, runtime } from '../format.ts';
import type { Filter, TitleQuery } from './title-query.ts';

type Filters = Pick<TitleQuery, 'filters' | 'valuesOf'>;

/** Plural nouns of the types. */
const TYPE_NOUNS: Readonly<Record<string, string>> = {
  movie: 'films',
  short: 'short films',
  tvEpisode: 'TV episodes',
  tvMiniSeries: 'TV mini-series',
  tvMovie: 'TV films',
  tvPilot: 'TV pilots',
  tvSeries: 'TV series',
  tvShort: 'TV shorts',
  tvSpecial: 'TV specials',
  video: 'videos',
  videoGame: 'video games',
};

const list = (words: readonly string[], type: 'conjunction' | 'disjunction') =>
  new Intl.ListFormat('en', { type }).format(words);

/** Plural noun of a type, such as `films`. */
export function typeNoun(titleType: string): string {
  return TYPE_NOUNS[titleType] ?? labelOf(titleType);
}

/**
 * The filters in words: `Drama films of the 1990s, rated 7 or more`.
 *
 * @param personName name of the person of the filter; until known, the id stands for it
 * @returns an empty text without filters
 */
export function describeFilters({ filters, valuesOf }: Filters, personName?: string): string {
  if (Object.keys(filters).length === 0) return '';
  const adjectives = [
    filters.isAdult === 'true' && 'adult',
    list(valuesOf('genre'), 'conjunction'),
    list(valuesOf('genreAny'), 'disjunction'),
  ].filter(Boolean);
  const types = valuesOf('titleType').map(typeNoun);
  const noun = types.length === 0 ? 'titles' : list(types, 'conjunction');
  const phrases = [
    yearPhrase(filters.startYearFrom, filters.startYearTo),
    personPhrase(filters, personName),
    runtimePhrase(filters.runtimeMinutesFrom, filters.runtimeMinutesTo),
    valuesOf('genreNone').length > 0 && `without ${list(valuesOf('genreNone'), 'disjunction')}`,
    filters.hasEpisodes && (filters.hasEpisodes === 'true' ? 'with episodes' : 'without episodes'),
  ].filter(Boolean);
  const clauses = [
    votePhrase(filters),
    valuesOf('country').length > 0 &&
      `with a title in ${list(valuesOf('country').map(regionName), 'disjunction')}`,
    valuesOf('language').length > 0 &&
      `with a title in ${list(valuesOf('language').map(languageName), 'disjunction')}`,
    filters.isAdult === 'false' && 'no adult titles',
  ].filter(Boolean);
  return [capital([...adjectives, noun, ...phrases].join(' ')), ...clauses].join(', ');
}

function yearPhrase(from: string | undefined, to: string | undefined): string {
  if (from !== undefined && from === to) return `of ${from}`;
  if (isDecade(from, to)) return `of the ${from}s`;
  return rangePhrase(from, to, String, ['of', 'since', 'until']);
}

function isDecade(from: string | undefined, to: string | undefined): boolean {
  return from !== undefined && Number(from) % 10 === 0 && Number(to) === Number(from) + 9;
}

function runtimePhrase(from: string | undefined, to: string | undefined): string {
  const text = (minutes: string) => runtime(Number(minutes));
  return rangePhrase(from, to, text, ['of', 'of at least', 'of at most']);
}

function rangePhrase(
  from: string | undefined,
  to: string | undefined,
  text: (value: string) => string,
  [between, least, most]: readonly [string, string, string],
): string {
  if (from !== undefined && to !== undefined) return `${between} ${text(from)}–${text(to)}`;
  if (from !== undefined) return `${least} ${text(from)}`;
  return to === undefined ? '' : `${most} ${text(to)}`;
}

/** Rating and votes: a single vote is what makes a title a rated one. */
function votePhrase({
  averageRatingFrom: from,
  averageRatingTo: to,
  numVotesFrom,
  numVotesTo,
}: Readonly<Partial<Record<Filter, string | undefined>>>): string {
  const rating =
    from !== undefined && to !== undefined
      ? `rated ${from} to ${to}`
      : from !== undefined
        ? `rated ${from} or more`
        : to === undefined
          ? ''
          : `rated ${to} or less`;
  const votes =
    numVotesFrom === '1' && numVotesTo === undefined
      ? rating === ''
        ? 'rated'
        : ''
      : rangePhrase(numVotesFrom, numVotesTo, (value) => count(Number(value)), [
          'with',
          'with at least',
          'with at most',
        ]) + (numVotesFrom === undefined && numVotesTo === undefined ? '' : ' votes');
  return [rating, votes].filter(Boolean).join(' ');
}

const ROLE_PHRASES: Readonly<Record<string, string>> = {
  director: 'directed by',
  writer: 'written by',
  producer: 'produced by',
  composer: 'with music by',
  cinematographer: 'shot by',
  editor: 'edited by',
};

function personPhrase({ person, role }: TitleQuery['filters'], personName?: string): string {
  if (person === undefined) return '';
  const name = personName ?? person;
  return role === 'cast'
    ? `with ${name} in the cast`
    : `${ROLE_PHRASES[role ?? ''] ?? 'with'} ${name}`;
}

/** One thing that is chosen, and the filters without which it is not. */
export interface Choice {
  readonly text: string;
  readonly without: Partial<Record<Filter, string | null>>;
}

/** All that is chosen, one by one, for the chips above the results. */
export function choicesOf({ filters, valuesOf }: Filters, personName?: string): Choice[] {
  const values = (filter: Filter, text: (value: string) => string): Choice[] =>
    valuesOf(filter).map((value) => ({
      text: text(value),
      without: {
        [filter]: valuesOf(filter)
          .filter((one) => one !== value)
          .join(','),
      },
    }));
  const range = (from: Filter, to: Filter, text: string): Choice[] =>
    filters[from] === undefined && filters[to] === undefined
      ? []
      : [{ text: capital(text), without: { [from]: null, [to]: null } }];
  const years = yearPhrase(filters.startYearFrom, filters.startYearTo).replace(
    /^of (?:the )?/u,
    '',
  );
  return [
    ...values('titleType', labelOf),
    ...values('genre', String),
    ...values('genreAny', (genre) => (valuesOf('genreAny').length === 1 ? genre : `Or ${genre}`)),
    ...values('genreNone', (genre) => `Not ${genre}`),
    ...range('startYearFrom', 'startYearTo', years),
    ...range(
      'averageRatingFrom',
      'averageRatingTo',
      votePhrase({
        averageRatingFrom: filters.averageRatingFrom,
        averageRatingTo: filters.averageRatingTo,
      }),
    ),
    ...range(
      'numVotesFrom',
      'numVotesTo',
      votePhrase({ numVotesFrom: filters.numVotesFrom, numVotesTo: filters.numVotesTo }).replace(
        /^with /u,
        '',
      ),
    ),
    ...range(
      'runtimeMinutesFrom',
      'runtimeMinutesTo',
      runtimePhrase(filters.runtimeMinutesFrom, filters.runtimeMinutesTo).replace(/^of /u, ''),
    ),
    ...(filters.person === undefined
      ? []
      : [{ text: capital(personPhrase(filters, personName)), without: { person: null } }]),
    ...values('country', (code) => `Title in ${regionName(code)}`),
    ...values('language', (code) => `Title in ${languageName(code)}`),
    ...values('hasEpisodes', (value) => (value === 'true' ? 'With episodes' : 'Without episodes')),
    ...values('isAdult', (value) => (value === 'true' ? 'Only adult titles' : 'No adult titles')),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
