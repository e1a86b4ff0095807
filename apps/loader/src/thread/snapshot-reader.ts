import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { PackedContent, SnapshotName } from '@marquee/snapshots';
import { BrokenQuickCopy, isOfZlib, unpackQuickCopy } from '@marquee/snapshots/quick-copy';
import { collectYoung } from './garbage.ts';

/**
 * Packed bytes that do not unpack: what lies in the store is not what was verified when it was
 * downloaded.
 */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** Unpacked at once: the row encoder is called an eighth as often as with the default. */
const CHUNK_SIZE = 512 * 1024;

/** Chunks after which the garbage is collected, which they are by then. */
const COLLECT_EVERY = 8;

/** Opens the content of a snapshot. */
export type Open = (snapshot: SnapshotName) => Promise<PackedContent>;

/**
 * The content of a snapshot, unpacked.
 *
 * @throws Damaged when it does not unpack; a fault of the store is passed on as it is
 */
export async function* readSnapshot(open: Open, snapshot: SnapshotName): AsyncGenerator<Buffer> {
  const { bytes, packing } = await open(snapshot);
  try {
    let read = 0;
    for await (const chunk of packing === 'zstd' ? unpackQuickCopy(bytes) : unpackArchive(bytes)) {
      yield chunk;
      if (++read % COLLECT_EVERY === 0) collectYoung();
    }
  } catch (error) {
    throw error instanceof BrokenQuickCopy || isOfZlib(error)
      ? new Damaged(error.message, { cause: error })
      : error;
  }
}

function unpackArchive(bytes: Readable): AsyncIterable<Buffer> {
  const unpacked = createGunzip({ chunkSize: CHUNK_SIZE });
  // told to whoever reads: the stream ends with the error
  pipeline(bytes, unpacked, () => undefined);
  return unpacked;
}
