import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createZstdDecompress, zstdCompress, zstdDecompressSync } from 'node:zlib';

/**
 * Bytes of content in each frame but the last: what is unpacked at once. Larger ones are unpacked
 * hardly faster, and take more memory.
 */
const FRAME_BYTES = 512 * 1024;

/** The start of a skippable frame with four bytes of content, as RFC 8878 has it (3.1.2). */
const SKIPPABLE_FRAME = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
const HEADER_BYTES = SKIPPABLE_FRAME.length + 4;

/** The start of a frame. */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const compress = promisify(zstdCompress);

/** Bytes that are no zstd copy, or not all of one. */
export class CorruptZstdCopyError extends Error {
  override readonly name = 'BrokenZstdCopy';
}

/**
 * Packs a content as its zstd copy: zstd in frames that are unpacked one by one, each by one call
 * in the thread that reads them. As one long stream it took a third more processor time, most of it
 * for the way between threads.
 *
 * Before each frame comes a skippable one with its length, and after the last one with a length of
 * 0; `zstd -d` unpacks the whole, and pzstd writes the same but for the end. Node's own stream does
 * not: it ends where the first frame does, and says nothing.
 *
 * Level 1 takes hardly longer than a gunzip, which it goes on beside, and is smaller than the gzip
 * by an eighth.
 */
export async function* compressZstdCopy(
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  for await (const part of splitIntoFrames(content)) {
    const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };
    const frame = await compress(part, {
      params,
      pledgedSrcSize: part.length,
      chunkSize: FRAME_BYTES,
    });
    yield frameHeader(frame.length);
    yield frame;
  }
  yield frameHeader(0);
}

/**
 * The content of a zstd copy, in parts of half a megabyte. A part is gone when the next is asked
 * for: who wants to keep something of it copies it.
 *
 * @throws BrokenZstdCopy, or of one long frame an error of zlib; one of the source is passed on as
 *   it is
 */
export async function* decompressZstdCopy(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const bytes = new ByteReader(packed);
  try {
    let head = await bytes.take(HEADER_BYTES);
    if (head.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC)) {
      yield* decompressStream(bytes.from(head));
      return;
    }
    for (let length = frameLength(head); length > 0; length = frameLength(head)) {
      const part = decompressFrame(await bytes.take(length));
      yield part;
      // V8 would take it for needed as long as what zlib has made for the call is not collected,
      // which is seldom: 70 MB instead of 1, and twice the time
      part.buffer.transfer(0);
      head = await bytes.take(HEADER_BYTES);
    }
    if (!(await bytes.isAtEnd()))
      throw new CorruptZstdCopyError('bytes follow the end of the zstd copy');
  } finally {
    await bytes.close();
  }
}

/** Content in parts of {@link FRAME_BYTES} bytes. */
async function* splitIntoFrames(
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  let part: Buffer[] = [];
  let missing = FRAME_BYTES;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + missing);
      part.push(piece);
      at += piece.length;
      missing -= piece.length;
      if (missing > 0) continue;
      yield Buffer.concat(part);
      part = [];
      missing = FRAME_BYTES;
    }
  }
  if (part.length > 0) yield Buffer.concat(part);
}

function frameHeader(length: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  SKIPPABLE_FRAME.copy(head);
  head.writeUInt32LE(length, SKIPPABLE_FRAME.length);
  return head;
}

function isFrameHeader(head: Buffer): boolean {
  return (
    head.length === HEADER_BYTES && head.subarray(0, SKIPPABLE_FRAME.length).equals(SKIPPABLE_FRAME)
  );
}

/** @throws BrokenZstdCopy when this cannot be the start of a frame */
function frameLength(head: Buffer): number {
  const length = isFrameHeader(head)
    ? head.readUInt32LE(SKIPPABLE_FRAME.length)
    : Number.POSITIVE_INFINITY;
  // what cannot be packed grows by some bytes
  if (length <= 2 * FRAME_BYTES) return length;
  throw new CorruptZstdCopyError(`a frame should start, and there is ${head.toString('hex')}`);
}

/**
 * @throws BrokenZstdCopy when it does not unpack; that there is no memory is passed on as it is
 */
function decompressFrame(frame: Buffer): Buffer<ArrayBuffer> {
  try {
    // a byte more than it gives: zlib makes room anew when the last is used up
    return zstdDecompressSync(frame, { chunkSize: FRAME_BYTES + 1 });
  } catch (error) {
    throw isZlibError(error)
      ? new CorruptZstdCopyError(`a frame does not unpack: ${error.message}`, { cause: error })
      : error;
  }
}

/** Whether zlib says that what it was given does not unpack. */
export function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_)/u.test(String(error.code));
}

/** A zstd copy by an earlier version of the program: one long frame. */
async function* decompressStream(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = createZstdDecompress({ chunkSize: FRAME_BYTES });
  // told to whoever reads: the stream ends with the error
  pipeline(packed, unpacked, () => undefined);
  yield* unpacked as AsyncIterable<Buffer>;
}

/**
 * Bytes that come in chunks, taken in other portions. All are copied into the same memory, for the
 * reason that parts are let go of.
 */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #memory: Buffer = Buffer.allocUnsafeSlow(4 * FRAME_BYTES);
  /** Between these stands what has come and is not taken yet. */
  #start = 0;
  #end = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * @returns so many bytes, which are there until more are taken
   * @throws BrokenZstdCopy when there are not so many
   */
  async take(length: number): Promise<Buffer> {
    while (this.#end - this.#start < length) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new CorruptZstdCopyError('the zstd copy ends too early');
      this.#add(next.value);
    }
    const taken = this.#memory.subarray(this.#start, this.#start + length);
    this.#start += length;
    return taken;
  }

  async isAtEnd(): Promise<boolean> {
    return this.#start === this.#end && (await this.#chunks.next()).done === true;
  }

  /** Lets go of where the bytes come from, also before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** What was taken last, and all that follows. */
  async *from(taken: Buffer): AsyncGenerator<Buffer> {
    yield taken;
    yield this.#memory.subarray(this.#start, this.#end);
    yield* { [Symbol.asyncIterator]: () => this.#chunks };
  }

  #add(chunk: Buffer): void {
    if (this.#end + chunk.length > this.#memory.length) {
      const size = this.#end - this.#start;
      const target =
        size + chunk.length > this.#memory.length
          ? Buffer.allocUnsafeSlow(2 * (size + chunk.length))
          : this.#memory;
      this.#memory.copy(target, 0, this.#start, this.#end);
      this.#memory = target;
      this.#start = 0;
      this.#end = size;
    }
    this.#end += chunk.copy(this.#memory, this.#end);
  }
}
