import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { PackedContent, SnapshotName } from '@marquee/snapshots';
import { BrokenQuickCopy, isOfZlib, unpackQuickCopy } from '@marquee/snapshots/quick-copy';
import { collectYoung } from './garbage.ts';

/** One of the files of a snapshot. */
export type SnapshotFile = SnapshotName & Pick<PackedContent, 'packing'>;

/**
 * Packed bytes that do not unpack, or are not there: what lies in the store is not what was
 * verified when it was downloaded.
 */
export class Damaged extends Error {
  override readonly name = 'Damaged';
  readonly file: SnapshotFile;

  constructor(message: string, file: SnapshotFile, options?: ErrorOptions) {
    super(message, options);
    this.file = file;
  }
}

/** What a disk, and a store on S3, say of a file that is not there. */
const GONE = new Set<unknown>(['ENOENT', 'snapshot-gone']);

/** Unpacked at once: the row encoder is called an eighth as often as with the default. */
const CHUNK_SIZE = 512 * 1024;

/** Chunks after which the garbage is collected, which they are by then. */
const COLLECT_EVERY = 8;

/** Opens the content of a snapshot. */
export type Open = (snapshot: SnapshotName) => Promise<PackedContent>;

/**
 * The content of a snapshot, unpacked.
 *
 * @throws Damaged when it does not unpack or is not there; another fault of the store is passed on
 *   as it is
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
    const { dataset, id } = snapshot;
    const file = { dataset, id, packing };
    if (error instanceof BrokenQuickCopy || isOfZlib(error))
      throw new Damaged(error.message, file, { cause: error });
    if (error instanceof Error && 'code' in error && GONE.has(error.code))
      throw new Damaged('it is not there', file, { cause: error });
    throw error;
  }
}

function unpackArchive(bytes: Readable): AsyncIterable<Buffer> {
  const unpacked = createGunzip({ chunkSize: CHUNK_SIZE });
  // told to whoever reads: the stream ends with the error
  pipeline(bytes, unpacked, () => undefined);
  return unpacked;
}
