import { z } from 'zod';
import { keysOf, listParameters } from './lists.ts';
import { requestedIds, RequestedTitleId, rowSchema } from './row.ts';

/** Maximum number of ids in the URL of `GET /ratings`. */
export const MAX_RATING_IDS = 250;
/** Maximum number of ids in the body of `POST /ratings`. */
export const MAX_RATING_LINES = 10_000;

const { averageRating, numVotes } = rowSchema('title.ratings').shape;

/** The rating of a requested id. */
export const RatingOfId = z
  .object({
    tconst: z.string().meta({
      description:
        'The id in the form of the files; a text that is not the id of a title, as requested, in lower case',
      example: 'tt0000001',
    }),
    state: z.enum(['rated', 'unrated', 'missing', 'invalid']).meta({
      description:
        'rated; unrated: the title has no votes; missing: no title has this id; invalid: it is not the id of a title',
      example: 'rated',
    }),
    averageRating: averageRating.meta({
      description: 'Average of the votes; null unless it is rated',
      example: 7.6,
    }),
    numVotes: numVotes.meta({
      description: 'Number of votes; null unless it is rated',
      example: 2345,
    }),
  })
  .meta({ id: 'RatingOfId' });
export type RatingOfId = z.infer<typeof RatingOfId>;

/** Field names of a rating. */
export const RATING_FIELDS = keysOf(RatingOfId);

const { format, csv } = listParameters(RATING_FIELDS);

/** Parameters of `GET /ratings`; unknown ones are rejected. */
export const RatingsQuery = z.strictObject({
  id: requestedIds(RequestedTitleId, {
    max: MAX_RATING_IDS,
    tooMany: '; POST /ratings takes more',
  }).meta({
    description: `Ids of titles, in any case, or addresses at imdb.com: up to ${MAX_RATING_IDS}, as repeated parameters or separated by commas`,
    example: ['tt0000001', 'tt0000002'],
  }),
  format: format.meta({
    description: 'Format of the response. The Accept header works too',
    example: 'json',
  }),
  csv,
});
export type RatingsQuery = z.infer<typeof RatingsQuery>;

/** Response of `GET /ratings`. */
export const RatingList = z
  .object({
    items: z.array(RatingOfId).meta({
      description: 'One for each requested id, in the same order; a repeated id comes as often',
    }),
  })
  .meta({ id: 'RatingList' });
export type RatingList = z.infer<typeof RatingList>;

/** Parameters of `POST /ratings`; unknown ones are rejected. */
export const RatingStreamQuery = z.strictObject({
  format: z.enum(['ndjson', 'csv'], 'expected ndjson or csv').default('ndjson').meta({
    description: 'Format of the response',
    example: 'ndjson',
  }),
  csv,
});
export type RatingStreamQuery = z.infer<typeof RatingStreamQuery>;

/** Body of `POST /ratings`; NDJSON becomes the same. */
export const RatingRequest = z
  .strictObject({
    ids: z
      .array(z.string('expected an id').max(100, 'expected at most 100 characters'))
      .min(1, 'expected at least one id')
      .max(MAX_RATING_LINES, `expected at most ${MAX_RATING_LINES} ids`)
      .meta({
        description: `Up to ${MAX_RATING_LINES} ids of titles, in any case. Invalid ones are answered as such`,
        example: ['tt0000001', 'tt0000002'],
      }),
  })
  .meta({ id: 'RatingRequest' });
export type RatingRequest = z.infer<typeof RatingRequest>;
