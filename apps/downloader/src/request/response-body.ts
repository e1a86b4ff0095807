import { PassThrough } from 'node:stream';
import type { Dispatcher } from 'undici';
import { SlowServerError } from '../errors/transient-errors.ts';

/** The limit of bytes that wait for the pipeline. */
const BUFFER_BYTES = 256 * 1024;

/** The lowest speed of a response body. */
export interface BodyLimits {
  /** The longest time between two chunks, in milliseconds. */
  readonly bodyIdleMs: number;
  /** The lowest mean rate within each window of this length. */
  readonly minBytesPerSecond: number;
}

/**
 * The body of a response. When a connection breaks, undici destroys its stream together with the
 * chunks that it still holds; over an unreliable connection, nothing would ever arrive. This class
 * hands on the received chunks first, and throws the error afterwards. It aborts a body that is too
 * slow.
 */
export class ResponseBody {
  readonly #source: Dispatcher.ResponseData['body'];
  readonly #received = new PassThrough({ highWaterMark: BUFFER_BYTES });
  #error: Error | null = null;
  /** Received in the current window. */
  #bytes = 0;
  /** Whether the pipeline has paused the server in the current window. */
  #wasPaused = false;

  constructor(source: Dispatcher.ResponseData['body'], limits: BodyLimits) {
    this.#source = source;
    const windows = setInterval(() => this.#checkRate(limits), limits.bodyIdleMs);
    source.on('close', () => clearInterval(windows));
    source.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#received.write(chunk)) return;
      this.#wasPaused = true;
      source.pause();
    });
    this.#received.on('drain', () => source.resume());
    source.on('end', () => this.#received.end());
    source.on('error', (error: Error) => {
      this.#error = error;
      this.#received.end();
    });
  }

  /** All received chunks, then the error, if the body was cut off. */
  async *chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.#received as AsyncIterable<Buffer>;
      if (this.#error !== null) throw this.#error;
    } finally {
      this.close();
    }
  }

  #checkRate({ bodyIdleMs, minBytesPerSecond }: BodyLimits): void {
    const seconds = bodyIdleMs / 1000;
    if (!this.#wasPaused && this.#bytes < minBytesPerSecond * seconds) {
      const rate = `${this.#bytes} bytes in ${seconds} s, expected at least ${minBytesPerSecond} per second, see DOWNLOAD_LEAST_BYTES_PER_SECOND`;
      this.#source.destroy(new SlowServerError('SLOW_BODY', rate));
    }
    this.#bytes = 0;
    this.#wasPaused = this.#source.isPaused();
  }

  /** Closes the connection if the body is not needed, or not any more. */
  close(): void {
    this.#source.destroy();
  }
}
