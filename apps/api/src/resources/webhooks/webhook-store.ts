import {
  keysOf,
  WebhookDelivery,
  type Webhook,
  type WebhookChange,
  type WebhookCreated,
  type WebhookRequest,
} from '@marquee/contract';
import { AddressRefused, Addresses } from '@marquee/network/addresses';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { List } from '../../read-models/lists/list.ts';
import { badInput } from '../../problems/bad-input.ts';
import { notFound } from '../../problems/problem-exception.ts';
import { makeWebhookSecret, readWebhookSecret, writeWebhookSecret } from './signature.ts';

type WebhookRow = Omit<Webhook, 'createdAt'> & { readonly createdAt: Date };

interface DeliveryRow extends Omit<WebhookDelivery, 'createdAt' | 'nextAttemptAt' | 'endedAt'> {
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly endedAt: Date | null;
}

const WEBHOOK = 'id, url, datasets, kinds, active, created_at as "createdAt"';
/** Outside, the id of a delivery shows what it is the id of. */
const DELIVERY_PREFIX = 'msg_';
const DELIVERY = `'${DELIVERY_PREFIX}' || id as id, type, run_id as "runId", state, attempts, created_at as "createdAt", next_attempt_at as "nextAttemptAt", ended_at as "endedAt"`;

/** What was published until now is no news to a webhook that begins now. */
const SEEN = '(select coalesce(max(id), 0) from ingest.publication)';

/** The webhooks and their deliveries. */
@Injectable()
export class WebhookStore {
  readonly #dataSource: DataSource;
  readonly #addresses: Addresses;

  constructor(dataSource: DataSource, addresses: Addresses) {
    this.#dataSource = dataSource;
    this.#addresses = addresses;
  }

  /** @throws ProblemException 400 for a URL that leads to an address that is not allowed */
  async create({ url, secret, datasets, kinds, active }: WebhookRequest): Promise<WebhookCreated> {
    await this.#expectAllowed(url);
    const bytes = secret === undefined ? makeWebhookSecret() : readWebhookSecret(secret);
    const [row]: WebhookRow[] = await this.#dataSource.query(
      `insert into access.webhook (id, url, secret, datasets, kinds, active, seen_id)
       values (uuidv7(), $1::text, $2::bytea, $3::text[], $4::text[], $5::boolean, ${SEEN}) returning ${WEBHOOK}`,
      [url, bytes, datasets, kinds, active],
    );
    return { ...describeWebhook(row as WebhookRow), secret: writeWebhookSecret(bytes) };
  }

  /** All webhooks, oldest first. */
  async list(): Promise<Webhook[]> {
    const rows: WebhookRow[] = await this.#dataSource.query(
      `select ${WEBHOOK} from access.webhook order by id`,
    );
    return rows.map(describeWebhook);
  }

  /** @throws ProblemException 404 */
  async get(id: string): Promise<Webhook> {
    const [row]: WebhookRow[] = await this.#dataSource.query(
      `select ${WEBHOOK} from access.webhook where id = $1::uuid`,
      [id],
    );
    return describeWebhook(expectThere(row, id));
  }

  /**
   * Changes what is given. One that becomes active again is not told what was published in the
   * meantime.
   *
   * @throws ProblemException 400, 404
   */
  async change(id: string, { url, datasets, kinds, active }: WebhookChange): Promise<Webhook> {
    if (url !== undefined) await this.#expectAllowed(url);
    const [row]: WebhookRow[] = await this.#dataSource.query(
      `with changed as (
         update access.webhook set
           url = coalesce($2::text, url),
           datasets = case when $3::boolean then $4::text[] else datasets end,
           kinds = case when $5::boolean then $6::text[] else kinds end,
           seen_id = case when not active and $7::boolean then ${SEEN} else seen_id end,
           active = coalesce($7::boolean, active)
         where id = $1::uuid returning *
       ) select ${WEBHOOK} from changed`,
      [
        id,
        url ?? null,
        datasets !== undefined,
        datasets ?? null,
        kinds !== undefined,
        kinds ?? null,
        active ?? null,
      ],
    );
    return describeWebhook(expectThere(row, id));
  }

  /**
   * Removes a webhook with its deliveries; one that is being sent may still arrive.
   *
   * @throws ProblemException 404
   */
  async remove(id: string): Promise<void> {
    const [row]: { id: string }[] = await this.#dataSource.query(
      'with gone as (delete from access.webhook where id = $1::uuid returning id) select id from gone',
      [id],
    );
    expectThere(row, id);
  }

  /**
   * Makes a delivery that says no more than that it is a test; it goes out also when the webhook is
   * not active.
   *
   * @throws ProblemException 404
   */
  async test(webhookId: string): Promise<WebhookDelivery> {
    const [row]: DeliveryRow[] = await this.#dataSource.query(
      `insert into access.webhook_delivery (id, webhook_id, type, body)
       select uuidv7(), w.id, 'test', $2::text from access.webhook w where w.id = $1::uuid returning ${DELIVERY}`,
      [webhookId, JSON.stringify({ type: 'test', timestamp: new Date().toISOString(), data: {} })],
    );
    return describeDelivery(expectThere(row, webhookId));
  }

  async #expectAllowed(url: string): Promise<void> {
    await this.#addresses.check(url).catch((error: unknown) => {
      throw error instanceof AddressRefused
        ? badInput([{ message: error.message, path: ['url'] }])
        : error;
    });
  }
}

function expectThere<T>(row: T | undefined, id: string): T {
  if (row === undefined) throw notFound('webhook', id, 'GET /webhooks lists them.');
  return row;
}

function describeWebhook({ createdAt, ...webhook }: WebhookRow): Webhook {
  return { ...webhook, createdAt: createdAt.toISOString() };
}

function describeDelivery({
  createdAt,
  nextAttemptAt,
  endedAt,
  ...delivery
}: DeliveryRow): WebhookDelivery {
  return {
    ...delivery,
    createdAt: createdAt.toISOString(),
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** The deliveries of a webhook, newest first. */
export function deliveriesOf(webhookId: string): List {
  return {
    name: 'deliveries',
    text: `select id as "_id", ${DELIVERY} from access.webhook_delivery where webhook_id = $1::uuid`,
    values: [webhookId],
    sort: [{ column: '_id', type: 'uuid', descending: true }],
    fields: keysOf(WebhookDelivery),
  };
}

/** How a delivery is called outside. */
export function deliveryIdOf(id: string): string {
  return `${DELIVERY_PREFIX}${id}`;
}
