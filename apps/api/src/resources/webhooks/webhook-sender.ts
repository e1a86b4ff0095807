import type { Addresses } from '@marquee/network/addresses';
import type { Logger } from '@marquee/process';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Agent } from 'undici';
import type { ApiTimings } from '../../timings.ts';
import { attempt, type Message } from './attempt.ts';
import { fanOut } from './fan-out.ts';
import { deliveryIdOf } from './webhook-store.ts';

/** So many deliveries are under way at once in one process. Nearly all of them only wait. */
const PLACES = 32;
/** So many of them to one webhook: a receiver that hangs leaves the other places to others. */
const PLACES_OF_WEBHOOK = 2;
/**
 * A delivery that is being sent is taken for lost with its process after so many times as long as
 * an attempt may take.
 */
const LEASE_ATTEMPTS = 6;
/**
 * How long after each failed attempt the next one comes, give or take a tenth: seven attempts
 * within two days.
 */
const BACK_OFF_SECONDS = [10, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600, 24 * 3600];
/** Whoever answers this wants to hear no more. */
const GONE = 410;

/**
 * How often it is looked whether something was published, or is due; and the limit of an attempt.
 */
type WebhookTimings = Pick<ApiTimings, 'webhookPollMs' | 'webhookAttemptMs'>;

interface Due extends Message {
  readonly tries: number;
  readonly webhookId: string;
}

/** A delivery that is under way. */
interface Sending {
  readonly webhookId: string;
  readonly done: Promise<void>;
}

/**
 * Sends what webhooks are to be told. All that is to be done stands in the database, so any number
 * of processes share it, and what one of them was at when it died is done by another: each delivery
 * arrives at least once, and has one id however often it comes.
 */
export class WebhookSender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #dataSource: DataSource;
  readonly #agent: Agent;
  readonly #log: Logger;
  readonly #timings: WebhookTimings;
  #stopping = false;
  #nap = new AbortController();
  readonly #sending = new Set<Sending>();
  #running: Promise<void> = Promise.resolve();

  constructor(dataSource: DataSource, addresses: Addresses, log: Logger, timings: WebhookTimings) {
    this.#dataSource = dataSource;
    this.#agent = addresses.agent(timings.webhookAttemptMs);
    this.#log = log;
    this.#timings = timings;
  }

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  /** Lets what is being sent arrive, and sends no more. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    this.#nap.abort();
    await this.#running;
    await this.#agent.close();
  }

  /** Has what is due sent at once. */
  wake(): void {
    this.#nap.abort();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      this.#nap = new AbortController();
      try {
        await fanOut(this.#dataSource);
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

  /** Begins to send what is due, as far as there are places for it. */
  async #sendDue(): Promise<void> {
    const room = PLACES - this.#sending.size;
    if (room === 0) return;
    for (const delivery of await this.#claim(room)) {
      const sending: Sending = {
        webhookId: delivery.webhookId,
        done: this.#send(delivery)
          .catch((error: unknown) =>
            this.#log.warn({ err: error }, 'webhooks: what became of a delivery is not recorded'),
          )
          .finally(() => {
            this.#sending.delete(sending);
            // the place is for the next that is due
            this.wake();
          }),
      };
      this.#sending.add(sending);
    }
  }

  /**
   * Takes what is due for this process: until the lease is over, no other one will.
   *
   * @param room how many at the most
   */
  async #claim(room: number): Promise<Due[]> {
    const busy = [...this.#sending].map(({ webhookId }) => webhookId);
    return this.#dataSource.query(
      `with busy as (
         select webhook_id, count(*) as places from unnest($2::uuid[]) as sent (webhook_id) group by webhook_id
       ), ranked as (
         select d.id, row_number() over (partition by d.webhook_id order by d.next_attempt_at, d.id) + coalesce(busy.places, 0) as place
         from access.webhook_delivery d join access.webhook w on w.id = d.webhook_id left join busy on busy.webhook_id = d.webhook_id
         where d.state = 'waiting' and d.next_attempt_at <= now() and (w.active or d.type = 'test')
       ), due as (
         select d.id, w.id as webhook_id, w.url, w.secret
         from ranked join access.webhook_delivery d on d.id = ranked.id join access.webhook w on w.id = d.webhook_id
         where ranked.place <= ${PLACES_OF_WEBHOOK} and d.state = 'waiting' and d.next_attempt_at <= now()
         order by d.next_attempt_at limit $3::int for update of d skip locked
       ), claimed as (
         update access.webhook_delivery d set tries = d.tries + 1, next_attempt_at = now() + make_interval(secs => $1::float8)
         from due where d.id = due.id returning d.id, d.tries, d.body, due.webhook_id as "webhookId", due.url, due.secret
       ) select * from claimed`,
      [(this.#timings.webhookAttemptMs / 1000) * LEASE_ATTEMPTS, busy, room],
    );
  }

  async #send({ id, tries, webhookId, ...message }: Due): Promise<void> {
    const outcome = await attempt(
      this.#agent,
      { ...message, id: deliveryIdOf(id) },
      this.#timings.webhookAttemptMs,
    );
    const wait = BACK_OFF_SECONDS[tries - 1];
    const state =
      outcome.error === null
        ? 'delivered'
        : wait === undefined || outcome.status === GONE
          ? 'failed'
          : 'waiting';
    // one that was taken for lost and is being sent by another has more tries by now
    await this.#dataSource.query(
      `update access.webhook_delivery set attempts = attempts || $3::jsonb, state = $4::text,
         next_attempt_at = case when $4::text = 'waiting' then now() + make_interval(secs => $5::float8) end,
         ended_at = case when $4::text = 'waiting' then null else now() end
       where id = $1::uuid and tries = $2::int and state = 'waiting'`,
      [id, tries, JSON.stringify([outcome]), state, (wait ?? 0) * (0.9 + Math.random() * 0.2)],
    );
    if (outcome.status === GONE)
      await this.#dataSource.query('update access.webhook set active = false where id = $1::uuid', [
        webhookId,
      ]);
    if (outcome.error !== null)
      this.#log.warn(
        { webhook: webhookId, delivery: id, attempt: tries, state },
        `webhook: ${outcome.error}`,
      );
  }
}
