import { Readable } from 'node:stream';
import { HEAD_BYTES } from '@marquee/sources';

/** The beginning of a stream, and the whole stream from its beginning. */
export interface Peeked {
  readonly head: Buffer;
  readonly whole: Readable;
}

/**
 * Reads the beginning of a stream ahead. If the whole is destroyed, the given stream stays: that of a
 * request belongs to its connection, on which the answer is still to be sent.
 */
export async function peek(stream: Readable): Promise<Peeked> {
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const read: Buffer[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES;) {
    const next = await chunks.next();
    if (next.done === true) break;
    read.push(next.value);
    bytes += next.value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* read;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      yield next.value;
  }
  return { head: Buffer.concat(read), whole: Readable.from(all(), { objectMode: false }) };
}
