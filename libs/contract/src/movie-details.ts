import { z } from 'zod';
import { keysOf } from './lists.ts';
import {
  FieldProvenance,
  MERGED_FIELDS,
  Movie,
  MovieId,
  Provenance,
  RequestedMovieId,
  type MergedField,
} from './movies.ts';
import { PosterDigest } from './pictures.ts';
import { subsetOf, text } from './parameter.ts';
import { C_RATING_PARTS, SourceRating, SourceRecord, type CRatingPart } from './source-record.ts';

/** The id in the path of `GET /movies/{id}`. */
export const MoviePath = z.object({ id: RequestedMovieId });
export type MoviePath = z.infer<typeof MoviePath>;

/** Field names of a movie. */
export const MOVIE_FIELDS = keysOf(Movie);

/** Parameters of `GET /movies/{id}`; unknown ones are rejected. */
export const MovieOptions = z.strictObject({
  include: subsetOf(['provenance', 'poster'], 'part').default([]).meta({
    description:
      'provenance: where the value of each field comes from, and which values lost; poster: its poster',
    example: 'provenance',
  }),
  fields: subsetOf(MOVIE_FIELDS, 'field')
    .optional()
    .meta({
      description: `Only these fields, comma-separated: ${MOVIE_FIELDS.join(', ')}. Provenance is of these fields too`,
      example: 'id,title,revenue',
    }),
});
export type MovieOptions = z.infer<typeof MovieOptions>;

/** Response of `GET /movies/{id}`. */
export const MovieAnswer = Movie.partial()
  .extend({
    provenance: Provenance.optional().meta({
      description: 'For each field where its value comes from, with `include=provenance`',
      example: {
        title: {
          rule: 'priority',
          at: '2026-08-15T06:15:00Z',
          from: [{ source: 'imdb', record: 'tt0000001', delivery: null }],
          by: null,
          lost: [],
        },
      },
    }),
    poster: PosterDigest.optional(),
  })
  .meta({ id: 'MovieAnswer', description: 'All fields, or those listed in `fields`' });
export type MovieAnswer = z.infer<typeof MovieAnswer>;

/** Why a field of a movie has its value. */
export const FieldExplanation = FieldProvenance.extend({
  field: z.enum(MERGED_FIELDS).meta({ description: 'Name of the field', example: 'year' }),
  value: z.unknown().meta({ description: 'Its value; null if it is empty', example: 1999 }),
  text: z.string().meta({
    description: 'The same in a sentence',
    example:
      'year: 1999, by the rule priority (the first in the order of sources), from imdb tt0000001 since 2026-08-15. Not chosen: movielens 1 has 1998.',
  }),
}).meta({ id: 'FieldExplanation' });
export type FieldExplanation = z.infer<typeof FieldExplanation>;

/** Response of `GET /movies/{id}/explain`. */
export const MovieExplanation = z
  .object({
    id: MovieId,
    title: Movie.shape.title,
    year: Movie.shape.year,
    sources: Movie.shape.sources,
    version: Movie.shape.version,
    fields: z
      .array(FieldExplanation)
      .meta({ description: 'Each field that has a value, or an empty one of a lock' }),
  })
  .meta({ id: 'MovieExplanation' });
export type MovieExplanation = z.infer<typeof MovieExplanation>;

/** The movie and the field in the path of a lock. */
export const LockPath = z.object({
  id: RequestedMovieId,
  field: z
    .enum(MERGED_FIELDS, `expected one of ${MERGED_FIELDS.join(', ')}`)
    .meta({ description: 'Name of the field', example: 'title' }),
});
export type LockPath = z.infer<typeof LockPath>;

/** Body of `PUT /movies/{id}/locks/{field}`. */
export const LockRequest = z
  .strictObject({
    value: z.unknown().optional().meta({
      description: 'The value, in the shape that the field has in a movie; null: empty',
      example: 'The Comet',
    }),
    note: text(1000)
      .nullable()
      .default(null)
      .meta({ description: 'Why, for other people', example: 'as on the poster' }),
  })
  .refine((body) => body.value !== undefined, {
    error: 'expected a value; null sets the field to empty',
    path: ['value'],
  })
  .meta({ id: 'LockRequest', example: { value: 'The Comet', note: 'as on the poster' } });
export type LockRequest = z.infer<typeof LockRequest>;

/** A value that a person has set. */
export const Lock = z
  .object({
    movie: MovieId,
    field: z.enum(MERGED_FIELDS).meta({ description: 'Name of the field', example: 'title' }),
    value: z.unknown().meta({ description: 'The value; null: empty', example: 'The Comet' }),
    note: z
      .string()
      .nullable()
      .meta({ description: 'Why; null without a note', example: 'as on the poster' }),
    lockedAt: z.iso
      .datetime()
      .meta({ description: 'When it was set', example: '2026-08-15T06:15:00Z' }),
    lockedBy: z.string().meta({ description: 'Who has set it', example: 'ada' }),
  })
  .meta({ id: 'Lock' });
export type Lock = z.infer<typeof Lock>;

/** Response of `GET /movies/{id}/locks`. */
export const LockList = z
  .object({ items: z.array(Lock).meta({ description: 'The locks of the movie, by field' }) })
  .meta({ id: 'LockList' });
export type LockList = z.infer<typeof LockList>;

const votes = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);
const cRating = z.object({ value: z.number().min(0).max(10), voices: votes }).nullable();

/**
 * The value of a field, as narrow as in records of sources: a value that PostgreSQL cannot store
 * would keep the movie from being merged.
 */
const LOCK_VALUES = {
  ...SourceRecord.shape,
  releaseDate: z.iso
    .date()
    .regex(/^(1[89]|2[01])/u, 'expected a date from 1800 to 2199, such as 1999-03-31'),
  homepage: z.url({ protocol: /^https?$/u, error: 'expected a URL with http or https' }).max(2000),
  ids: z.record(z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1)),
  ratings: z.array(
    SourceRating.extend({
      source: z.string().min(1).max(50),
      votes: votes.nullable(),
    }),
  ),
  rating: z.object({ value: z.number().min(0).max(10), votes }),
  cRatings: z.object(
    Object.fromEntries(C_RATING_PARTS.map((part) => [part, cRating])) as Record<
      CRatingPart,
      typeof cRating
    >,
  ),
} satisfies Record<MergedField, z.ZodType>;

/** The schema of the value of a lock: that of the field, or null for an empty one. */
export function lockValueOf(field: MergedField): z.ZodType {
  return LOCK_VALUES[field].nullable();
}
