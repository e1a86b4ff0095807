import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameOf, type DatasetName } from '@marquee/datasets';
import { zstdCopyName, type CompressedContent } from '../store/store.ts';

/** Bytes per read: gunzip and parser are called a quarter as often as with Node's default. */
export const READ_CHUNK_BYTES = 256 * 1024;

/** Opens the zstd copy in a snapshot's folder, or the archive if there is none. */
export async function openContentIn(
  folder: string,
  dataset: DatasetName,
): Promise<CompressedContent> {
  try {
    const zstdCopy = await open(join(folder, zstdCopyName(dataset)));
    return {
      stream: zstdCopy.createReadStream({ highWaterMark: READ_CHUNK_BYTES }),
      compression: 'zstd',
    };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return {
      stream: createReadStream(join(folder, fileNameOf(dataset)), {
        highWaterMark: READ_CHUNK_BYTES,
      }),
      compression: 'gzip',
    };
  }
}
