import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { formatBytes } from '@marquee/process/format-bytes';
import { extract, type Header } from 'tar-stream';
import { DeliveryError } from './delivery-error.ts';
import { cleanText } from './row.ts';

/** The most entries of a tar. */
const MAX_ENTRIES = 1_000_000;

/** The longest path, in characters, as in Linux. */
const MAX_PATH_LENGTH = 4096;

/** A file in a tar. */
export interface TarEntry {
  readonly path: string;
  readonly bytes: number;
  /** Its content. Without it, the entry is skipped. */
  read(): Promise<Buffer>;
}

/**
 * The files in a tar, in their order. Links and folders are left out.
 *
 * @throws DeliveryError when the tar is cut off, or is none
 */
export async function* tarEntries(bytes: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const archive = extract();
  // its error is thrown by the loop
  const pumped = pipeline(bytes, archive).catch(() => undefined);
  let entries = 0;
  try {
    for await (const entry of archive as AsyncIterable<Readable & { readonly header: Header }>) {
      entries += 1;
      if (entries > MAX_ENTRIES)
        throw new DeliveryError('archive-bomb', `The tar has more than ${MAX_ENTRIES} entries.`);
      const { name, size, type } = entry.header;
      if (name.length > MAX_PATH_LENGTH)
        throw new DeliveryError(
          'wrong-format',
          `A path in the tar has more than ${MAX_PATH_LENGTH} characters.`,
        );
      if (type === 'file' || type === 'contiguous-file')
        yield {
          path: cleanText(name.replace(/^\.\//u, '')),
          bytes: size,
          read: () => buffer(entry),
        };
      entry.resume();
    }
  } catch (error) {
    if (!(error instanceof Error) || 'code' in error) throw error;
    const isCut = /unexpected end/iu.test(error.message);
    throw new DeliveryError(
      isCut ? 'truncated' : 'wrong-format',
      `The tar cannot be read after ${entries} entries: ${error.message}.`,
      error,
    );
  } finally {
    archive.destroy();
    await pumped;
  }
}

/** Whether content is a tar, by its first 512 bytes. */
export function isTar(head: Buffer): boolean {
  return head.subarray(257, 262).toString('latin1') === 'ustar';
}

/** Refuses a file in a tar that is too large to be what it says it is. */
export function tooLargeReason({ bytes }: TarEntry, maxBytes: number): string | null {
  return bytes > maxBytes
    ? `it has ${formatBytes(bytes)}, more than ${formatBytes(maxBytes)}`
    : null;
}
