import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { wholeNumber } from './parameter.ts';
import { DeliverQuery, deliveryError, SourceId } from './sources.ts';

const EXAMPLE_TIME = '2026-08-15T06:15:00Z';

/** The states of what was delivered to any source. */
export const ARRIVAL_STATES = [
  'waiting',
  'received',
  'taken',
  'failed',
  'withdrawn',
  'superseded',
] as const;

/** A file that came to any source, or that a provider has announced. */
export const AnyDelivery = z
  .object({
    id: z.int().meta({ description: 'Its id, unique among all sources', example: 7 }),
    url: z.string().meta({
      description: 'Path of the delivery at its source; of a file that became none, its own',
      example: '/sources/movielens/deliveries/7',
    }),
    source: z.string().nullable().meta({
      description: 'Id of the source; imdb: IMDb’s datasets; null if it is not known',
      example: 'movielens',
    }),
    name: z.string().meta({ description: 'Name of the file', example: 'movies.csv' }),
    place: z.string().nullable().meta({
      description: 'Where a provider has announced it; null if it came by another way',
      example: 's3://incoming/studio/movies.csv',
    }),
    bytes: z.int().nullable().meta({
      description: 'Size of the file; null if it is not known',
      example: 494_431,
    }),
    receivedAt: z.iso
      .datetime()
      .meta({ description: 'Time at which it came', example: EXAMPLE_TIME }),
    receivedBy: z.string().nullable().meta({
      description: 'The key or provider that delivered it; null for a message of nobody known',
      example: 'the studio',
    }),
    state: z.enum(ARRIVAL_STATES).meta({
      description:
        'waiting: it cannot be read yet, or is to be retried; received: not read yet, or its run goes on; taken: it was used; failed: see error; withdrawn: somebody took it back; superseded: a newer version was taken before it',
      example: 'failed',
    }),
    attempts: z.int().meta({
      description: 'How often it could not be read so far',
      example: 0,
    }),
    run: z.string().nullable().meta({
      description: 'Path of the run that loads it; null for files of other sources than IMDb',
      example: null,
    }),
    error: deliveryError.nullable().meta({
      description: 'Why it failed, or what it waits for; null for neither',
    }),
  })
  .meta({ id: 'AnyDelivery' });
export type AnyDelivery = z.infer<typeof AnyDelivery>;

/** Parameters of `GET /deliveries`. */
export const AnyDeliveryQuery = z.strictObject({
  state: z
    .enum(ARRIVAL_STATES, `expected ${ARRIVAL_STATES.join(', ')}`)
    .optional()
    .meta({ description: 'Only those in this state', example: 'failed' }),
  ...listParameters(keysOf(AnyDelivery)),
});
export type AnyDeliveryQuery = z.infer<typeof AnyDeliveryQuery>;

/** Response of `GET /deliveries`. */
export const AnyDeliveryPage = listPage(AnyDelivery).meta({ id: 'AnyDeliveryPage' });

export const AnyDeliveryPath = z.object({
  delivery: wholeNumber(1, 2 ** 31 - 1).meta({
    description: 'Id of a delivery, from GET /deliveries',
    example: 7,
  }),
});
export type AnyDeliveryPath = z.infer<typeof AnyDeliveryPath>;

/** Parameters of `POST /deliveries`. */
export const DeliverAnyQuery = DeliverQuery.extend({
  source: SourceId.optional().meta({
    description: 'Id of the source. Default: the one of the key, if it is a key of a source',
    example: 'movielens',
  }),
});
export type DeliverAnyQuery = z.infer<typeof DeliverAnyQuery>;
