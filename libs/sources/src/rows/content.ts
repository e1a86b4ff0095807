import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { formatBytes } from '@marquee/process/format-bytes';
import { DeliveryError } from './delivery-error.ts';

/** Film data grows by less than 30 times when it is unpacked; gzip can do 1,032 times. */
const MAX_GROWTH = 200;
/** Small files may grow by any factor up to here. */
const ALWAYS_ALLOWED_BYTES = 16 * 1024 * 1024;

/** Formats that others send by mistake, by their magic numbers. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  '504b0304': 'a ZIP archive, or a document of a spreadsheet',
  '28b52ffd': 'compressed by zstd',
  '425a68': 'compressed by bzip2',
  fd377a58: 'compressed by xz',
  '377abcaf': 'a 7z archive',
  '25504446': 'a PDF document',
  d0cf11e0: 'a document of a spreadsheet',
  '53514c69': 'an SQLite database',
};

/**
 * The content of a file, unpacked if it is gzip, as its magic number tells: its name may be wrong.
 *
 * @throws DeliveryError, also while it is read
 */
export async function* unpacked(file: Readable): AsyncGenerator<Buffer> {
  const chunks = file.iterator() as AsyncIterator<Buffer, undefined>;
  try {
    let head: Buffer = Buffer.alloc(0);
    while (head.length < 4) {
      const { value } = await chunks.next();
      if (value === undefined) break;
      head = Buffer.concat([head, value]);
    }
    if (head.length === 0) throw new DeliveryError('empty', 'The file has 0 bytes.');
    checkFormat(head);
    const content = startingWith(head, chunks);
    yield* head[0] === 0x1f && head[1] === 0x8b ? gunzipped(content) : content;
  } finally {
    file.destroy();
  }
}

async function* startingWith(
  head: Buffer,
  rest: AsyncIterator<Buffer, undefined>,
): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); next.value !== undefined; next = await rest.next())
    yield next.value;
}

function checkFormat(head: Buffer): void {
  const hex = head.toString('hex');
  const format = Object.entries(OTHER_FORMATS).find(([magic]) => hex.startsWith(magic));
  if (format !== undefined)
    throw new DeliveryError('wrong-format', `The file is ${format[1]}, not text or gzip.`);
}

async function* gunzipped(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let packedBytes = 0;
  let bytes = 0;
  const gunzip = createGunzip();
  const counted = async function* () {
    for await (const chunk of packed) {
      packedBytes += chunk.length;
      yield chunk;
    }
  };
  // its error is thrown by the loop
  const pumped = pipeline(counted, gunzip).catch(() => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > Math.max(ALWAYS_ALLOWED_BYTES, packedBytes * MAX_GROWTH))
        throw new DeliveryError(
          'archive-bomb',
          `${formatBytes(packedBytes)} of gzip unpack to more than ${formatBytes(bytes)}.`,
        );
      yield chunk;
    }
  } catch (error) {
    throw describeZlibError(error);
  } finally {
    gunzip.destroy();
    await pumped;
  }
}

function describeZlibError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'Z_BUF_ERROR')
    return new DeliveryError('truncated', 'The gzip data ends too early.', error);
  if (typeof code === 'string' && code.startsWith('Z_'))
    return new DeliveryError('wrong-format', 'The gzip data is damaged.', error);
  return error;
}

/** Decodes text, without its byte order mark. @param encoding as the WHATWG calls it */
export async function* decoded(
  bytes: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
