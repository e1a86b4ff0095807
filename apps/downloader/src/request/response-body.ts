import { PassThrough } from 'node:stream';
import type { Dispatcher } from 'undici';
import { SlowServerError } from '../errors/download-error.ts';

/** How much may wait for the pipeline, in bytes. */
const BUFFER_BYTES = 256 * 1024;

/** How a body has to come. */
export interface BodyLimits {
  /** The longest time between two chunks, in milliseconds. */
  readonly bodyIdleMs: number;
  /** The lowest rate, on average over each such time. */
  readonly minBytesPerSecond: number;
}

/**
 * The body of an answer. A broken connection destroys undici's stream along with the chunks it
 * still holds, so that over a line that breaks often nothing would ever arrive; here the chunks
 * that came are handed on before the fault is thrown. One that drips is broken off.
 */
export class ResponseBody {
  readonly #source: Dispatcher.ResponseData['body'];
  readonly #arrived = new PassThrough({ highWaterMark: BUFFER_BYTES });
  #fault: Error | null = null;
  /** Within the present window. */
  #bytes = 0;
  /** Whether the pipeline has let the server wait within the present window. */
  #heldBack = false;

  constructor(source: Dispatcher.ResponseData['body'], pace: BodyLimits) {
    this.#source = source;
    const windows = setInterval(() => this.#expectRate(pace), pace.bodyIdleMs);
    source.on('close', () => clearInterval(windows));
    source.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#arrived.write(chunk)) return;
      this.#heldBack = true;
      source.pause();
    });
    this.#arrived.on('drain', () => source.resume());
    source.on('end', () => this.#arrived.end());
    source.on('error', (fault: Error) => {
      this.#fault = fault;
      this.#arrived.end();
    });
  }

  /** All chunks that arrive, then the fault, if the body broke off. */
  async *chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.#arrived as AsyncIterable<Buffer>;
      if (this.#fault !== null) throw this.#fault;
    } finally {
      this.close();
    }
  }

  #expectRate({ bodyIdleMs, minBytesPerSecond }: BodyLimits): void {
    const seconds = bodyIdleMs / 1000;
    if (!this.#heldBack && this.#bytes < minBytesPerSecond * seconds) {
      const what = `${this.#bytes} bytes in ${seconds} s, where ${minBytesPerSecond} a second are the least; DOWNLOAD_LEAST_BYTES_PER_SECOND sets that`;
      this.#source.destroy(new SlowServerError('SLOW_BODY', what));
    }
    this.#bytes = 0;
    this.#heldBack = this.#source.isPaused();
  }

  /** Lets go of the connection when the body is not wanted, or not wanted any more. */
  close(): void {
    this.#source.destroy();
  }
}
