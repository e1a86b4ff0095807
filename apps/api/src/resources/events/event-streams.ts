import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '@marquee/contract';
import { isRetryable } from '@marquee/runs';
import { StreamSlots, type StreamClient } from '../../database/stream-slots.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { EventPosition } from './event-id.ts';
import type { EventBatch, EventLog } from './event-log.ts';
import type { EventFilter } from './event-statements.ts';

/** How many events of a stream are in memory at a time. */
const BATCH = 200;

/** A browser opens up to six, and a stream that waits costs little: it holds no database connection. */
const LIMITS = { all: 200, ofParty: 10 };

/** After how long an EventSource reconnects. */
const RECONNECT_MS = 2000;

/** How long to wait before the database is asked again. */
const RETRY_MS = 1000;

/** A stream of events to send. */
export interface EventStreamRequest {
  readonly position: EventPosition;
  readonly filter: EventFilter;
  readonly client: StreamClient;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

interface StreamTimings {
  /** The longest silence on a stream: proxies take a silent connection for a dead one. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing. */
  readonly stalledMs: number;
}

/** Sends events to clients, at the pace at which each of them reads. */
export class EventStreams {
  readonly #log: EventLog;
  readonly #timings: StreamTimings;
  readonly #slots = new StreamSlots(LIMITS);

  constructor(log: EventLog, timings: StreamTimings) {
    this.#log = log;
    this.#timings = timings;
  }

  /**
   * The events until now, in batches.
   *
   * @param limit how many at most; null for all
   * @throws ProblemException 429, 503 when there are too many streams; 410 as EventLog does
   */
  async untilNow(
    { position, filter, client, signal }: EventStreamRequest,
    limit: number | null,
  ): Promise<AsyncGenerator<readonly CloudEvent[]>> {
    const free = this.#slots.take(client);
    signal.addEventListener('abort', free);
    const log = this.#log;
    const { end } = await log.ends();
    return (async function* () {
      let left = limit ?? Infinity;
      for (let at = position; at < end && left > 0;) {
        const batch = await log.after(at, filter, Math.min(BATCH, left));
        if (batch.events.length > 0) yield batch.events;
        left -= batch.events.length;
        at = batch.position;
      }
    })();
  }

  /**
   * The events after a position as server-sent events, without an end. A client that reads slowly is
   * sent them later, and one that reads nothing is cut off.
   *
   * @param isStale whether the client has to connect again, as its key may not be valid any longer
   * @throws ProblemException 429, 503 when there are too many streams
   */
  follow(request: EventStreamRequest, isStale: () => boolean): Readable {
    const free = this.#slots.take(request.client);
    const aborter = new AbortController();
    const signal = AbortSignal.any([aborter.signal, request.signal, this.#log.closing]);
    const stream: Readable = Readable.from(
      this.#withoutStall(this.#frames(request, signal, isStale), () => stream.destroy()),
      { objectMode: false, highWaterMark: 1 },
    );
    request.signal.addEventListener('abort', () => stream.destroy());
    stream.once('close', () => {
      aborter.abort();
      free();
    });
    return stream;
  }

  async *#frames(
    { position, filter }: EventStreamRequest,
    signal: AbortSignal,
    isStale: () => boolean,
  ): AsyncGenerator<string> {
    const { heartbeatMs } = this.#timings;
    // a client that loses the connection before the first event resumes after this id
    yield `retry: ${RECONNECT_MS}\n${markOf(await this.#log.idOf(position))}`;
    let sentAt = performance.now();
    for (let at = position; !signal.aborted;) {
      const batch = await this.#read(at, filter, signal);
      if (batch === null || isStale()) return;
      const frames = batch.events.map(frameOf).join('');
      if (frames !== '' || performance.now() - sentAt >= heartbeatMs) {
        yield frames === '' ? markOf(batch.cursor) : frames;
        sentAt = performance.now();
      }
      at = batch.position;
      if (!batch.more) await this.#log.wait(at, heartbeatMs, signal);
    }
  }

  /**
   * The next events. Waits while the database does not answer: an EventSource that gets an error
   * does not connect again.
   *
   * @returns null when the stream has to end, as events after the position are no longer kept
   */
  async #read(
    position: EventPosition,
    filter: EventFilter,
    signal: AbortSignal,
  ): Promise<EventBatch | null> {
    for (;;) {
      try {
        return await this.#log.after(position, filter, BATCH);
      } catch (error) {
        if (error instanceof ProblemException && error.getStatus() === 410) return null;
        if (!isTemporary(error)) throw error;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return null;
      }
    }
  }

  /** Passes parts on, and ends when one is not taken in time. */
  async *#withoutStall(parts: AsyncIterable<string>, end: () => void): AsyncGenerator<string> {
    for await (const part of parts) {
      const timer = setTimeout(end, this.#timings.stalledMs);
      try {
        yield part;
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

/** A comment, and an id without an event: a client that reconnects goes on after it. */
function markOf(id: string): string {
  return `: \nid: ${id}\n\n`;
}

function frameOf(event: CloudEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Whether the same read can succeed later. */
function isTemporary(error: unknown): boolean {
  return error instanceof ProblemException ? error.getStatus() === 503 : isRetryable(error);
}
