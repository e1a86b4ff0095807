import { z } from 'zod';
import { imdbIdOf } from './imdb-id.ts';
import {
  C_RATING_PARTS,
  Money,
  MovieCompany,
  MovieName,
  MoviePerson,
  SourceRating,
} from './source-record.ts';

/** Id of a movie: IMDb's where it knows the movie, otherwise one of ours. */
export const MovieId = z
  .string()
  .regex(/^(tt\d{7,10}|mq\d{1,18})$/u, { error: ({ input }) => expected(input) })
  .meta({ description: 'Id of a movie: of IMDb, or ours', example: 'tt0000001' });

/** Id of a movie in a request: in any form that {@link imdbIdOf} recognises, or mq in any case. */
export const RequestedMovieId = z.preprocess(
  (given) =>
    typeof given === 'string'
      ? (imdbIdOf(given)?.id ?? given.trim().replace(/^mq(?=\d)/iu, 'mq'))
      : given,
  MovieId,
);

/** The fault of an id; for one of a person, also the route that answers it. */
function expected(given: unknown): string {
  const form =
    'expected the id of a movie: tt and 7 to 10 digits, or mq and up to 18, such as tt0000001 or mq1';
  const other = typeof given === 'string' ? imdbIdOf(given) : null;
  return other?.kind === 'name'
    ? `${other.id} is the id of a person: GET /names/${other.id}; ${form}`
    : form;
}

const cRating = z
  .object({
    value: z.number().meta({ description: '0 to 10, to one decimal', example: 7.4 }),
    voices: z.int().meta({ description: 'Number of voices in it', example: 3 }),
  })
  .nullable();

/** A movie, merged from all records that tell of it. */
export const Movie = z
  .object({
    id: MovieId,
    imdb: z
      .string()
      .nullable()
      .meta({ description: "IMDb's id; null if it does not know it", example: 'tt0000001' }),
    ids: z.record(z.string(), z.array(z.string())).meta({
      description: 'Its ids elsewhere, by who gives them',
      example: { imdb: ['tt0000001'], tmdb: ['862'] },
    }),
    title: z.string().nullable().meta({ description: 'Its title', example: 'The Comet' }),
    originalTitle: z
      .string()
      .nullable()
      .meta({ description: 'Its title in its own language', example: 'Der Komet' }),
    names: z.array(MovieName).meta({ description: 'Its names in all languages' }),
    type: z.string().nullable().meta({ description: "Type, in IMDb's words", example: 'movie' }),
    year: z
      .int()
      .nullable()
      .meta({ description: 'Year of release; of a series, its first', example: 1999 }),
    endYear: z.int().nullable().meta({ description: 'Last year of a series', example: null }),
    releaseDate: z.iso
      .date()
      .nullable()
      .meta({ description: 'Date of the first release', example: '1999-03-31' }),
    runtimeMinutes: z.int().nullable().meta({ description: 'Length in minutes', example: 104 }),
    isAdult: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether it is for adults only', example: false }),
    certificate: z.string().nullable().meta({ description: 'Age rating', example: 'PG-13' }),
    genres: z
      .array(z.string())
      .meta({ description: "Genres, in IMDb's words where it has one", example: ['Drama'] }),
    countries: z
      .array(z.string())
      .meta({ description: 'Countries of production by ISO 3166', example: ['US'] }),
    languages: z
      .array(z.string())
      .meta({ description: 'Spoken languages by ISO 639', example: ['en'] }),
    people: z.array(MoviePerson).meta({ description: 'Directors, writers, cast and others' }),
    companies: z.array(MovieCompany).meta({ description: 'Companies that have made it' }),
    budget: Money.nullable().meta({ description: 'What it cost' }),
    revenue: Money.nullable().meta({ description: 'What it earned, worldwide' }),
    overview: z
      .string()
      .nullable()
      .meta({ description: 'What it is about', example: 'A comet comes near.' }),
    tagline: z.string().nullable().meta({ description: 'Its slogan', example: 'Look up.' }),
    homepage: z
      .string()
      .nullable()
      .meta({ description: 'Its own page', example: 'https://comet.example.com/' }),
    ratings: z
      .array(
        SourceRating.extend({
          source: z.string().meta({ description: 'Id of the source', example: 'imdb' }),
        }),
      )
      .meta({ description: 'Ratings of all sources, each on its own scale' }),
    rating: z
      .object({
        value: z.number().meta({ description: '0 to 10, to one decimal', example: 7.7 }),
        votes: z.int().meta({ description: 'Number of votes in it', example: 5415 }),
      })
      .nullable()
      .meta({ description: 'All ratings combined; null if no source has any' }),
    cRatings: z
      .object(
        Object.fromEntries(
          C_RATING_PARTS.map((part) => [
            part,
            cRating.meta({
              description: `Rating of the ${part}; null where no source has any`,
              example: { value: 7.4, voices: 3 },
            }),
          ]),
        ) as Record<(typeof C_RATING_PARTS)[number], typeof cRating>,
      )
      .meta({ description: 'Ratings of its parts; null where no source has any' }),
    watched: z.boolean().nullable().meta({
      description: 'Whether the owner of this library has watched it; null if it is not in it',
      example: true,
    }),
    sources: z
      .array(z.string())
      .meta({ description: 'Ids of the sources that tell of it', example: ['imdb'] }),
    version: z
      .int()
      .meta({ description: 'Raised by each change; 0 if IMDb alone tells of it', example: 3 }),
    updatedAt: z.iso.datetime().nullable().meta({
      description: 'Time of the last change; null if IMDb alone tells of it',
      example: '2026-08-15T06:15:00Z',
    }),
  })
  .meta({ id: 'Movie' });
export type Movie = z.infer<typeof Movie>;

/** The fields of a movie that rules choose, and that people can lock. */
export const MERGED_FIELDS = [
  'title',
  'originalTitle',
  'names',
  'type',
  'year',
  'endYear',
  'releaseDate',
  'runtimeMinutes',
  'isAdult',
  'certificate',
  'genres',
  'countries',
  'languages',
  'people',
  'companies',
  'budget',
  'revenue',
  'overview',
  'tagline',
  'homepage',
  'ratings',
  'rating',
  'cRatings',
  'watched',
  'ids',
] as const satisfies readonly (keyof Movie)[];
export type MergedField = (typeof MERGED_FIELDS)[number];

/** Where the value of a field comes from. */
export const FieldProvenance = z
  .object({
    rule: z
      .string()
      .meta({ description: 'The rule that chose it; lock: a person set it', example: 'priority' }),
    at: z.iso.datetime().meta({
      description: 'Time of the delivery, or of the lock',
      example: '2026-08-15T06:15:00Z',
    }),
    from: z
      .array(
        z.object({
          source: z.string().meta({ description: 'Id of the source', example: 'imdb' }),
          record: z
            .string()
            .meta({ description: 'Id of the record at the source', example: 'tt0000001' }),
          delivery: z
            .string()
            .nullable()
            .meta({ description: 'Id of the delivery; for IMDb, of the run', example: '7' }),
        }),
      )
      .meta({ description: 'The records that it was made from; empty for a lock' }),
    by: z
      .string()
      .nullable()
      .meta({ description: 'Who set the lock; null without one', example: null }),
    lost: z
      .array(
        z.object({
          source: z.string().meta({ description: 'Id of the source', example: 'movielens' }),
          record: z.string().meta({ description: 'Id of the record at the source', example: '1' }),
          value: z.unknown().meta({ description: 'Its value', example: 1998 }),
        }),
      )
      .meta({ description: 'The values of other records, which were not chosen' }),
  })
  .meta({ id: 'FieldProvenance' });
export type FieldProvenance = z.infer<typeof FieldProvenance>;

/** Provenance of each field that has a value, or an empty one of a lock. */
export const Provenance = z.partialRecord(z.enum(MERGED_FIELDS), FieldProvenance);
export type Provenance = z.infer<typeof Provenance>;
