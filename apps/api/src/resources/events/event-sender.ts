import type { CloudEvent, EventSink as SinkState, EventType } from '@marquee/contract';
import type { Logger } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { writeCloudEvent } from './cloud-event.ts';
import { writeEventId, type EventPosition } from './event-id.ts';
import type { EventLog } from './event-log.ts';
import { batchesOf, type EventSink, type OutgoingEvent } from './event-sink.ts';
import { goneOf } from './event-statements.ts';

/** The most events that are sent in a transaction, and so are sent again after a kill. */
const BATCH = 100;

/** When a transaction ends early to record its progress: a sink may take each batch slowly. */
const NOTE_AFTER_MS = 20_000;

/** The longest pause after failed attempts. */
const MAX_PAUSE_SECONDS = 60;

/**
 * The lock of a sink is a row lock: it ends with its process. That of a process that is frozen ends
 * after this time, and another process takes over. An attempt takes 10 s and is made three times.
 */
const LOCK = `set local idle_in_transaction_session_timeout = '60s'`;

const ADD_SINK = `
  insert into events.sink (name, seen) values ($1::text, $2::int8) on conflict (name) do nothing`;

const TAKE_SINK = `
  select seen::float8 as seen from events.sink
  where name = $1::text and next_attempt_at <= now() for update skip locked`;

const NOTE_SENT = `
  update events.sink set seen = $2::int8, sent_at = clock_timestamp(), tries = 0, error = null
  where name = $1::text`;

const NOTE_FAILURE = `
  update events.sink set seen = $2::int8, tries = tries + 1, error = $3::text,
    next_attempt_at = clock_timestamp() + least(power(2, least(tries, 10)), $4::float8) * interval '1 s'
  where name = $1::text`;

const SINKS = `
  select name, seen::float8 as seen, error, sent_at as "sentAt",
    case when error is not null then next_attempt_at end as "nextAttemptAt"
  from events.sink where name = any ($1::text[]) order by name`;

interface SinkRow {
  readonly name: string;
  readonly seen: number;
  readonly error: string | null;
  readonly sentAt: Date | null;
  readonly nextAttemptAt: Date | null;
}

/** What was sent to a sink. */
interface Outcome {
  /** Up to where the sink has all events. */
  readonly seen: EventPosition;
  /** Whether there are more events for it already. */
  readonly more: boolean;
  /** Why it has not got more; null if it can. */
  readonly error: string | null;
}

interface SenderOptions {
  readonly dataSource: DataSource;
  readonly events: EventLog;
  readonly sinks: readonly EventSink[];
  readonly types: readonly EventType[];
  readonly log: Logger;
  /** How often to check a sink that another process sends to. */
  readonly pollMs: number;
}

/**
 * Sends events to the sinks of the configuration: each at least once, those of a subject in their
 * order. All state is in the database. One process at a time sends to a sink, and holds the lock of
 * its row meanwhile; if it dies, another one goes on after the last event that was noted as sent.
 */
export class EventSender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #options: SenderOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  onApplicationBootstrap(): void {
    this.#running = Promise.all(this.#options.sinks.map(async (sink) => this.#run(sink)));
  }

  /** Waits for the events that are being sent, and sends no more. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    for (const sink of this.#options.sinks) sink.close();
  }

  /** The state of each sink. */
  async describeSinks(): Promise<SinkState[]> {
    const { dataSource, events, sinks } = this.#options;
    const { epoch, end } = await events.ends();
    const rows: SinkRow[] = await dataSource.query(SINKS, [sinks.map(({ name }) => name)]);
    return rows.map(({ name, seen, error, sentAt, nextAttemptAt }) => ({
      name,
      sent: writeEventId(epoch, seen),
      isBehind: seen < end,
      sentAt: sentAt?.toISOString() ?? null,
      error,
      nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    }));
  }

  async #run(sink: EventSink): Promise<void> {
    const { events, log, pollMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const outcome = await this.#sendNext(sink).catch((error: unknown) => {
        log.warn({ err: error, sink: sink.name }, 'events: the database does not answer');
        return null;
      });
      if (outcome?.error === null && outcome.more) continue;
      // another process sends to it, or it refuses events: look again later
      const next = outcome?.error === null ? outcome.seen : Number.POSITIVE_INFINITY;
      await events.wait(next, pollMs, signal);
    }
  }

  /** @returns null if another process sends to the sink, or its next attempt is later */
  async #sendNext(sink: EventSink): Promise<Outcome | null> {
    const { dataSource, events, types, log } = this.#options;
    const ends = await events.ends();
    // a new sink gets no events of the time before
    await dataSource.query(ADD_SINK, [sink.name, ends.end]);
    return dataSource.transaction(async (manager) => {
      await manager.query(LOCK);
      const [row]: { seen: number }[] = await manager.query(TAKE_SINK, [sink.name]);
      if (row === undefined) return null;
      const first = goneOf(ends, types);
      if (row.seen < first)
        log.error(
          { sink: sink.name },
          'events were no longer kept when they were to be sent: see CHANGE_DAYS',
        );
      const outcome = await this.#send(sink, Math.max(row.seen, first));
      await this.#note(manager, sink, row.seen, outcome);
      return outcome;
    });
  }

  /** Sends the events after a position, up to {@link BATCH}. */
  async #send(sink: EventSink, position: EventPosition): Promise<Outcome> {
    const { events, types } = this.#options;
    const batch = await events.after(position, { types, subjects: null }, BATCH);
    const noteAt = performance.now() + NOTE_AFTER_MS;
    let seen = position;
    for (const part of batchesOf(batch.events.map(outgoingOf))) {
      if (performance.now() > noteAt) return { seen, more: true, error: null };
      const refused = await sink.send(part).catch((error: unknown) => errorMessage(error));
      if (typeof refused === 'string') return { seen, more: true, error: refused };
      const failed = part.find(({ id }) => refused.has(id));
      // those after it are sent again: they may be about the same thing
      const taken = failed === undefined ? part : part.slice(0, part.indexOf(failed));
      seen = taken.at(-1)?.position ?? seen;
      if (failed !== undefined)
        return { seen, more: true, error: `${failed.id}: ${refused.get(failed.id) ?? 'refused'}` };
    }
    return { seen: batch.position, more: batch.more, error: null };
  }

  async #note(
    manager: EntityManager,
    { name }: EventSink,
    before: EventPosition,
    { seen, error }: Outcome,
  ): Promise<void> {
    if (error !== null) {
      this.#options.log.warn({ sink: name }, `events could not be sent: ${error}`);
      await manager.query(NOTE_FAILURE, [name, seen, error, MAX_PAUSE_SECONDS]);
    } else if (seen > before) await manager.query(NOTE_SENT, [name, seen]);
  }
}

function outgoingOf(event: CloudEvent): OutgoingEvent {
  const { id, type, subject, sequence } = event;
  return { id, type, subject, position: Number(sequence), body: writeCloudEvent(event) };
}
