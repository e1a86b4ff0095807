import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** The minimum rate at which a client must read an export. */
export interface MinimumRate {
  /** Before compression; 0 for no minimum. */
  readonly bytesPerSecond: number;
  /** Averaged over this much time spent waiting for the client, in milliseconds. */
  readonly windowMs: number;
}

/** Content types of exports. */
const EXPORTS = /^(?:text\/csv|application\/x-ndjson)\b/u;

/**
 * Ends exports whose clients read too slowly: each export holds one of a few database connections.
 * The response is cut, so that the client sees that it is incomplete.
 *
 * @param onSlow called with the id of each request whose export is ended
 */
export function endSlowExports(
  fastify: FastifyInstance,
  rate: MinimumRate,
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
 * Passes a stream on, and destroys it when it is read too slowly. Only time in which a chunk waits
 * to be read counts, not time in which the database is awaited.
 */
function watchReader(source: Readable, rate: MinimumRate, onSlow: () => void): Readable {
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
  // a stream that is destroyed while it awaits the source never leaves the loop above
  stream.once('close', () => source.destroy());
  return stream;
}

/** Adds up the time spent waiting for a reader, and the bytes that it has read. */
export class ReaderWatch {
  readonly #rate: MinimumRate;
  readonly #onSlow: () => void;
  #waitedMs = 0;
  #bytes = 0;
  #offeredAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(rate: MinimumRate, onSlow: () => void) {
    this.#rate = rate;
    this.#onSlow = onSlow;
  }

  /** A chunk is ready to be read. */
  offer(): void {
    this.#offeredAt = performance.now();
    this.#timer = setTimeout(() => this.#endWindow(), this.#rate.windowMs - this.#waitedMs);
  }

  /** The chunk has been read. */
  take(bytes: number): void {
    this.#stopWaiting();
    this.#bytes += bytes;
    if (this.#waitedMs >= this.#rate.windowMs) this.#endWindow();
  }

  end(): void {
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    if (this.#offeredAt !== null) this.#waitedMs += performance.now() - this.#offeredAt;
    this.#offeredAt = null;
  }

  /** Compares the rate of a window with the minimum, and begins the next window. */
  #endWindow(): void {
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
