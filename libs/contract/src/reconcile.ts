import { z } from 'zod';
import { NameId } from './row.ts';
import { MovieId } from './movies.ts';
import { text, wholeNumber } from './parameter.ts';

/** Queries of a batch that clients are asked to keep to. */
export const RECONCILE_BATCH_SIZE = 50;
/** Queries of a batch, and ids of an extension, that are answered at most. */
export const MAX_RECONCILE_QUERIES = 500;

/** Kinds of things that a suggest service suggests. */
export const SUGGEST_KINDS = ['entity', 'type', 'property'] as const;
export type SuggestKind = (typeof SUGGEST_KINDS)[number];

const propertyValue = z.union(
  [
    z.string().max(1000),
    z.number(),
    z.boolean(),
    z.object({ id: z.string().max(100), name: z.string().max(1000).optional() }),
  ],
  'expected a text, a number, true, false, or an object with an id',
);
export type ReconcileValue = z.infer<typeof propertyValue>;

/** A reconciliation query: a name, properties, or both. */
export const ReconcileQuery = z
  .strictObject({
    query: z.string().max(1000, 'expected at most 1000 characters').optional(),
    type: z
      .union([z.string(), z.array(z.string()).max(20)], 'expected a type, or a list of types')
      .transform((type) => [type].flat())
      .optional(),
    limit: z.number().positive('expected a positive number').optional(),
    properties: z
      .array(
        z.strictObject({
          pid: z.string().max(100),
          v: z
            .union([propertyValue, z.array(propertyValue).max(100)])
            .transform((value): ReconcileValue[] => (Array.isArray(value) ? value : [value])),
        }),
      )
      .max(50)
      .optional(),
    type_strict: z.enum(['any', 'should', 'all']).optional(),
  })
  .refine(
    ({ query = '', properties = [] }) => query.trim() !== '' || properties.length > 0,
    'expected a query or properties',
  );
export type ReconcileQuery = z.infer<typeof ReconcileQuery>;

const ReconcileBatch = z
  .record(z.string().max(100), ReconcileQuery)
  .refine(
    (batch) => Object.keys(batch).length <= MAX_RECONCILE_QUERIES,
    `expected at most ${MAX_RECONCILE_QUERIES} queries`,
  );

const ExtendQuery = z.object({
  ids: z
    .array(z.string().max(100))
    .max(MAX_RECONCILE_QUERIES, `expected at most ${MAX_RECONCILE_QUERIES} ids`),
  properties: z.array(z.object({ id: z.string().max(100) })).max(100),
});
export type ExtendQuery = z.infer<typeof ExtendQuery>;

/** A parameter or form field with a JSON document of a schema. */
function jsonOf<S extends z.ZodType>(schema: S) {
  return z
    .string('expected a JSON document')
    .transform((given, context): unknown => {
      try {
        return JSON.parse(given);
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a JSON document' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** Parameters of `GET /reconcile`, and fields of the form of `POST /reconcile`; others are ignored. */
export const ReconcileRequest = z.object({
  queries: jsonOf(ReconcileBatch)
    .optional()
    .meta({
      description: `A batch of up to ${MAX_RECONCILE_QUERIES} queries by names of your own, as JSON`,
      example: '{"q0":{"query":"The Comet Affair","type":"movie","limit":3}}',
    }),
  extend: jsonOf(ExtendQuery).optional().meta({
    description: 'Ids, and the properties that are wanted of them, as JSON',
    example: '{"ids":["tt0000001"],"properties":[{"id":"year"}]}',
  }),
  key: z
    .string()
    .optional()
    .meta({ description: 'An API key, for clients that send no headers', example: 'mq_0123' }),
});
export type ReconcileRequest = z.infer<typeof ReconcileRequest>;

/** A type or property. */
const Named = z.object({
  id: z.string().meta({ description: 'Its id', example: 'movie' }),
  name: z.string().meta({ description: 'Its name', example: 'Film' }),
});

const ReconcileType = Named.extend({
  broader: z.array(Named).optional().meta({ description: 'Types that contain it' }),
});
export type ReconcileType = z.infer<typeof ReconcileType>;

const service = z.object({
  service_url: z
    .string()
    .meta({ description: 'Base URL', example: 'http://127.0.0.1:3000/reconcile' }),
  service_path: z.string().meta({ description: 'Path after it', example: '/suggest/entity' }),
  flyout_service_url: z
    .string()
    .optional()
    .meta({ description: 'Base URL', example: 'http://127.0.0.1:3000/reconcile' }),
  flyout_service_path: z
    .string()
    .optional()
    .meta({ description: 'Path after it', example: '/flyout/entity?id=${id}' }),
});

const view = z.object({
  url: z.string().meta({
    description: 'Address with `{{id}}`',
    example: 'http://127.0.0.1:3000/reconcile/view?id={{id}}',
  }),
});

/** Response of `GET /reconcile` without parameters: what the service offers. */
export const ReconcileManifest = z
  .object({
    versions: z.array(z.string()).meta({ description: 'Versions of the API', example: ['0.2'] }),
    name: z.string().meta({ description: 'Name of the service', example: 'marquee' }),
    identifierSpace: z
      .string()
      .meta({ description: 'Whose ids they are', example: 'https://www.imdb.com/' }),
    schemaSpace: z
      .string()
      .meta({ description: 'What they are ids of', example: 'https://schema.org/Thing' }),
    documentation: z
      .string()
      .meta({ description: 'Documentation', example: 'http://127.0.0.1:3000/docs' }),
    serviceVersion: z.string().meta({ description: 'Version of marquee', example: '0.1.0' }),
    batchSize: z.int().meta({ description: 'Queries of a batch', example: RECONCILE_BATCH_SIZE }),
    defaultTypes: z.array(ReconcileType).meta({ description: 'Types to begin with' }),
    view: view.meta({ description: 'Where an entity is shown' }),
    preview: view
      .extend({
        width: z.int().meta({ description: 'Width in pixels', example: 430 }),
        height: z.int().meta({ description: 'Height in pixels', example: 200 }),
      })
      .meta({ description: 'Where a small page about an entity is' }),
    suggest: z
      .object({
        entity: service.meta({ description: 'Movies and people' }),
        type: service.meta({ description: 'Types' }),
        property: service.meta({ description: 'Properties' }),
      })
      .meta({ description: 'Where suggestions are' }),
    extend: z
      .object({
        propose_properties: service.meta({ description: 'Properties of a type' }),
        property_settings: z.array(z.never()).meta({ description: 'None' }),
      })
      .meta({ description: 'Properties that can be fetched' }),
  })
  .meta({ id: 'ReconcileManifest' });
export type ReconcileManifest = z.infer<typeof ReconcileManifest>;

const EntityId = z
  .union([MovieId, NameId])
  .meta({ description: 'Id of a movie or a person', example: 'tt0000001' });

/** A candidate of a reconciliation query. */
export const ReconcileCandidate = z
  .object({
    id: EntityId,
    name: z.string().meta({ description: 'Its title or name', example: 'The Comet Affair' }),
    description: z.string().meta({ description: 'What it is', example: 'Film · 2013 · Drama' }),
    type: z.array(Named).meta({ description: 'Its types' }),
    score: z.number().meta({ description: '0 to 100', example: 98.5 }),
    features: z
      .array(
        z.object({
          id: z.string().meta({ description: 'Which part of the score', example: 'similarity' }),
          value: z.union([z.number(), z.boolean()]).meta({ description: 'Its value', example: 1 }),
        }),
      )
      .meta({ description: 'What the score is made of' }),
    match: z.boolean().meta({ description: 'Whether it is the one without doubt', example: true }),
  })
  .meta({ id: 'ReconcileCandidate' });
export type ReconcileCandidate = z.infer<typeof ReconcileCandidate>;

/** Response to a batch of queries: the candidates of each, best first. */
export const ReconcileResults = z
  .record(
    z.string(),
    z.object({
      result: z.array(ReconcileCandidate).meta({ description: 'Candidates, the best first' }),
    }),
  )
  .meta({ id: 'ReconcileResults' });
export type ReconcileResults = z.infer<typeof ReconcileResults>;

/** A value of a property: an entity, or a text, a number or a time. */
export const ExtendedValue = z.union([
  z.strictObject({
    id: z.string().meta({ description: 'Id of the entity', example: 'nm0000001' }),
    name: z.string().meta({ description: 'Its name', example: 'Ada Example' }),
  }),
  z.strictObject({ str: z.string().meta({ description: 'A text', example: 'Drama' }) }),
  z.strictObject({ float: z.number().meta({ description: 'A number', example: 7.7 }) }),
  z.strictObject({ int: z.int().meta({ description: 'A whole number', example: 2013 }) }),
  z.strictObject({
    date: z.iso.datetime().meta({ description: 'A time', example: '2013-05-03T00:00:00Z' }),
  }),
]);
export type ExtendedValue = z.infer<typeof ExtendedValue>;

/** Response to a data extension query. */
export const ExtendResponse = z
  .object({
    meta: z
      .array(
        Named.extend({
          type: Named.optional().meta({ description: 'Type of its values, if these are entities' }),
        }),
      )
      .meta({ description: 'The properties, in the requested order' }),
    rows: z.record(z.string(), z.record(z.string(), z.array(ExtendedValue))).meta({
      description: 'The values, by id and by property',
      example: { tt0000001: { year: [{ int: 2013 }] } },
    }),
  })
  .meta({ id: 'ExtendResponse' });
export type ExtendResponse = z.infer<typeof ExtendResponse>;

/** Which suggest service. */
export const SuggestPath = z.strictObject({
  kind: z
    .enum(SUGGEST_KINDS, `expected ${SUGGEST_KINDS.join(', ')}`)
    .meta({ description: 'What to suggest', example: 'entity' }),
});
export type SuggestPath = z.infer<typeof SuggestPath>;

/** Parameters of `GET /reconcile/suggest/{kind}`; others are ignored. */
export const SuggestRequest = z.object({
  prefix: text(200).meta({ description: 'Text typed so far, or an id', example: 'wint' }),
  cursor: wholeNumber(0, 100)
    .default(0)
    .meta({ description: 'How many suggestions to skip', example: 0 }),
  key: ReconcileRequest.shape.key,
});
export type SuggestRequest = z.infer<typeof SuggestRequest>;

/** Response of `GET /reconcile/suggest/{kind}`. */
export const ReconcileSuggestions = z
  .object({
    result: z
      .array(
        ReconcileType.extend({
          description: z
            .string()
            .optional()
            .meta({ description: 'What it is', example: 'Film · 1977' }),
          notable: z.array(Named).optional().meta({ description: 'Its types' }),
        }),
      )
      .meta({ description: 'Suggestions, the best first' }),
  })
  .meta({ id: 'ReconcileSuggestions' });
export type ReconcileSuggestions = z.infer<typeof ReconcileSuggestions>;

/** Parameters of `GET /reconcile/preview` and `GET /reconcile/view`. */
export const EntityRequest = z.object({
  id: text(100).meta({ description: 'Id of a movie or a person', example: 'tt0000001' }),
  key: ReconcileRequest.shape.key,
});
export type EntityRequest = z.infer<typeof EntityRequest>;

/** Response of `GET /reconcile/flyout/{kind}`. */
export const Flyout = z
  .object({
    id: z.string().meta({ description: 'The requested id', example: 'tt0000001' }),
    html: z.string().meta({
      description: 'A small text about it, as HTML',
      example: '<p>The Comet Affair</p>',
    }),
  })
  .meta({ id: 'Flyout' });
export type Flyout = z.infer<typeof Flyout>;

/** Parameters of `GET /reconcile/properties`; others are ignored. */
export const ProposalRequest = z.object({
  type: text(100).optional().meta({ description: 'A type', example: 'movie' }),
  limit: wholeNumber(1, 1000)
    .optional()
    .meta({ description: 'Maximum number of properties', example: 20 }),
  key: ReconcileRequest.shape.key,
});
export type ProposalRequest = z.infer<typeof ProposalRequest>;

/** Response of `GET /reconcile/properties`. */
export const ProposedProperties = z
  .object({
    type: z.string().meta({ description: 'The requested type', example: 'movie' }),
    limit: z.int().optional().meta({ description: 'The requested limit', example: 20 }),
    properties: z.array(Named).meta({ description: 'Properties that can be fetched' }),
  })
  .meta({ id: 'ProposedProperties' });
export type ProposedProperties = z.infer<typeof ProposedProperties>;
