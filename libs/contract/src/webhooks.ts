import { z } from 'zod';
import { ChangeKind } from './changes.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { EXAMPLE_ID } from './parameter.ts';
import { Dataset } from './runs.ts';

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

const datasets = z
  .array(Dataset, 'expected a list of datasets')
  .min(1, 'expected at least one dataset')
  .transform(unique)
  .nullable();
const kinds = z
  .array(ChangeKind, 'expected a list of kinds')
  .min(1, 'expected at least one kind')
  .transform(unique)
  .nullable();

/** How a secret is written: Standard Webhooks' prefix and 24 to 64 bytes in base64. */
const SECRET = /^whsec_(?=.{32,88}$)(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/u;

const url = z
  .url({ protocol: /^https?$/u, error: 'expected a URL that starts with https:// or http://' })
  .max(2000, 'expected at most 2000 characters')
  .refine(
    (text) => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
    'expected a URL without user and password: they would be shown; sign by the secret',
  );

/** Body of `POST /webhooks`. */
export const WebhookRequest = z
  .strictObject({
    url: url.meta({
      description: 'Where deliveries are posted to',
      example: 'https://example.com/hooks/marquee',
    }),
    secret: z
      .string()
      .regex(SECRET, 'expected whsec_ and 24 to 64 bytes in base64')
      .optional()
      .meta({
        description: 'Signs the deliveries; made by us when left out',
        example: 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u',
      }),
    datasets: datasets.default(null).meta({
      description: 'Only what is published of these datasets; null: of all',
      example: ['title.ratings'],
    }),
    kinds: kinds.default(null).meta({
      description: 'Only runs that have published such changes; null: any',
      example: ['insert', 'reload'],
    }),
    active: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether it is told of anything', example: true }),
  })
  .meta({ id: 'WebhookRequest' });
export type WebhookRequest = z.infer<typeof WebhookRequest>;

/** Body of `PATCH /webhooks/{id}`: what is left out stays as it is. */
export const WebhookUpdate = z
  .strictObject({
    url: url.optional(),
    datasets: datasets.optional(),
    kinds: kinds.optional(),
    active: z.boolean().optional(),
  })
  .meta({ id: 'WebhookUpdate', example: { active: false } });
export type WebhookUpdate = z.infer<typeof WebhookUpdate>;

/** A webhook; its secret is not shown again. */
export const Webhook = z
  .object({
    id: z.uuid(),
    url: z.string(),
    datasets: z.array(Dataset).nullable(),
    kinds: z.array(ChangeKind).nullable(),
    active: z.boolean().meta({ description: 'Ends by itself when the receiver answers 410 Gone' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;

/** What `POST /webhooks` answers. */
export const WebhookCreated = Webhook.extend({
  secret: z.string().meta({
    description: 'Keep it: it is shown this once',
    example: 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u',
  }),
}).meta({ id: 'WebhookCreated' });
export type WebhookCreated = z.infer<typeof WebhookCreated>;

/** What `GET /webhooks` answers. */
export const WebhookList = z.object({ items: z.array(Webhook) }).meta({ id: 'WebhookList' });
export type WebhookList = z.infer<typeof WebhookList>;

/** The id in the path of `/webhooks/{id}`. */
export const WebhookPath = z.object({
  id: z
    .uuid('expected a UUID, as GET /webhooks has it')
    .meta({ description: 'Id of a webhook', example: EXAMPLE_ID }),
});
export type WebhookPath = z.infer<typeof WebhookPath>;

/** One attempt to deliver. */
export const WebhookAttempt = z
  .object({
    at: z.iso.datetime(),
    ms: z.int().meta({ description: 'How long it took', example: 87 }),
    status: z.int().nullable().meta({
      description: 'The HTTP status of the answer; null when there was none',
      example: 204,
    }),
    answer: z.string().nullable().meta({ description: "The answer's first kilobyte", example: '' }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'What went wrong; null when it was delivered', example: null }),
  })
  .meta({ id: 'WebhookAttempt' });
export type WebhookAttempt = z.infer<typeof WebhookAttempt>;

/** One thing that a webhook was or is to be told. */
export const WebhookDelivery = z
  .object({
    id: z.string().meta({
      description: 'The same at every attempt, in the header webhook-id',
      example: 'msg_0199aaaa-0000-7000-8000-000000000000',
    }),
    type: z.enum(['catalogue.published', 'test']),
    runId: z.uuid().nullable().meta({ description: 'The run that published; null for a test' }),
    state: z
      .enum(['waiting', 'delivered', 'failed'])
      .meta({ description: 'failed: given up after the last attempt' }),
    createdAt: z.iso.datetime(),
    nextAttemptAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    attempts: z.array(WebhookAttempt),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

/** Parameters of `GET /webhooks/{id}/deliveries`. */
export const WebhookDeliveryQuery = z.strictObject(listParameters(keysOf(WebhookDelivery)));
export type WebhookDeliveryQuery = z.infer<typeof WebhookDeliveryQuery>;

/** What `GET /webhooks/{id}/deliveries` answers. */
export const WebhookDeliveryPage = listPage(WebhookDelivery).meta({ id: 'WebhookDeliveryPage' });

/** What is posted to a webhook when a run has published something of interest to it. */
export const PublishedEvent = z
  .object({
    type: z.literal('catalogue.published'),
    timestamp: z.iso.datetime().meta({ description: 'When it was published' }),
    data: z.object({
      runId: z.uuid(),
      datasets: z.array(
        z.object({
          dataset: Dataset,
          kind: z
            .enum(['changes', 'reload'])
            .meta({ description: 'reload: all rows were replaced; read the dataset anew' }),
          inserted: z.int(),
          updated: z.int(),
          deleted: z.int(),
          rows: z.int().meta({ description: 'Rows of the dataset from then on' }),
          snapshotId: z.string(),
        }),
      ),
      cursor: z
        .string()
        .meta({ description: "The place in the change feed before this run's first entry" }),
      changes: z
        .string()
        .meta({ description: 'The changes from there on', example: '/changes?since=Y2hhbmdlOjE3' }),
    }),
  })
  .meta({ id: 'PublishedEvent' });
export type PublishedEvent = z.infer<typeof PublishedEvent>;
