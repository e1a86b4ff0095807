import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { flag, subsetOf, text, wholeNumber } from './parameter.ts';
import { SourceRecord } from './source-record.ts';
import { SourceSchedule } from './source-schedule.ts';

const EXAMPLE_TIME = '2026-08-15T06:15:00Z';
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Id of a source. */
export const SourceId = z
  .string({ error: 'expected the id of a source, such as movielens' })
  .regex(
    /^[a-z][a-z\d-]{1,49}$/u,
    'expected the id of a source: lower-case letters, digits and hyphens, such as movielens',
  )
  .meta({ description: 'Id of a source', example: 'movielens' });

/** The states of a record after matching. */
export const MATCH_STATES = ['matched', 'doubtful', 'unmatched', 'conflict'] as const;
export type MatchState = (typeof MATCH_STATES)[number];

const share = z.object({
  records: z.int().meta({ description: 'Number of records', example: 9640 }),
  percent: z
    .number()
    .nullable()
    .meta({ description: 'Their share of all records; null if there are none', example: 98.95 }),
});

/** How many records are in each state. */
export const MatchCounts = z
  .object({
    matched: share.meta({ description: 'Another source tells of their movie too' }),
    doubtful: share.meta({ description: 'They have candidates, and a person has to decide' }),
    unmatched: share.meta({ description: 'No other source tells of their movie' }),
    conflict: share.meta({ description: 'Their ids contradict each other' }),
    waiting: z.int().meta({
      description:
        'Number of records that wait to be matched, or matched again; of a source, at most 100,000 are counted',
      example: 0,
    }),
  })
  .meta({ id: 'MatchCounts' });
export type MatchCounts = z.infer<typeof MatchCounts>;

/** The states of a delivery. */
export const DELIVERY_STATES = ['received', 'taken', 'failed', 'withdrawn'] as const;

/** What stops a delivery that looks like a part of a file, or like another one. */
export const DELIVERY_GATES = ['too-many-rejects', 'too-many-lost'] as const;
const ignoreGates = subsetOf(DELIVERY_GATES, 'gate')
  .optional()
  .meta({
    description: `Gates that the delivery may pass, comma-separated: ${DELIVERY_GATES.join(', ')}. Default: none`,
    example: 'too-many-rejects',
  });

/** Why a delivery failed. */
export const deliveryError = z.object({
  code: z.string().meta({ description: 'Stable code for programs', example: 'wrong-header' }),
  message: z.string().meta({
    description: 'What was found, where, and what was expected',
    example: 'movies.csv lacks the column title.',
  }),
  hint: z
    .string()
    .nullable()
    .meta({ description: 'What to do next', example: 'Deliver the file with its header.' }),
});

const deliveryId = z.int().meta({ description: 'Id of the delivery', example: 7 });
const count = (description: string, example: number) =>
  z
    .int()
    .nullable()
    .meta({ description: `${description}; null before it is taken`, example });

/** A file that was given to a source. */
export const Delivery = z
  .object({
    id: deliveryId,
    url: z
      .string()
      .meta({ description: 'Path of the delivery', example: '/sources/movielens/deliveries/7' }),
    source: SourceId,
    file: z.string().meta({
      description: 'Which file of the definition it is',
      example: 'movies',
    }),
    name: z.string().meta({ description: 'Name of the file as it came', example: 'movies.csv' }),
    sha256: z.string().meta({ description: 'SHA-256 of the file, in hex', example: SHA256 }),
    bytes: z.int().meta({ description: 'Size of the file', example: 494_431 }),
    receivedAt: z.iso
      .datetime()
      .meta({ description: 'Time at which it came', example: EXAMPLE_TIME }),
    receivedBy: z.string().meta({
      description: 'The key that delivered it, or the address without a key',
      example: 'the studio',
    }),
    state: z.enum(DELIVERY_STATES).meta({
      description:
        'received: not read yet; taken: its rows are records, or were until a later delivery; failed: see error; withdrawn: somebody took it back',
      example: 'taken',
    }),
    isCurrent: z.boolean().meta({
      description: 'Whether the records of the source are made from it now',
    }),
    rows: count('Number of rows in the file', 9742),
    records: count('Number of records in it', 9742),
    added: count('Number of records that it added', 12),
    changed: count('Number of records that it changed', 40),
    removed: count('Number of records that it no longer has', 1),
    rejects: count('Number of rows that could not be read', 0),
    matches: MatchCounts.nullable().meta({
      description: 'The records that it was the last to change, by state; null before it is taken',
    }),
    ignoreGates: z
      .array(z.enum(DELIVERY_GATES))
      .meta({ description: 'Gates that it may pass', example: [] }),
    error: deliveryError.nullable().meta({ description: 'Why it failed; null if it did not' }),
    takenAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which it was taken', example: EXAMPLE_TIME }),
    withdrawnAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which it was taken back', example: null }),
    withdrawnBy: z.string().nullable().meta({ description: 'Who took it back', example: null }),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof Delivery>;

/** A source: who tells of movies. */
export const Source = z
  .object({
    id: SourceId,
    name: z.string().meta({ description: 'Its name', example: 'MovieLens' }),
    url: z
      .string()
      .nullable()
      .meta({ description: 'Its own page', example: 'https://grouplens.org/datasets/movielens/' }),
    licence: z
      .object({
        name: z.string().meta({ description: 'Its name', example: 'GroupLens terms' }),
        url: z.string().nullable().meta({
          description: 'Where it is',
          example: 'https://grouplens.org/datasets/movielens/',
        }),
        republish: z.boolean().meta({ description: 'Whether the data may be published again' }),
      })
      .meta({ description: 'What may be done with its data' }),
    attribution: z.string().nullable().meta({
      description: 'What has to be shown where its data is',
      example: 'MovieLens, GroupLens, University of Minnesota',
    }),
    origin: z.enum(['published', 'shipped', 'folder', 'api']).meta({
      description:
        'published: IMDb’s tables; else where its definition is from: shipped with the program, a file in the folder of definitions, or added by PUT /sources/{id}',
      example: 'shipped',
    }),
    priority: z
      .int()
      .nullable()
      .meta({ description: 'Sources with a smaller number come first', example: 20 }),
    files: z
      .array(z.string())
      .meta({ description: 'The files that it delivers', example: ['movies', 'links'] }),
    records: z.int().meta({ description: 'Number of its records', example: 9742 }),
    matches: MatchCounts.meta({ description: 'How many of its records are in each state' }),
    rejects: z.int().meta({
      description: 'Number of rows that could not be read, of the deliveries in use',
      example: 0,
    }),
    lastDelivery: Delivery.nullable().meta({ description: 'The newest delivery of any file' }),
    updatedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time of the last change of its definition', example: EXAMPLE_TIME }),
  })
  .meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;

/** Response of `GET /sources`. */
export const SourceList = z
  .object({
    items: z.array(Source).meta({ description: 'All sources, the first in rank first' }),
    hasLocks: z.boolean().meta({
      description: 'Whether a field of any movie is locked',
      example: false,
    }),
    hasPictures: z.boolean().meta({
      description: 'Whether a picture of any movie or person has been uploaded',
      example: false,
    }),
  })
  .meta({ id: 'SourceList' });
export type SourceList = z.infer<typeof SourceList>;

/** A definition as it was written: `docs/sources.md` describes its form. */
const definition = z.record(z.string(), z.unknown()).nullable().meta({
  description: 'How its files are read; null for IMDb’s published tables',
  example: null,
});

/** Response of `GET /sources/{id}`. */
export const SourceDetails = Source.extend({
  definition,
  error: deliveryError.nullable().meta({
    description: 'Why its records do not follow its definition yet; null if they do',
  }),
  schedule: SourceSchedule.nullable().meta({
    description: 'What is fetched by schedule, and up to where; null if nothing is',
  }),
  current: z
    .array(Delivery)
    .meta({ description: 'The deliveries that its records are made from, one for each file' }),
}).meta({ id: 'SourceDetails' });
export type SourceDetails = z.infer<typeof SourceDetails>;

/**
 * The outline of a definition, for the description of the API: `libs/sources` has the whole schema,
 * and checks a definition by it.
 */
export const DefinitionOutline = z
  .looseObject({
    schema: z.literal(1).meta({ description: 'Version of the form of definitions', example: 1 }),
    id: SourceId,
    name: z.string().meta({ description: 'Name of the source', example: 'My ratings' }),
    licence: z
      .looseObject({
        name: z.string().meta({ description: 'Name of the licence', example: 'Private' }),
        republish: z.boolean().meta({ description: 'Whether the data may be published again' }),
      })
      .meta({ description: 'What may be done with its data' }),
    files: z
      .array(
        z.looseObject({
          name: z.string().meta({ description: 'Name of the file', example: 'ratings' }),
          pattern: z
            .string()
            .meta({ description: 'File names that it has', example: 'ratings*.csv' }),
          format: z
            .enum(['csv', 'tsv', 'json', 'ndjson', 'nfo'])
            .meta({ description: 'Its format', example: 'csv' }),
          fields: z.record(z.string(), z.unknown()).meta({
            description: 'The fields of the canonical record, each with where its value comes from',
            example: { title: 'title' },
          }),
        }),
      )
      .meta({ description: 'Its files; the first has a row for each movie' }),
  })
  .meta({
    id: 'SourceDefinition',
    description: 'How the files of a source are read; docs/sources.md has all of its fields',
  });

export const SourcePath = z.object({ id: SourceId });
export type SourcePath = z.infer<typeof SourcePath>;

const unlessSet = (description: string) =>
  flag.prefault('false').meta({ description, example: 'true' });

/** Parameters of `PUT /sources/{id}`. */
export const SourcePutQuery = z.strictObject({
  dryRun: unlessSet('true: change nothing, and answer what would change'),
});
export type SourcePutQuery = z.infer<typeof SourcePutQuery>;

/** Response of `PUT /sources/{id}`. */
export const SourceChange = z
  .object({
    id: SourceId,
    isNew: z.boolean().meta({ description: 'Whether there was no such source' }),
    isChanged: z.boolean().meta({ description: 'Whether the definition differs from the old one' }),
    isDryRun: z.boolean().meta({ description: 'Whether nothing was changed' }),
    effect: z
      .object({
        records: z.int().meta({ description: 'Number of records then', example: 9742 }),
        added: z.int().meta({ description: 'Number of new records', example: 0 }),
        changed: z.int().meta({ description: 'Number of records that differ', example: 120 }),
        removed: z.int().meta({ description: 'Number of records that go', example: 0 }),
        rejects: z.int().meta({ description: 'Number of rows that cannot be read', example: 0 }),
        movies: z.int().meta({
          description: 'Number of movies of these records, which are merged again',
          example: 118,
        }),
      })
      .nullable()
      .meta({ description: 'What it changes; null without dryRun' }),
  })
  .meta({ id: 'SourceChange' });
export type SourceChange = z.infer<typeof SourceChange>;

/** A row that could not be read. */
export const DeliveryReject = z
  .object({
    line: z.int().meta({ description: 'Line in the file', example: 17 }),
    reason: z
      .string()
      .meta({ description: 'Why it was rejected', example: 'year: expected a year, got “abc”' }),
    raw: z.string().meta({ description: 'The row as it came', example: '17,The Comet,abc' }),
  })
  .meta({ id: 'DeliveryReject' });
export type DeliveryReject = z.infer<typeof DeliveryReject>;

const fileParameter = text(100).optional().meta({
  description:
    'Which file of the definition it is. Default: the one whose pattern the name fits, else the one whose columns its header has',
  example: 'movies',
});
const nameParameter = text(500)
  .regex(/^[^/\\]*$/u, 'expected the name of a file, without its folder')
  .optional()
  .meta({ description: 'Name of the file', example: 'movies.csv' });

/** Parameters of `POST /sources/{id}/check`. */
export const CheckQuery = z.strictObject({ file: fileParameter, name: nameParameter });
export type CheckQuery = z.infer<typeof CheckQuery>;

/** Response of `POST /sources/{id}/check`. */
export const FileCheck = z
  .object({
    source: SourceId,
    file: z.string().meta({ description: 'Which file of the definition it is', example: 'movies' }),
    rows: z.int().meta({ description: 'Number of rows', example: 9742 }),
    records: z.int().meta({ description: 'Number of records', example: 9742 }),
    rejects: z.int().meta({ description: 'Number of rows that cannot be read', example: 0 }),
    filled: z.record(z.string(), z.int()).meta({
      description: 'Number of records that have a value, by field of the canonical record',
      example: { title: 9742, year: 9729 },
    }),
    firstRecords: z
      .array(
        z.object({
          id: z.string().meta({ description: 'Id of the record at the source', example: '1' }),
          line: z.int().meta({ description: 'Line in the file', example: 2 }),
          record: SourceRecord.meta({ description: 'What it tells of the movie' }),
        }),
      )
      .meta({ description: 'The first records, as the canonical record' }),
    firstRejects: z.array(DeliveryReject).meta({ description: 'The first rejected rows' }),
  })
  .meta({ id: 'FileCheck' });
export type FileCheck = z.infer<typeof FileCheck>;

/** Parameters of `POST /sources/{id}/deliveries`. */
export const DeliverQuery = z.strictObject({
  file: fileParameter,
  name: nameParameter,
  again: unlessSet('true: a delivery of its own, even if the last one is the same file'),
  ignoreGates,
});
export type DeliverQuery = z.infer<typeof DeliverQuery>;

/** The path of a delivery. */
export const DeliveryPath = z.object({
  id: SourceId,
  delivery: wholeNumber(1, 2 ** 31 - 1).meta({ description: 'Id of a delivery', example: 7 }),
});
export type DeliveryPath = z.infer<typeof DeliveryPath>;

/** Parameters of `POST /sources/{id}/deliveries/{delivery}/take`. */
export const TakeQuery = z.strictObject({ ignoreGates });
export type TakeQuery = z.infer<typeof TakeQuery>;

/** Parameters of `GET /sources/{id}/deliveries`. */
export const SourceDeliveryQuery = z.strictObject({
  state: z
    .enum(DELIVERY_STATES, `expected ${DELIVERY_STATES.join(', ')}`)
    .optional()
    .meta({ description: 'Only deliveries in this state', example: 'taken' }),
  ...listParameters(keysOf(Delivery)),
});
export type SourceDeliveryQuery = z.infer<typeof SourceDeliveryQuery>;

/** Response of `GET /sources/{id}/deliveries`. */
export const DeliveryPage = listPage(Delivery).meta({ id: 'DeliveryPage' });

/** Parameters of `GET /sources/{id}/deliveries/{delivery}/rejects`. */
export const DeliveryRejectQuery = z.strictObject(listParameters(keysOf(DeliveryReject)));
export type DeliveryRejectQuery = z.infer<typeof DeliveryRejectQuery>;

/** Response of `GET /sources/{id}/deliveries/{delivery}/rejects`. */
export const DeliveryRejectPage = listPage(DeliveryReject).meta({ id: 'DeliveryRejectPage' });
