import { WebhookDeliveryEntity, WebhookEntity } from '@marquee/catalogue';
import {
  keysOf,
  WEBHOOK_EVENTS,
  WebhookDelivery,
  eventsFault,
  type Webhook,
  type WebhookEvent,
  type WebhookFormat,
  type WebhookUpdate,
  type WebhookCreated,
  type WebhookRequest,
} from '@marquee/contract';
import { AddressRefusedError, AddressGuard } from '@marquee/network/address-guard';
import { Injectable } from '@nestjs/common';
import { DataSource, type Repository } from 'typeorm';
import type { List } from '../../read-models/lists/list.ts';
import { badInput } from '../../problems/bad-input.ts';
import { notFound, type ProblemException } from '../../problems/problem-exception.ts';
import { makeWebhookSecret, readWebhookSecret, writeWebhookSecret } from './signature.ts';

/** The prefix that tells the id of a delivery, outside, from other ids. */
const DELIVERY_PREFIX = 'msg_';

/** The last publication, and the last change of a movie: a webhook is not told of earlier ones. */
const LAST_PUBLICATION = '(select coalesce(max(id), 0) from ingest.publication)';
const LAST_MOVIE_CHANGE = '(select coalesce(max(id), 0) from movies.change)';

const LAST_EVENT =
  '(select greatest((select max(id) from events.event), (select max(id) from movies.change), 0))';

/** How long the secret before the present one signs deliveries too. */
const PREVIOUS_SECRET_UNTIL = `now() + interval '1 day'`;

/** The events of a webhook that names none. */
const DEFAULT_EVENTS = {
  summary: ['catalogue.published'],
  cloudevents: WEBHOOK_EVENTS.cloudevents,
} as const satisfies Record<WebhookFormat, readonly WebhookEvent[]>;

/** Stores the webhooks and their deliveries. */
@Injectable()
export class WebhookStore {
  readonly #webhooks: Repository<WebhookEntity>;
  readonly #addresses: AddressGuard;

  constructor(dataSource: DataSource, addresses: AddressGuard) {
    this.#webhooks = dataSource.getRepository(WebhookEntity);
    this.#addresses = addresses;
  }

  /** @throws ProblemException 400 for a URL whose address is not allowed */
  async create(request: WebhookRequest): Promise<WebhookCreated> {
    const { url, secret, datasets, kinds, format, active } = request;
    await this.#expectAllowed(url);
    const bytes = secret === undefined ? makeWebhookSecret() : readWebhookSecret(secret);
    const { identifiers } = await this.#webhooks.insert({
      url,
      secret: bytes,
      datasets,
      kinds,
      format,
      events: request.events ?? [...DEFAULT_EVENTS[format]],
      active,
      seenId: () => LAST_PUBLICATION,
      seenMovieChange: () => LAST_MOVIE_CHANGE,
      seenEvent: () => LAST_EVENT,
    });
    const webhook = await this.#webhooks.findOneByOrFail({ id: identifiers[0]?.['id'] as string });
    return { ...describeWebhook(webhook), secret: writeWebhookSecret(bytes) };
  }

  /** All webhooks, oldest first. */
  async list(): Promise<Webhook[]> {
    return (await this.#webhooks.find({ order: { id: 'asc' } })).map(describeWebhook);
  }

  /** @throws ProblemException 404 */
  async get(id: string): Promise<Webhook> {
    return describeWebhook(expectThere(await this.#webhooks.findOneBy({ id }), id));
  }

  /**
   * Changes the given fields. A webhook that becomes active again, or subscribes to movies, gets no
   * events of the time before.
   *
   * @throws ProblemException 400, 404
   */
  async change(id: string, change: WebhookUpdate): Promise<Webhook> {
    if (change.url !== undefined) await this.#expectAllowed(change.url);
    expectFitting(await this.get(id), change);
    const { secret, ...fields } = change;
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    if (given.length > 0 || secret !== undefined)
      await this.#webhooks.update(
        { id },
        {
          ...Object.fromEntries(given),
          ...(secret !== undefined && {
            secret: readWebhookSecret(secret),
            previousSecret: () => 'secret',
            previousSecretUntil: () => PREVIOUS_SECRET_UNTIL,
          }),
          ...(change.active === true && {
            seenId: () => `case when active then seen_id else ${LAST_PUBLICATION} end`,
            seenEvent: () => `case when active then seen_event else ${LAST_EVENT} end`,
          }),
          ...((change.active === true || change.events !== undefined) && {
            seenMovieChange: () =>
              `case when active and 'movie.updated' = any (events) then seen_movie_change else ${LAST_MOVIE_CHANGE} end`,
          }),
        },
      );
    return this.get(id);
  }

  /**
   * Removes a webhook with its deliveries; one that is being sent may still arrive.
   *
   * @throws ProblemException 404
   */
  async remove(id: string): Promise<void> {
    const { affected } = await this.#webhooks.delete({ id });
    if (affected === 0) throw noWebhook(id);
  }

  /**
   * Makes a delivery of the type `test`. It is sent even when the webhook is not active.
   *
   * @throws ProblemException 404
   */
  async test(webhookId: string): Promise<WebhookDelivery> {
    return this.#webhooks.manager.transaction(async (manager) => {
      // locked, so that it cannot be removed before its delivery refers to it
      const webhook = await manager.findOne(WebhookEntity, {
        where: { id: webhookId },
        lock: { mode: 'for_key_share' },
      });
      expectThere(webhook, webhookId);
      const { identifiers } = await manager.insert(WebhookDeliveryEntity, {
        webhookId,
        type: 'test',
        body: JSON.stringify({ type: 'test', timestamp: new Date().toISOString(), data: {} }),
      });
      return describeDelivery(
        await manager.findOneByOrFail(WebhookDeliveryEntity, {
          id: identifiers[0]?.['id'] as string,
        }),
      );
    });
  }

  async #expectAllowed(url: string): Promise<void> {
    await this.#addresses.check(url).catch((error: unknown) => {
      throw error instanceof AddressRefusedError
        ? badInput([{ message: error.message, path: ['url'] }])
        : error;
    });
  }
}

/** @throws ProblemException 400 for a change that the format of the webhook does not allow */
function expectFitting({ format }: Webhook, { events = [], datasets, kinds }: WebhookUpdate): void {
  const fault = eventsFault(format, events);
  if (fault !== null) throw badInput([{ message: fault, path: ['events'] }]);
  if (format === 'summary') return;
  for (const [name, filter] of Object.entries({ datasets, kinds }))
    if (filter != null)
      throw badInput([{ message: 'expected null in the format cloudevents', path: [name] }]);
}

function expectThere(webhook: WebhookEntity | null, id: string): WebhookEntity {
  if (webhook === null) throw noWebhook(id);
  return webhook;
}

function noWebhook(id: string): ProblemException {
  return notFound('webhook', id, 'GET /webhooks lists them.');
}

function describeWebhook(webhook: WebhookEntity): Webhook {
  const { id, url, datasets, kinds, format, events, active, createdAt } = webhook;
  return { id, url, datasets, kinds, format, events, active, createdAt: createdAt.toISOString() };
}

function describeDelivery({
  id,
  type,
  runId,
  state,
  attempts,
  createdAt,
  nextAttemptAt,
  endedAt,
}: WebhookDeliveryEntity): WebhookDelivery {
  return {
    id: deliveryIdOf(id),
    type,
    runId,
    state,
    attempts,
    createdAt: createdAt.toISOString(),
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** The deliveries of a webhook, newest first. */
export function deliveriesOf(webhookId: string): List {
  return {
    name: 'deliveries',
    text: `
      select id as "_id", '${DELIVERY_PREFIX}' || id as id, type, run_id as "runId", state, attempts,
        created_at as "createdAt", next_attempt_at as "nextAttemptAt", ended_at as "endedAt"
      from access.webhook_delivery where webhook_id = $1::uuid`,
    values: [webhookId],
    sort: [{ column: '_id', type: 'uuid', descending: true }],
    fields: keysOf(WebhookDelivery),
  };
}

/** The id of a delivery as receivers and clients of the API see it. */
export function deliveryIdOf(id: string): string {
  return `${DELIVERY_PREFIX}${id}`;
}
