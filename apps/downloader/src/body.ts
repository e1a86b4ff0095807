import { PassThrough } from 'node:stream';
import type { Dispatcher } from 'undici';

/** How much may wait for the pipeline, in bytes. */
const BUFFER = 256 * 1024;

/**
 * The body of an answer. A broken connection destroys undici's stream along with the chunks it still holds, so that over a line that breaks often
 * nothing would ever arrive; here the chunks that came are handed on before the fault is thrown.
 */
export class Body {
  readonly #source: Dispatcher.ResponseData['body'];
  readonly #arrived = new PassThrough({ highWaterMark: BUFFER });
  #fault: Error | null = null;

  constructor(source: Dispatcher.ResponseData['body']) {
    this.#source = source;
    source.on('data', (chunk: Buffer) => {
      if (!this.#arrived.write(chunk)) source.pause();
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

  /** Lets go of the connection when the body is not wanted, or not wanted any more. */
  close(): void {
    this.#source.destroy();
  }
}
