import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** How slowly a client may read an export. */
export interface LeastRate {
  /** Bytes, before they are compressed; 0 for as slowly as it likes. */
  readonly bytesPerSecond: number;
  /** Over how much of the time in which its client was waited for, in milliseconds. */
  readonly windowMs: number;
}

/** The types of what is answered row by row. */
const EXPORTS = /^(?:text\/csv|application\/x-ndjson)\b/u;

/**
 * Ends exports whose clients read too slowly: each holds a connection to the database, of which
 * there are few. The client sees that its answer is cut.
 *
 * @param onSlow called with the id of each request that is ended
 */
export function endSlowExports(
  fastify: FastifyInstance,
  rate: LeastRate,
  onSlow: (requestId: string) => void,
): void {
  if (rate.bytesPerSecond === 0) return;
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const isExport =
      payload instanceof Readable && EXPORTS.test(String(reply.getHeader('content-type')));
    done(null, isExport ? watchReader(payload, rate, () => onSlow(request.id)) : payload);
  });
}

/**
 * The same stream, which is destroyed when it is read too slowly. Only the time in which something
 * is there to be read counts: the database may take long.
 */
export function watchReader(source: Readable, rate: LeastRate, onSlow: () => void): Readable {
  const reader = new ReaderWatch(rate, () => {
    onSlow();
    stream.destroy(new Error('the client reads too slowly'));
  });
  const stream = Readable.from(
    (async function* () {
      try {
        for await (const chunk of source as AsyncIterable<Buffer | string>) {
          reader.offer();
          yield chunk;
          reader.take(Buffer.byteLength(chunk));
        }
      } finally {
        reader.end();
      }
    })(),
    { objectMode: false },
  );
  // what is given up while the source is waited for does not come to the end of the loop above
  stream.once('close', () => source.destroy());
  return stream;
}

/** Adds up how long a reader was waited for, and what it has taken meanwhile. */
class ReaderWatch {
  readonly #rate: LeastRate;
  readonly #onSlow: () => void;
  #waitedMs = 0;
  #bytes = 0;
  #offeredAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(rate: LeastRate, onSlow: () => void) {
    this.#rate = rate;
    this.#onSlow = onSlow;
  }

  /** Something is there to be read. */
  offer(): void {
    this.#offeredAt = performance.now();
    this.#timer = setTimeout(() => this.#judge(), this.#rate.windowMs - this.#waitedMs);
  }

  /** It has been read. */
  take(bytes: number): void {
    this.#stopWaiting();
    this.#bytes += bytes;
    if (this.#waitedMs >= this.#rate.windowMs) this.#judge();
  }

  end(): void {
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    if (this.#offeredAt !== null) this.#waitedMs += performance.now() - this.#offeredAt;
    this.#offeredAt = null;
  }

  /** At the end of a window. */
  #judge(): void {
    const isWaiting = this.#offeredAt !== null;
    this.#stopWaiting();
    const { bytesPerSecond } = this.#rate;
    const isSlow = this.#bytes < (bytesPerSecond * this.#waitedMs) / 1000;
    this.#waitedMs = 0;
    this.#bytes = 0;
    if (isSlow) this.#onSlow();
    else if (isWaiting) this.offer();
  }
}
