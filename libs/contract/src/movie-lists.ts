import { z } from 'zod';
import { hasPersonForRole, ROLE_WITHOUT_PERSON, TITLE_FILTERS } from './filters.ts';
import { PosterDigest } from './pictures.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { Movie } from './movies.ts';
import {
  count,
  flag,
  inOrder,
  order,
  rating,
  searchText,
  text,
  wholeNumber,
  year,
} from './parameter.ts';

/** A movie in a list: without its longest fields, which `GET /movies/{id}` has. */
export const ListedMovie = Movie.omit({
  names: true,
  people: true,
  overview: true,
  tagline: true,
  homepage: true,
})
  .extend({
    profit: z.number().nullable().meta({
      description: 'Revenue less budget in US dollars; null unless both are known in US dollars',
      example: 12_000_000,
    }),
  })
  .extend({ poster: PosterDigest })
  .meta({ id: 'ListedMovie' });
export type ListedMovie = z.infer<typeof ListedMovie>;

export const ListedMoviePage = listPage(ListedMovie).meta({ id: 'ListedMoviePage' });

const MAX_MONEY = 1_000_000_000_000;
const money = wholeNumber(0, MAX_MONEY);
const profit = wholeNumber(-MAX_MONEY, MAX_MONEY);

/** Comma-separated words, without duplicates. */
const words = text(500)
  .transform((value) => [
    ...new Set(
      value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    ),
  ])
  .refine((given) => given.length > 0, 'expected at least one word');

const SOURCE_RATING =
  /^(?<source>[a-z0-9][a-z0-9-]*)(?:\/(?<name>[^:,]+))?:(?<from>-?\d+(?:\.\d+)?)?\.\.(?<to>-?\d+(?:\.\d+)?)?$/u;

/** Bounds of a rating that a source gives, on the scale of the source. */
export interface SourceRatingRange {
  readonly source: string;
  /** Of any name if it is null. */
  readonly name: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

const sourceRatings = text(500).transform((given, context): SourceRatingRange[] =>
  given.split(',').flatMap((part) => {
    const groups = SOURCE_RATING.exec(part.trim())?.groups;
    if (groups === undefined || (groups['from'] ?? groups['to']) === undefined) {
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(part)}: expected a source and bounds, such as rotten-tomatoes:80.. or rotten-tomatoes/tomatometer:60..80`,
      });
      return [];
    }
    const number = (bound: string | undefined) => (bound === undefined ? null : Number(bound));
    return [
      {
        source: groups['source'] ?? '',
        name: groups['name'] ?? null,
        from: number(groups['from']),
        to: number(groups['to']),
      },
    ];
  }),
);

/** What movies are filtered by within bounds: the type of a bound, what it bounds, and an example. */
const BOUNDS = {
  year: [year, 'a year', 1970, 1979],
  runtimeMinutes: [count, 'a length in minutes', 60, 120],
  rating: [rating, 'a combined rating', 7.5, 9],
  votes: [count, 'a number of votes in the combined rating', 1000, 50_000],
  critics: [rating, 'a combined rating by critics, from 0 to 10,', 6, 10],
  audience: [rating, 'a combined rating by the audience, from 0 to 10,', 6, 10],
  budget: [money, 'a budget in US dollars', 1_000_000, 50_000_000],
  revenue: [money, 'a revenue in US dollars', 1_000_000, 900_000_000],
  profit: [profit, 'a revenue less budget in US dollars', 0, 900_000_000],
  performance: [rating, 'a rating of the performance', 5, 10],
  soundtrack: [rating, 'a rating of the soundtrack', 5, 10],
  screenplay: [rating, 'a rating of the screenplay', 5, 10],
} as const satisfies Record<string, readonly [z.ZodType<number>, string, number, number]>;
export type MovieRange = keyof typeof BOUNDS;

/** The filters by numbers: each takes a lower bound, …From, and an upper one, …To. */
export const MOVIE_RANGES = Object.keys(BOUNDS) as MovieRange[];

const RANGES = Object.fromEntries(
  MOVIE_RANGES.flatMap((name): [string, z.ZodOptional<z.ZodType<number>>][] => {
    const [bound, what, low, high] = BOUNDS[name];
    const least = `Only movies with ${what} of at least this`;
    const most = `Only movies with ${what} of at most this`;
    return [
      [`${name}From`, bound.optional().meta({ description: least, example: low })],
      [`${name}To`, bound.optional().meta({ description: most, example: high })],
    ];
  }),
) as Record<`${MovieRange}${'From' | 'To'}`, z.ZodOptional<z.ZodType<number>>>;

export const MOVIE_SORTS = [
  'relevance',
  'votes',
  'rating',
  'year',
  'title',
  'runtime',
  'budget',
  'revenue',
  'profit',
  'id',
] as const;
export type MovieSort = (typeof MOVIE_SORTS)[number];

/** Parameters of `GET /movies`; unknown ones are rejected. */
export const FindMoviesQuery = z
  .strictObject({
    q: searchText().optional().meta({
      description: 'Words of a name of the movie, in any language, or its id',
      example: 'the long winter',
    }),
    type: words.optional().meta({
      description: 'Only movies of one of these types, comma-separated',
      example: 'movie,tvSeries',
    }),
    genre: words.optional().meta({
      description: 'Only movies with all of these genres, comma-separated',
      example: 'Drama,History',
    }),
    genreAny: words.optional().meta({
      description: 'Only movies with at least one of these genres, comma-separated',
      example: 'Comedy,Romance',
    }),
    genreNone: words.optional().meta({
      description: 'Only movies with none of these genres, comma-separated',
      example: 'Horror',
    }),
    country: words.optional().meta({
      description: 'Only movies produced in one of these countries, comma-separated',
      example: 'DE,AT',
    }),
    language: words.optional().meta({
      description: 'Only movies in which one of these languages is spoken, comma-separated',
      example: 'de',
    }),
    company: words.optional().meta({
      description: 'Only movies of one of these companies, by id, comma-separated',
      example: 'tmdb:3',
    }),
    source: words.optional().meta({
      description: 'Only movies that all of these sources tell of, comma-separated',
      example: 'imdb,rotten-tomatoes',
    }),
    sourceRating: sourceRatings.optional().meta({
      description:
        'Only movies that a source rates so, on its own scale: source:from..to or source/name:from..to, comma-separated',
      example: 'rotten-tomatoes:80..',
    }),
    person: TITLE_FILTERS.person.meta({
      description:
        'Only movies with a credit of this person: IMDb’s credits, or those of the sources where IMDb does not know the movie',
      example: 'nm0000001',
    }),
    role: TITLE_FILTERS.role,
    watched: flag.optional().meta({
      description: 'true: only watched movies of your library; false: only those not watched',
      example: 'false',
    }),
    isAdult: flag
      .optional()
      .meta({ description: 'true: only adult movies; false: no adult movies', example: 'false' }),
    ...RANGES,
    sort: z
      .enum(MOVIE_SORTS, `expected one of ${MOVIE_SORTS.join(', ')}`)
      .optional()
      .meta({
        description:
          'Sort key. Default: relevance with `q`, votes without. Unknown values come last',
        example: 'revenue',
      }),
    order: order.optional().meta({
      description:
        'Lowest first (asc) or highest first (desc). Default: asc for title and id, desc for all others',
      example: 'desc',
    }),
    ...listParameters(keysOf(ListedMovie)),
  })
  .superRefine(inOrder(...MOVIE_RANGES.map((name) => [`${name}From`, `${name}To`] as const)))
  .refine(hasPersonForRole, ROLE_WITHOUT_PERSON)
  .refine(({ sort, q }) => sort !== 'relevance' || q !== undefined, {
    error: 'expected together with q',
    path: ['sort'],
  });
export type FindMoviesQuery = z.infer<typeof FindMoviesQuery>;
