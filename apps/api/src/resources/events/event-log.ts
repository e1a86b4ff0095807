import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent, EventType } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import type { PublishedWatch } from '../../database/published-watch.ts';
import { badInput } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { readTime } from '../changes/feed-time.ts';
import { toCloudEvent } from './cloud-event.ts';
import { readEventId, writeEventId, type EventPosition } from './event-id.ts';
import {
  eventsAfter,
  goneOf,
  LOG_ENDS,
  POSITION_AT_TIME,
  type EventFilter,
  type EventRow,
  type LogEnds,
  type LogRow,
} from './event-statements.ts';

/** The shortest time between two queries for new events: merges commit many times a second. */
const LOOK_MS = 100;

/** Some events of the log. */
export interface EventBatch {
  readonly events: readonly CloudEvent[];
  /** Where the next batch begins: after these events, and after others that were left out. */
  readonly position: EventPosition;
  /** The same as an id. */
  readonly cursor: string;
  /** Whether there are more already. */
  readonly more: boolean;
}

interface LogOptions {
  readonly database: Database;
  readonly watch: PublishedWatch;
  /** The `source` of events. */
  readonly source: string;
  /** How often to query for new events when no notification arrives. */
  readonly pollMs: number;
}

interface Waiter {
  readonly position: EventPosition;
  readonly wake: () => void;
}

/**
 * Reads events in the order of their commits. Ids are assigned under a lock that is held until the
 * commit (`movies.order_changes`): a reader that sees an event also sees all earlier ones.
 */
export class EventLog {
  readonly #options: LogOptions;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<Waiter>();
  #isLooking = false;
  /** The last end of the log that was seen. */
  #end: EventPosition = 0;
  #nap = new AbortController();

  constructor(options: LogOptions) {
    this.#options = options;
    options.watch.onNotification(() => this.#nap.abort());
  }

  /** Ends all waits, and with them all streams. */
  close(): void {
    this.#closing.abort();
    this.#nap.abort();
  }

  /** Aborted when the process shuts down. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Reads up to `limit` events after a position.
   *
   * @throws ProblemException 410 if some of them are no longer kept; 503
   */
  async after(position: EventPosition, filter: EventFilter, limit: number): Promise<EventBatch> {
    const { database, source } = this.#options;
    const { statement, values } = eventsAfter(filter, position, limit + 1);
    const rows = await database.read<LogRow>(statement, values);
    const ends = expectEnds(rows[0]);
    expectKept(ends, filter.types, position);
    const found = rows.filter(isEvent);
    const more = found.length > limit;
    const shown = found.slice(0, limit);
    const reached = more ? (shown.at(-1)?.position ?? position) : Math.max(position, ends.end);
    return {
      events: shown.map((row) => toCloudEvent(row, source, ends.epoch)),
      position: reached,
      cursor: writeEventId(ends.epoch, reached),
      more,
    };
  }

  /** Where the log ends and begins. */
  async ends(): Promise<LogEnds> {
    const [ends] = await this.#options.database.read<LogEnds>(LOG_ENDS, []);
    return expectEnds(ends);
  }

  /**
   * The position at which a client starts. A time before the first event that is kept starts at that
   * event.
   *
   * @param since undefined for all events that are kept
   * @param where the parameter or the header that names it
   * @throws ProblemException 400 for an invalid one; 410 for an id of another database, or of an event
   *   after which some are no longer kept
   */
  async positionOf(
    since: string | undefined,
    where: string,
    { types }: EventFilter,
  ): Promise<EventPosition> {
    const ends = await this.ends();
    const first = goneOf(ends, types);
    if (since === undefined) return first;
    if (since === 'now') return ends.end;
    const id = readEventId(since);
    if (id !== null) {
      if (id.epoch !== ends.epoch || id.position > ends.given)
        throw gone(
          'The id is of an event of another database, or from before this one was restored.',
        );
      expectKept(ends, types, id.position);
      return id.position;
    }
    const time = readTime(since);
    if (time === null)
      throw badInput([
        {
          message:
            'expected the id of an event, a cursor of an earlier answer, a time such as 2026-08-15T00:00:00Z, or now',
          path: [where],
        },
      ]);
    const [found] = await this.#options.database.read<{ position: EventPosition }>(
      POSITION_AT_TIME,
      [time],
    );
    return Math.max(found?.position ?? 0, first);
  }

  /** The id of the event at a position. */
  async idOf(position: EventPosition): Promise<string> {
    return writeEventId((await this.ends()).epoch, position);
  }

  /** Waits for an event after a position, for `ms` at most, or until the signal is aborted. */
  async wait(position: EventPosition, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#end > position) return;
    const ended = new AbortController();
    const waiter = { position, wake: () => ended.abort() };
    this.#waiting.add(waiter);
    void this.#look();
    await sleep(ms, undefined, {
      signal: AbortSignal.any([ended.signal, signal, this.#closing.signal]),
    }).catch(() => undefined);
    this.#waiting.delete(waiter);
  }

  /** Queries for new events while there are waiters: one query for all of them. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      this.#nap = new AbortController();
      // the waiters read the log themselves later, and get the error
      const ends = await this.ends().catch(() => null);
      this.#end = ends?.end ?? this.#end;
      for (const { position, wake } of this.#waiting) if (this.#end > position) wake();
      const { signal } = this.#nap;
      await sleep(this.#options.pollMs, undefined, { signal }).catch(() => undefined);
      await sleep(LOOK_MS);
    }
    this.#isLooking = false;
  }
}

function isEvent(row: LogRow): row is LogRow & EventRow {
  return row.position !== null;
}

function expectEnds(ends: LogEnds | undefined): LogEnds {
  if (ends === undefined)
    throw new Error('The table events.progress is empty. Migrations insert its only row.');
  return ends;
}

function expectKept(ends: LogEnds, types: readonly EventType[], position: EventPosition): void {
  if (goneOf(ends, types) > position)
    throw gone('Some of the events after this point are no longer kept.');
}

function gone(detail: string): ProblemException {
  return new ProblemException({
    status: 410,
    code: 'events-gone',
    detail,
    hint: 'Take the cursor of GET /events?since=now, read what you keep again, and continue from that cursor. CHANGE_DAYS sets how long events are kept.',
  });
}
