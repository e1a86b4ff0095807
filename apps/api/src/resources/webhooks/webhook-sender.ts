import { WebhookDeliveryEntity, WebhookEntity } from '@marquee/catalogue';
import type { AddressGuard } from '@marquee/network/address-guard';
import type { Logger } from '@marquee/process';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Agent } from 'undici';
import type { ApiTimings } from '../../timings.ts';
import { CLOUD_EVENTS_TYPE } from '../events/cloud-event.ts';
import type { EventLog } from '../events/event-log.ts';
import { attempt, type Message } from './attempt.ts';
import { fanOut } from './fan-out.ts';
import { deliveryIdOf } from './webhook-store.ts';

/** How many deliveries one process sends at once. Nearly all of them only wait. */
const MAX_SENDING = 32;
/** How many of them to one webhook: a receiver that hangs leaves the rest to others. */
const MAX_SENDING_TO_WEBHOOK = 2;
/**
 * How long a delivery belongs to the process that sends it, in times of the limit of an attempt.
 * After that it counts as lost with its process.
 */
const LEASE_ATTEMPTS = 6;
/**
 * How long after each failed attempt the next one comes, give or take a tenth: seven attempts
 * within two days.
 */
const BACK_OFF_SECONDS = [10, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600, 24 * 3600];
/** The status of a receiver that wants no more. */
const GONE = 410;

/** The interval of the polls for due deliveries, and the limit of an attempt. */
type WebhookTimings = Pick<ApiTimings, 'webhookPollMs' | 'webhookAttemptMs'>;

/**
 * Claims due deliveries for this process: no other one takes them until the lease ends. Parameters:
 * the lease in seconds; the webhook of each delivery that this process is sending; how many more it
 * may send. Named SQL, for its CTEs and `skip locked`.
 */
const CLAIM_DUE = `
  with busy as (
    select webhook_id, count(*) as sending from unnest($2::uuid[]) as sent (webhook_id) group by webhook_id
  ), ranked as (
    select d.id, row_number() over (partition by d.webhook_id order by d.next_attempt_at, d.id) + coalesce(busy.sending, 0) as rank
    from access.webhook_delivery d join access.webhook w on w.id = d.webhook_id left join busy on busy.webhook_id = d.webhook_id
    where d.state = 'waiting' and d.next_attempt_at <= now() and (w.active or d.type = 'test')
      -- CloudEvents arrive in their order: one delivery after the other
      and (d.type <> 'events' or not exists (
        select from access.webhook_delivery before
        where before.webhook_id = d.webhook_id and before.type = 'events' and before.state = 'waiting' and before.id < d.id))
  ), due as (
    select d.id, w.id as webhook_id, w.url,
      array_remove(array[w.secret, case when w.previous_secret_until > now() then w.previous_secret end], null) as secrets,
      case d.type when 'events' then '${CLOUD_EVENTS_TYPE}' else 'application/json' end as content_type
    from ranked join access.webhook_delivery d on d.id = ranked.id join access.webhook w on w.id = d.webhook_id
    where ranked.rank <= ${MAX_SENDING_TO_WEBHOOK} and d.state = 'waiting' and d.next_attempt_at <= now()
    order by d.next_attempt_at limit $3::int for update of d skip locked
  ), claimed as (
    update access.webhook_delivery d set tries = d.tries + 1, next_attempt_at = now() + make_interval(secs => $1::float8)
    from due where d.id = due.id returning d.id, d.tries, d.body, due.webhook_id as "webhookId", due.url, due.secrets, due.content_type as "contentType"
  ) select * from claimed`;

/** A delivery that this process has claimed. */
interface Due extends Message {
  readonly tries: number;
  readonly webhookId: string;
}

/** A delivery that is being sent. */
interface Sending {
  readonly webhookId: string;
  readonly done: Promise<void>;
}

/**
 * Sends deliveries to webhooks. All state is in the database, so any number of processes share the
 * work, and one takes over what another was sending when it died. Each delivery arrives at least
 * once, and has the same id at every attempt.
 */
export class WebhookSender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #dataSource: DataSource;
  readonly #events: EventLog;
  readonly #agent: Agent;
  readonly #log: Logger;
  readonly #timings: WebhookTimings;
  #stopping = false;
  #nap = new AbortController();
  readonly #sending = new Set<Sending>();
  #running: Promise<void> = Promise.resolve();

  constructor(
    dataSource: DataSource,
    events: EventLog,
    addresses: AddressGuard,
    log: Logger,
    timings: WebhookTimings,
  ) {
    this.#dataSource = dataSource;
    this.#events = events;
    this.#agent = addresses.agent(timings.webhookAttemptMs);
    this.#log = log;
    this.#timings = timings;
  }

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  /** Waits for the deliveries that are being sent, and sends no more. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    this.#nap.abort();
    await this.#running;
    await this.#agent.close();
  }

  /** Polls for due deliveries at once. */
  wake(): void {
    this.#nap.abort();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      this.#nap = new AbortController();
      try {
        await fanOut(this.#dataSource, this.#events);
        await this.#sendDue();
      } catch (error) {
        this.#log.warn({ err: error }, 'webhooks: the database does not answer; trying again');
      }
      if (!this.#isStopping())
        await sleep(this.#timings.webhookPollMs, undefined, { signal: this.#nap.signal }).catch(
          () => undefined,
        );
    }
    await Promise.all([...this.#sending].map(async ({ done }) => done));
  }

  #isStopping(): boolean {
    return this.#stopping;
  }

  /** Begins to send due deliveries, as many as may be sent at once. */
  async #sendDue(): Promise<void> {
    const room = MAX_SENDING - this.#sending.size;
    if (room === 0) return;
    for (const delivery of await this.#claim(room)) {
      const sending: Sending = {
        webhookId: delivery.webhookId,
        done: this.#send(delivery)
          .catch((error: unknown) =>
            this.#log.warn(
              { err: error },
              'webhooks: the outcome of a delivery could not be recorded',
            ),
          )
          .finally(() => {
            this.#sending.delete(sending);
            // another one may be sent now
            this.wake();
          }),
      };
      this.#sending.add(sending);
    }
  }

  /** @param room how many at most */
  async #claim(room: number): Promise<Due[]> {
    const leaseSeconds = (this.#timings.webhookAttemptMs / 1000) * LEASE_ATTEMPTS;
    const webhookIds = [...this.#sending].map(({ webhookId }) => webhookId);
    return this.#dataSource.query(CLAIM_DUE, [leaseSeconds, webhookIds, room]);
  }

  async #send({ id, tries, webhookId, ...message }: Due): Promise<void> {
    const outcome = await attempt(
      this.#agent,
      { ...message, id: deliveryIdOf(id) },
      this.#timings.webhookAttemptMs,
    );
    const waitSeconds = BACK_OFF_SECONDS[tries - 1];
    const state =
      outcome.error === null
        ? 'delivered'
        : waitSeconds === undefined || outcome.status === GONE
          ? 'failed'
          : 'waiting';
    const isWaiting = state === 'waiting';
    await this.#dataSource
      .createQueryBuilder()
      .update(WebhookDeliveryEntity)
      .set({
        state,
        attempts: () => 'attempts || cast(:attempts as jsonb)',
        nextAttemptAt: isWaiting ? () => 'now() + make_interval(secs => :wait)' : null,
        endedAt: isWaiting ? null : () => 'now()',
      })
      // one that counted as lost, and that another process sends, has more tries by now
      .where({ id, tries, state: 'waiting' })
      .setParameters({
        attempts: JSON.stringify([outcome]),
        wait: (waitSeconds ?? 0) * (0.9 + Math.random() * 0.2),
      })
      .execute();
    if (outcome.status === GONE)
      await this.#dataSource.manager.update(WebhookEntity, { id: webhookId }, { active: false });
    if (outcome.error !== null)
      this.#log.warn(
        { webhook: webhookId, delivery: id, attempt: tries, state },
        `webhook: ${outcome.error}`,
      );
  }
}
