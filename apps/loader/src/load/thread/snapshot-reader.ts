import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { collectYoung } from '@marquee/process/garbage';
import type { CompressedContent, SnapshotName } from '@marquee/snapshots';
import {
  CorruptZstdCopyError,
  isZlibError,
  decompressZstdCopy,
} from '@marquee/snapshots/zstd-copy';

/** One of the files of a snapshot: the archive or the zstd cache copy. */
export type SnapshotFile = SnapshotName & Pick<CompressedContent, 'compression'>;

/** A file that does not unpack or is missing: it was sound when its download was verified. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
  readonly file: SnapshotFile;

  constructor(message: string, file: SnapshotFile, options?: ErrorOptions) {
    super(message, options);
    this.file = file;
  }
}

/** Error codes for a missing file, of the disk and of the S3 store. */
const GONE = new Set<unknown>(['ENOENT', 'snapshot-gone']);

/** Bytes unpacked at a time: the row encoder runs an eighth as often as with the default. */
const CHUNK_SIZE = 512 * 1024;

/** Chunks read between two garbage collections. By then they are garbage. */
const COLLECT_EVERY = 8;

/** Opens the content of a snapshot. */
export type Open = (snapshot: SnapshotName) => Promise<CompressedContent>;

/**
 * Reads a snapshot, and unpacks it.
 *
 * @throws Damaged when it does not unpack or is missing; other errors of the store unchanged
 */
export async function* readSnapshot(open: Open, snapshot: SnapshotName): AsyncGenerator<Buffer> {
  const { stream, compression } = await open(snapshot);
  try {
    let read = 0;
    for await (const chunk of compression === 'zstd'
      ? decompressZstdCopy(stream)
      : unpackArchive(stream)) {
      yield chunk;
      if (++read % COLLECT_EVERY === 0) collectYoung();
    }
  } catch (error) {
    const { dataset, id } = snapshot;
    const file = { dataset, id, compression };
    if (error instanceof CorruptZstdCopyError || isZlibError(error))
      throw new DamagedFileError(error.message, file, { cause: error });
    if (error instanceof Error && 'code' in error && GONE.has(error.code))
      throw new DamagedFileError('it is not there', file, { cause: error });
    throw error;
  }
}

function unpackArchive(bytes: Readable): AsyncIterable<Buffer> {
  const unpacked = createGunzip({ chunkSize: CHUNK_SIZE });
  // the error also ends the stream, and so reaches the reader
  pipeline(bytes, unpacked, () => undefined);
  return unpacked;
}
