import { z } from 'zod';
import { ChangeKind } from './changes.ts';
import { EVENT_TYPES } from './events.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { EXAMPLE_ID } from './parameter.ts';
import { Dataset } from './runs.ts';

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

const datasets = z
  .array(Dataset, 'expected a list of datasets')
  .min(1, 'expected at least one dataset')
  .transform(unique)
  .nullable();
/** In which form webhooks are told, and of which types of events in each. */
export const WEBHOOK_EVENTS = {
  summary: ['catalogue.published', 'movie.updated'],
  cloudevents: EVENT_TYPES,
} as const;
export type WebhookFormat = keyof typeof WEBHOOK_EVENTS;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[WebhookFormat][number];

const ALL_TYPES = [...new Set<WebhookEvent>(Object.values(WEBHOOK_EVENTS).flat())];
const event = z.enum(ALL_TYPES, `expected some of ${ALL_TYPES.join(', ')}`);

/** Why a webhook of a format cannot be told of some events; null if it can. */
export function eventsFault(format: WebhookFormat, events: readonly WebhookEvent[]): string | null {
  const known: readonly WebhookEvent[] = WEBHOOK_EVENTS[format];
  const unknown = events.find((one) => !known.includes(one));
  return unknown === undefined
    ? null
    : `got ${unknown}; expected some of ${known.join(', ')} in the format ${format}`;
}

const format = z.enum(['summary', 'cloudevents'], 'expected summary or cloudevents').meta({
  description:
    'summary: a notification of each publish, or of the number of changed movies; cloudevents: the events of `GET /events`, up to 100 in a delivery, in their order',
  example: 'cloudevents',
});
const events = z
  .array(event, 'expected a list of events')
  .min(1, 'expected at least one event')
  .transform(unique);
const ABOUT_EVENTS =
  'As summaries, catalogue.published: each publish, once; movie.updated: movies were merged again, at most every few seconds. As CloudEvents: run.ended, dataset.published, movie.updated';

const kinds = z
  .array(ChangeKind, 'expected a list of kinds')
  .min(1, 'expected at least one kind')
  .transform(unique)
  .nullable();

/** Format of a secret: the prefix of Standard Webhooks and 24 to 64 bytes in base64. */
const SECRET_FORM =
  /^whsec_(?=.{32,88}$)(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/u;

const secret = z.string().regex(SECRET_FORM, 'expected whsec_ and 24 to 64 bytes in base64');

const url = z
  .url({ protocol: /^https?$/u, error: 'expected a URL that starts with https:// or http://' })
  .max(2000, 'expected at most 2000 characters')
  .refine(
    (text) => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
    'expected a URL without user and password, as URLs are shown; authenticate deliveries by the secret',
  );

/** Body of `POST /webhooks`. */
export const WebhookRequest = z
  .strictObject({
    url: url.meta({
      description: 'URL that deliveries are posted to',
      example: 'https://example.com/hooks/marquee',
    }),
    secret: secret.optional().meta({
      description: 'Secret that signs the deliveries. Default: a generated one',
      example: 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u',
    }),
    datasets: datasets.default(null).meta({
      description: 'Notify only about these datasets; null: about all',
      example: ['title.ratings'],
    }),
    kinds: kinds.default(null).meta({
      description: 'Notify only about runs that published changes of these kinds; null: about any',
      example: ['insert', 'reload'],
    }),
    format: format.default('summary'),
    events: events.optional().meta({
      description: `Types of events to notify about. Default: catalogue.published; all, as CloudEvents. ${ABOUT_EVENTS}`,
      example: ['dataset.published', 'movie.updated'],
    }),
    active: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether deliveries are sent', example: true }),
  })
  .superRefine((webhook, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const fault = eventsFault(webhook.format, webhook.events ?? []);
    if (fault !== null) issue('events', fault);
    if (webhook.format === 'summary') return;
    for (const name of ['datasets', 'kinds'] as const)
      if (webhook[name] !== null)
        issue(name, 'expected null in the format cloudevents, which is filtered by events');
  })
  .meta({ id: 'WebhookRequest' });
export type WebhookRequest = z.infer<typeof WebhookRequest>;

/** Body of `PATCH /webhooks/{id}`: absent fields keep their values. */
export const WebhookUpdate = z
  .strictObject({
    url: url
      .optional()
      .meta({ description: 'Its new URL', example: 'https://films.example.org/hook' }),
    secret: secret.optional().meta({
      description:
        'Its new secret. For a day, deliveries are signed with the one before, too: webhook-signature then has two signatures, separated by a space',
      example: 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u',
    }),
    datasets: datasets.optional().meta({
      description: 'Notify only about these datasets; null: about all',
      example: ['title.ratings'],
    }),
    kinds: kinds.optional().meta({
      description: 'Notify only about changes of these kinds; null: about any',
      example: ['insert'],
    }),
    events: events.optional().meta({
      description: `Types of events to notify about. ${ABOUT_EVENTS}`,
      example: ['catalogue.published'],
    }),
    active: z
      .boolean()
      .optional()
      .meta({ description: 'Whether deliveries are sent', example: false }),
  })
  .meta({ id: 'WebhookUpdate', example: { active: false } });
export type WebhookUpdate = z.infer<typeof WebhookUpdate>;

/** A webhook without its secret. */
export const Webhook = z
  .object({
    id: z
      .uuid()
      .meta({ description: 'Id of the webhook', example: '0199aaaa-0000-7000-8000-000000000000' }),
    url: z.string().meta({
      description: 'URL that deliveries are posted to',
      example: 'https://films.example.org/hook',
    }),
    datasets: z
      .array(Dataset)
      .nullable()
      .meta({
        description: 'Datasets that it is notified about; null for all',
        example: ['title.ratings'],
      }),
    kinds: z.array(ChangeKind).nullable().meta({
      description: 'Kinds of changes that it is notified about; null for any',
      example: null,
    }),
    format,
    events: z.array(event).meta({
      description: 'Types of events that it is notified about',
      example: ['catalogue.published'],
    }),
    active: z
      .boolean()
      .meta({ description: 'Set to false when the receiver answers 410 Gone', example: true }),
    createdAt: z.iso
      .datetime()
      .meta({ description: 'Time of creation', example: '2026-08-15T06:15:00Z' }),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;

/** Response of `POST /webhooks`. */
export const WebhookCreated = Webhook.extend({
  secret: z.string().meta({
    description: 'Store it: it is shown only once',
    example: 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u',
  }),
}).meta({ id: 'WebhookCreated' });
export type WebhookCreated = z.infer<typeof WebhookCreated>;

/** Response of `GET /webhooks`. */
export const WebhookList = z
  .object({ items: z.array(Webhook).meta({ description: 'All webhooks, oldest first' }) })
  .meta({ id: 'WebhookList' });
export type WebhookList = z.infer<typeof WebhookList>;

/** The id in the path of `/webhooks/{id}`. */
export const WebhookPath = z.object({
  id: z
    .uuid('expected a UUID from GET /webhooks')
    .meta({ description: 'Id of a webhook', example: EXAMPLE_ID }),
});
export type WebhookPath = z.infer<typeof WebhookPath>;

/** One attempt of a delivery. */
export const WebhookAttempt = z
  .object({
    at: z.iso
      .datetime()
      .meta({ description: 'Time of the attempt', example: '2026-08-15T06:15:00Z' }),
    ms: z.int().meta({ description: 'Duration in milliseconds', example: 87 }),
    status: z.int().nullable().meta({
      description: 'HTTP status of the response; null without a response',
      example: 204,
    }),
    answer: z
      .string()
      .nullable()
      .meta({ description: 'First kilobyte of the response', example: '' }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why the attempt failed; null if it succeeded', example: null }),
  })
  .meta({ id: 'WebhookAttempt' });
export type WebhookAttempt = z.infer<typeof WebhookAttempt>;

/** A delivery: one event posted to a webhook, now or later. */
export const WebhookDelivery = z
  .object({
    id: z.string().meta({
      description: 'Sent in the header webhook-id, the same at every attempt',
      example: 'msg_0199aaaa-0000-7000-8000-000000000000',
    }),
    type: z.enum([...WEBHOOK_EVENTS.summary, 'events', 'test']).meta({
      description: 'What it tells; events: some CloudEvents',
      example: 'catalogue.published',
    }),
    runId: z.uuid().nullable().meta({
      description: 'Id of the run that published; null for other events',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
    state: z.enum(['waiting', 'delivered', 'failed']).meta({
      description: 'State of the delivery; failed: no further attempts',
      example: 'delivered',
    }),
    createdAt: z.iso
      .datetime()
      .meta({ description: 'Time of creation', example: '2026-08-15T06:15:00Z' }),
    nextAttemptAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time of the next attempt; null if there is none', example: null }),
    endedAt: z.iso.datetime().nullable().meta({
      description: 'Time of the last attempt; null while it waits',
      example: '2026-08-15T06:15:00Z',
    }),
    attempts: z.array(WebhookAttempt).meta({ description: 'The attempts, oldest first' }),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

/** Parameters of `GET /webhooks/{id}/deliveries`. */
export const WebhookDeliveryQuery = z.strictObject(listParameters(keysOf(WebhookDelivery)));
export type WebhookDeliveryQuery = z.infer<typeof WebhookDeliveryQuery>;

/** Response of `GET /webhooks/{id}/deliveries`. */
export const WebhookDeliveryPage = listPage(WebhookDelivery).meta({ id: 'WebhookDeliveryPage' });

/** Body posted to a webhook after a run published changes that match its filters. */
export const PublishedEvent = z
  .object({
    type: z.literal('catalogue.published'),
    timestamp: z.iso.datetime().meta({ description: 'Time of the publish' }),
    data: z.object({
      runId: z.uuid(),
      datasets: z.array(
        z.object({
          dataset: Dataset,
          kind: z
            .enum(['changes', 'reload'])
            .meta({ description: 'reload: all rows were replaced; read the whole dataset again' }),
          inserted: z.int(),
          updated: z.int(),
          deleted: z.int(),
          rows: z.int().meta({ description: 'Number of rows of the dataset after the publish' }),
          snapshotId: z.string(),
        }),
      ),
      cursor: z
        .string()
        .meta({ description: "Cursor of the change feed before the run's first entry" }),
      changes: z.string().meta({
        description: 'URL of the changes from there on',
        example: '/changes?since=Y2hhbmdlOjE3',
      }),
    }),
  })
  .meta({ id: 'PublishedEvent' });
export type PublishedEvent = z.infer<typeof PublishedEvent>;
