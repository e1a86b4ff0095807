import type { Logger } from '@marquee/process';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Agent } from 'undici';
import type { Addresses } from './addresses.ts';
import type { ApiTimings } from '../timings.ts';
import { attempt, type Message } from './attempt.ts';
import { fanOut } from './fan-out.ts';
import { deliveryIdOf } from './webhook-store.ts';

/** So many deliveries are under way at once in one process. */
const BATCH = 8;
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
        while ((await this.#sendDue()) === BATCH && !this.#isStopping());
      } catch (error) {
        this.#log.warn({ err: error }, 'webhooks: the database does not answer; trying again');
      }
      if (!this.#isStopping())
        await sleep(this.#timings.webhookPollMs, undefined, { signal: this.#nap.signal }).catch(
          () => undefined,
        );
    }
  }

  #isStopping(): boolean {
    return this.#stopping;
  }

  /** @returns how many were due, up to a batch */
  async #sendDue(): Promise<number> {
    const due = await this.#claim();
    const settled = await Promise.allSettled(due.map(async (delivery) => this.#send(delivery)));
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return due.length;
  }

  /** Takes what is due for this process: until the lease is over, no other one will. */
  async #claim(): Promise<Due[]> {
    return this.#dataSource.query(
      `with due as (
         select d.id, w.id as webhook_id, w.url, w.secret from access.webhook_delivery d join access.webhook w on w.id = d.webhook_id
         where d.state = 'waiting' and d.next_attempt_at <= now() and (w.active or d.type = 'test')
         order by d.next_attempt_at limit ${BATCH} for update of d skip locked
       ), claimed as (
         update access.webhook_delivery d set tries = d.tries + 1, next_attempt_at = now() + make_interval(secs => $1::float8)
         from due where d.id = due.id returning d.id, d.tries, d.body, due.webhook_id as "webhookId", due.url, due.secret
       ) select * from claimed`,
      [(this.#timings.webhookAttemptMs / 1000) * LEASE_ATTEMPTS],
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
