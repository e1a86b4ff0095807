import { z } from 'zod';
import { listParameters } from './lists.ts';
import { MovieId } from './movies.ts';
import { subsetOf, text, wholeNumber } from './parameter.ts';
import { Dataset, Run } from './runs.ts';

/** The types of events. */
export const EVENT_TYPES = ['run.ended', 'dataset.published', 'movie.updated'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const EXAMPLE_EVENT = '5f0c1a2b-42';
const EXAMPLE_RUN = '0199aaaa-0000-7000-8000-000000000000';

/** Data of `run.ended`. */
const RunEnded = Run.pick({ kind: true, datasets: true, requestedAt: true, error: true })
  .extend({
    runId: z.uuid().meta({ description: 'Id of the run', example: EXAMPLE_RUN }),
    state: z
      .enum(['succeeded', 'failed'])
      .meta({ description: 'How the run ended', example: 'succeeded' }),
    endedAt: z.iso
      .datetime()
      .meta({ description: 'Time of the end', example: '2026-08-15T06:15:00.000Z' }),
    url: z.string().meta({ description: 'URL of the run', example: `/runs/${EXAMPLE_RUN}` }),
  })
  .meta({ id: 'RunEnded' });

/** Data of `dataset.published`. */
const DatasetPublished = z
  .object({
    runId: z.uuid().meta({ description: 'Id of the run that published', example: EXAMPLE_RUN }),
    dataset: Dataset,
    kind: z.enum(['changes', 'reload']).meta({
      description: 'reload: all rows were replaced; read the whole dataset again',
      example: 'changes',
    }),
    inserted: z.int().meta({ description: 'Rows inserted', example: 12 }),
    updated: z.int().meta({ description: 'Rows updated', example: 340 }),
    deleted: z.int().meta({ description: 'Rows deleted', example: 2 }),
    rows: z.int().meta({ description: 'Rows after the publish', example: 1_400_000 }),
    snapshotId: z.string().meta({
      description: 'Id of the snapshot that is now published',
      example: 'title.ratings-20260815T061500Z-0a1b2c3d',
    }),
    changes: z.string().meta({
      description: "URL of the changes, from the run's first one on",
      example: '/changes?since=Y2hhbmdlOjE3&dataset=title.ratings',
    }),
  })
  .meta({ id: 'DatasetPublished' });

/** Data of `movie.updated`. */
const MovieUpdated = z
  .object({
    movie: MovieId,
    version: z.int().meta({ description: 'The version that the merge has made', example: 3 }),
    kind: z
      .enum(['created', 'changed', 'removed'])
      .meta({ description: 'What happened to the movie', example: 'changed' }),
    title: z.string().nullable().meta({ description: 'Its title', example: 'The Comet' }),
    year: z.int().nullable().meta({ description: 'Its year', example: 1999 }),
    fields: z
      .array(z.string())
      .meta({ description: 'Names of the changed fields', example: ['title', 'year'] }),
    url: z.string().meta({ description: 'URL of the movie', example: '/movies/tt0000001' }),
    changes: z.string().meta({
      description: 'URL of the change, with the movie before and after it',
      example: '/movies/changes?since=bW92aWU6MTc&movie=tt0000001&limit=1',
    }),
  })
  .meta({ id: 'MovieUpdated' });

/** The attributes of CloudEvents 1.0 that all events have. */
const ATTRIBUTES = {
  specversion: z.literal('1.0').meta({ description: 'The version of CloudEvents', example: '1.0' }),
  id: z.string().meta({
    description:
      'Id of the event, the same each time it is sent. Pass it as `since`, or as Last-Event-ID, to get the events after it',
    example: EXAMPLE_EVENT,
  }),
  source: z.string().meta({
    description: 'The installation that the event is of: EVENTS_SOURCE',
    example: 'urn:marquee',
  }),
  time: z.iso
    .datetime()
    .meta({ description: 'Time of the event', example: '2026-08-15T06:15:00.000Z' }),
  datacontenttype: z
    .literal('application/json')
    .meta({ description: 'The format of `data`', example: 'application/json' }),
  sequence: z.string().meta({
    description: 'Position among all events: compare it as text. Later events have greater ones',
    example: '0000000000000042',
  }),
};

function eventOf<const T extends EventType, D extends z.ZodType>(type: T, about: string, data: D) {
  return z.object({
    ...ATTRIBUTES,
    type: z.literal(type).meta({ description: 'What happened', example: type }),
    subject: z.string().meta({ description: about }),
    data: data.meta({ description: 'What happened in detail' }),
  });
}

/** An event in the JSON format of CloudEvents 1.0. */
export const CloudEvent = z
  .discriminatedUnion('type', [
    eventOf('run.ended', 'Id of the run', RunEnded),
    eventOf('dataset.published', 'Name of the dataset', DatasetPublished),
    eventOf('movie.updated', 'Id of the movie', MovieUpdated),
  ])
  .meta({ id: 'CloudEvent' });
export type CloudEvent = z.infer<typeof CloudEvent>;

/** Attributes of an event, as columns of CSV. */
export const EVENT_FIELDS = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'sequence',
  'data',
] as const satisfies readonly (keyof CloudEvent)[];

/** Default page size, in events. */
export const DEFAULT_EVENTS = 100;
const MAX_SUBJECTS = 100;

const { format, csv } = listParameters(EVENT_FIELDS);

/** Parameters of `GET /events`; unknown ones are rejected. */
export const EventQuery = z.strictObject({
  since: text(100).optional().meta({
    description:
      'Return only events after this point: the id of an event, a `cursor` of an earlier response, a time, or `now`. Default: all retained events; in a stream of server-sent events: `now`. Only ids and cursors are exact',
    example: '2026-08-15T00:00:00Z',
  }),
  type: subsetOf(EVENT_TYPES, 'type').optional().meta({
    description: 'Only events of these types, comma-separated',
    example: 'run.ended,dataset.published',
  }),
  subject: text(2000)
    .transform((given, context): string[] => {
      const subjects = [...new Set(given.split(',').map((one) => one.trim()))];
      if (subjects.length > MAX_SUBJECTS)
        context.addIssue({
          code: 'custom',
          message: `expected at most ${MAX_SUBJECTS} subjects, got ${subjects.length}`,
        });
      return subjects;
    })
    .optional()
    .meta({
      description:
        'Only events about these, comma-separated: ids of runs, names of datasets, ids of movies',
      example: 'title.ratings',
    }),
  limit: wholeNumber(1, 1000)
    .optional()
    .meta({
      description: `Maximum number of events. Default: ${DEFAULT_EVENTS}; in a stream: all`,
      example: DEFAULT_EVENTS,
    }),
  format,
  csv,
});
export type EventQuery = z.infer<typeof EventQuery>;

/** Response of `GET /events`. */
export const EventPage = z
  .object({
    items: z.array(CloudEvent).meta({ description: 'The events, in their order' }),
    next: z.string().nullable().meta({
      description: 'Pass it as `since` to get the next page; null if there are no more events yet',
      example: EXAMPLE_EVENT,
    }),
    cursor: z.string().meta({
      description:
        'Like `next`, but never null: store it and pass it later as `since` to get everything in between',
      example: EXAMPLE_EVENT,
    }),
  })
  .meta({ id: 'EventPage' });
export type EventPage = z.infer<typeof EventPage>;

/** A queue or a topic that events are sent to. */
export const EventSink = z
  .object({
    name: z.string().meta({
      description: 'URL of a queue of SQS, or ARN of a topic of SNS',
      example: 'https://sqs.eu-central-1.amazonaws.com/000000000000/marquee.fifo',
    }),
    sent: z.string().meta({
      description: 'Id of the event up to which it has all of them',
      example: EXAMPLE_EVENT,
    }),
    isBehind: z.boolean().meta({ description: 'Whether there are later events', example: false }),
    sentAt: z.iso.datetime().nullable().meta({
      description: 'Time of the last successful attempt; null before it',
      example: '2026-08-15T06:15:00.000Z',
    }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why the last attempt failed; null if it succeeded', example: null }),
    nextAttemptAt: z.iso.datetime().nullable().meta({
      description: 'Time of the next attempt after a failed one; null otherwise',
      example: null,
    }),
  })
  .meta({ id: 'EventSink' });
export type EventSink = z.infer<typeof EventSink>;

/** Response of `GET /events/sinks`. */
export const EventSinkList = z
  .object({ items: z.array(EventSink).meta({ description: 'The sinks of the configuration' }) })
  .meta({ id: 'EventSinkList' });
export type EventSinkList = z.infer<typeof EventSinkList>;
