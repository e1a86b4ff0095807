import { C_RATING_PARTS, type ExtendedValue, type Movie, type NameBasic } from '@marquee/contract';
import { labelOf } from '@marquee/contract/title-facts';

/** A property of movies or people. */
export interface Property<T> {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Whether a query may have it: it is part of the score, or decides. */
  readonly isMatched?: true;
  /** Whether its values are people or movies. */
  readonly entities?: 'name' | 'title';
  readonly valuesOf: (entity: T) => ExtendedValue[];
}

const texts = (values: readonly (string | null | undefined)[]): ExtendedValue[] =>
  values.flatMap((str) => (str === null || str === undefined ? [] : [{ str }]));
const whole = (value: number | null | undefined): ExtendedValue[] =>
  value === null || value === undefined ? [] : [{ int: value }];
const decimal = (value: number | null | undefined): ExtendedValue[] =>
  value === null || value === undefined ? [] : [{ float: value }];

/** People of a role: those with an id as entities. */
function peopleOf({ people }: Movie, role: Movie['people'][number]['role']): ExtendedValue[] {
  return people
    .filter((person) => person.role === role)
    .map(({ name, imdb }) => (imdb === null ? { str: name } : { id: imdb, name }));
}

/** All properties of movies but those of sources: see {@link movieProperty}. */
export const MOVIE_PROPERTIES: readonly Property<Movie>[] = [
  {
    id: 'imdb',
    name: 'IMDb id',
    description: 'Such as tt0000001; a known one decides alone',
    isMatched: true,
    valuesOf: ({ imdb }) => texts([imdb]),
  },
  {
    id: 'title',
    name: 'Title',
    description: 'Its title, or another name of it',
    isMatched: true,
    valuesOf: ({ title }) => texts([title]),
  },
  {
    id: 'originalTitle',
    name: 'Original title',
    description: 'Its title in its own language',
    isMatched: true,
    valuesOf: ({ originalTitle }) => texts([originalTitle]),
  },
  {
    id: 'names',
    name: 'Names',
    description: 'All its names',
    valuesOf: ({ names }) => texts([...new Set(names.map(({ name }) => name))]),
  },
  {
    id: 'type',
    name: 'Type',
    description: "Type, in IMDb's words",
    valuesOf: ({ type }) => texts([type]),
  },
  {
    id: 'year',
    name: 'Year',
    description: 'Year of release; of a series, its first, and in a query any in which it ran',
    isMatched: true,
    valuesOf: ({ year }) => whole(year),
  },
  {
    id: 'endYear',
    name: 'End year',
    description: 'Last year of a series',
    valuesOf: ({ endYear }) => whole(endYear),
  },
  {
    id: 'releaseDate',
    name: 'Release date',
    description: 'Date of the first release',
    isMatched: true,
    valuesOf: ({ releaseDate }) =>
      releaseDate === null ? [] : [{ date: `${releaseDate}T00:00:00Z` }],
  },
  {
    id: 'runtimeMinutes',
    name: 'Runtime',
    description: 'Length in minutes',
    isMatched: true,
    valuesOf: ({ runtimeMinutes }) => whole(runtimeMinutes),
  },
  { id: 'genres', name: 'Genres', description: 'Genres', valuesOf: ({ genres }) => texts(genres) },
  {
    id: 'director',
    name: 'Director',
    description: 'Who directed it',
    isMatched: true,
    entities: 'name',
    valuesOf: (movie) => peopleOf(movie, 'director'),
  },
  {
    id: 'writer',
    name: 'Writer',
    description: 'Who wrote it',
    entities: 'name',
    valuesOf: (movie) => peopleOf(movie, 'writer'),
  },
  {
    id: 'actor',
    name: 'Cast',
    description: 'Who plays in it, as billed',
    entities: 'name',
    valuesOf: (movie) => peopleOf(movie, 'actor'),
  },
  {
    id: 'countries',
    name: 'Countries',
    description: 'Countries of production by ISO 3166',
    valuesOf: ({ countries }) => texts(countries),
  },
  {
    id: 'languages',
    name: 'Languages',
    description: 'Spoken languages by ISO 639',
    valuesOf: ({ languages }) => texts(languages),
  },
  {
    id: 'companies',
    name: 'Companies',
    description: 'Companies that have made it',
    valuesOf: ({ companies }) => texts(companies.map(({ name }) => name)),
  },
  {
    id: 'budget',
    name: 'Budget',
    description: 'What it cost, in the currency of budgetCurrency',
    valuesOf: ({ budget }) => decimal(budget?.amount),
  },
  {
    id: 'budgetCurrency',
    name: 'Currency of the budget',
    description: 'By ISO 4217',
    valuesOf: ({ budget }) => texts([budget?.currency]),
  },
  {
    id: 'revenue',
    name: 'Revenue',
    description: 'What it earned, in the currency of revenueCurrency',
    valuesOf: ({ revenue }) => decimal(revenue?.amount),
  },
  {
    id: 'revenueCurrency',
    name: 'Currency of the revenue',
    description: 'By ISO 4217',
    valuesOf: ({ revenue }) => texts([revenue?.currency]),
  },
  {
    id: 'rating',
    name: 'Rating',
    description: 'All ratings combined, 0 to 10',
    valuesOf: ({ rating }) => decimal(rating?.value),
  },
  {
    id: 'votes',
    name: 'Votes',
    description: 'Number of votes in the combined rating',
    valuesOf: ({ rating }) => whole(rating?.votes),
  },
  ...C_RATING_PARTS.map((part) => ({
    id: `cRating:${part}`,
    name: `C-rating: ${part}`,
    description: `Rating of the ${part}, 0 to 10`,
    valuesOf: ({ cRatings }: Movie) => decimal(cRatings[part]?.value),
  })),
  {
    id: 'certificate',
    name: 'Certificate',
    description: 'Age rating',
    valuesOf: ({ certificate }) => texts([certificate]),
  },
  {
    id: 'overview',
    name: 'Overview',
    description: 'What it is about',
    valuesOf: ({ overview }) => texts([overview]),
  },
  {
    id: 'tagline',
    name: 'Tagline',
    description: 'Its slogan',
    valuesOf: ({ tagline }) => texts([tagline]),
  },
  {
    id: 'homepage',
    name: 'Homepage',
    description: 'Its own page',
    valuesOf: ({ homepage }) => texts([homepage]),
  },
];

/** All properties of people. */
export const PERSON_PROPERTIES: readonly Property<NameBasic>[] = [
  {
    id: 'birthYear',
    name: 'Year of birth',
    description: 'Year of birth',
    isMatched: true,
    valuesOf: ({ birthYear }) => whole(birthYear),
  },
  {
    id: 'deathYear',
    name: 'Year of death',
    description: 'Year of death',
    isMatched: true,
    valuesOf: ({ deathYear }) => whole(deathYear),
  },
  {
    id: 'profession',
    name: 'Profession',
    description: "Professions, in IMDb's words",
    isMatched: true,
    valuesOf: ({ primaryProfession }) => texts(primaryProfession ?? []),
  },
  {
    id: 'knownFor',
    name: 'Known for',
    description: 'Titles that they are known for, by their ids',
    isMatched: true,
    entities: 'title',
    valuesOf: ({ knownForTitles }) => (knownForTitles ?? []).map((id) => ({ id, name: id })),
  },
];

/** Properties of a source: `id:tmdb` and `rating:rotten-tomatoes`. */
const OF_SOURCE = /^(id|rating|votes):([a-z][a-z\d-]{0,49})$/u;

/** A property of movies by its id, also one of a source. */
export function movieProperty(id: string): Property<Movie> | undefined {
  const known = MOVIE_PROPERTIES.find((property) => property.id === id);
  if (known !== undefined) return known;
  const [, kind, source = ''] = OF_SOURCE.exec(id) ?? [];
  if (kind === 'id')
    return {
      id,
      name: `Id: ${source}`,
      description: 'A known one decides alone',
      isMatched: true,
      valuesOf: ({ ids }) => texts(ids[source] ?? []),
    };
  if (kind === undefined) return undefined;
  return {
    id,
    name: `${labelOf(kind)}: ${source}`,
    description: 'Of this source, on its own scale',
    valuesOf: ({ ratings }) =>
      ratings
        // those of the owner of the library are nobody else's business
        .filter((rating) => rating.source === source && rating.kind !== 'own')
        .flatMap(({ value, votes }) => (kind === 'rating' ? decimal(value) : whole(votes))),
  };
}
