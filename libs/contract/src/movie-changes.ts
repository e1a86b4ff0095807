import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { Movie, MovieId, RequestedMovieId } from './movies.ts';
import { text, wholeNumber } from './parameter.ts';

const document = (what: string) =>
  Movie.nullable().meta({ description: `The movie ${what}; null where there was, or is, none` });

/** What one merge has changed of one movie. */
export const MovieChange = z
  .object({
    cursor: z.string().meta({
      description: 'Pass it as `since` to get the entries after this one',
      example: 'bW92aWU6MTc',
    }),
    movie: MovieId,
    version: z.int().meta({ description: 'The version that it has made', example: 3 }),
    changedAt: z.iso
      .datetime()
      .meta({ description: 'Time of the merge', example: '2026-08-15T06:15:00Z' }),
    fields: z
      .array(z.string())
      .meta({ description: 'Names of the changed fields', example: ['title', 'year'] }),
    cause: z.unknown().meta({ description: 'What led to it', example: { kind: 'lock' } }),
    before: document('before the change'),
    after: document('after the change'),
  })
  .meta({ id: 'MovieChange' });
export type MovieChange = z.infer<typeof MovieChange>;

/** Field names of an entry. */
export const MOVIE_CHANGE_FIELDS = keysOf(MovieChange);

/** Default page size of the feed of movies, in entries. */
export const DEFAULT_MOVIE_CHANGES = 100;

const { fields, format, csv, after } = listParameters(MOVIE_CHANGE_FIELDS);

/** Parameters of `GET /movies/changes`; unknown ones are rejected. */
export const MovieChangeQuery = z.strictObject({
  since: text(100).optional().meta({
    description:
      'Return only entries after this point: a cursor from an earlier response, a time, or `now` to get a first cursor. Default: all retained entries. Only cursors are exact',
    example: '2026-08-15T00:00:00Z',
  }),
  movie: RequestedMovieId.optional().meta({
    description: 'Only changes of this movie',
    example: 'tt0000001',
  }),
  limit: wholeNumber(1, 1000)
    .optional()
    .meta({
      description: `Maximum number of entries. Default: ${DEFAULT_MOVIE_CHANGES}; in a stream: all`,
      example: DEFAULT_MOVIE_CHANGES,
    }),
  fields,
  format,
  csv,
});
export type MovieChangeQuery = z.infer<typeof MovieChangeQuery>;

/** Response of `GET /movies/changes`. */
export const MovieChangePage = z
  .object({
    items: z
      .array(MovieChange.partial().meta({ description: 'All fields, or those listed in `fields`' }))
      .meta({ description: 'The changes, in their order' }),
    next: z.string().nullable().meta({
      description: 'Pass it as `since` to get the next page; null if there are no more entries yet',
      example: 'bW92aWU6MTc',
    }),
    cursor: z.string().meta({
      description:
        'Like `next`, but never null: store it and pass it later as `since` to get everything changed in between',
      example: 'bW92aWU6MTc',
    }),
  })
  .meta({ id: 'MovieChangePage' });
export type MovieChangePage = z.infer<typeof MovieChangePage>;

/** Parameters of `GET /movies/{id}/changes`; unknown ones are rejected. */
export const MovieHistoryQuery = z.strictObject({
  limit: wholeNumber(1, 200)
    .optional()
    .meta({ description: 'Maximum number of entries. Default: 20; in a stream: all', example: 20 }),
  after,
  fields,
  format,
  csv,
});
export type MovieHistoryQuery = z.infer<typeof MovieHistoryQuery>;

/** Response of `GET /movies/{id}/changes`. */
export const MovieHistoryPage = listPage(MovieChange).meta({ id: 'MovieHistoryPage' });

/** Body posted to a webhook after movies have changed. */
export const MovieUpdatedEvent = z
  .object({
    type: z.literal('movie.updated'),
    timestamp: z.iso.datetime().meta({ description: 'Time of the last of the changes' }),
    data: z.object({
      changes: z.int().meta({ description: 'Number of changes', example: 3 }),
      movies: z.int().meta({ description: 'Number of movies that have changed', example: 2 }),
      cursor: z
        .string()
        .meta({ description: 'Cursor of the feed of movies before the first of the changes' }),
      url: z.string().meta({
        description: 'URL of the changes from there on',
        example: '/movies/changes?since=bW92aWU6MTc',
      }),
    }),
  })
  .meta({ id: 'MovieUpdatedEvent' });
export type MovieUpdatedEvent = z.infer<typeof MovieUpdatedEvent>;
