import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { fileNameOf, type DatasetName } from '@marquee/datasets';
import { StoreError } from '../store/store-error.ts';
import { zstdCopyName, type CompressedContent } from '../store/store.ts';
import { openFile, READ_CHUNK_BYTES } from './files-on-disk.ts';

/** Opens the zstd copy in a snapshot's folder, or the archive if there is none. */
export async function openContentIn(
  folder: string,
  dataset: DatasetName,
): Promise<CompressedContent> {
  try {
    const stream = await openFile(join(folder, zstdCopyName(dataset)));
    return { stream, compression: 'zstd' };
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'not-found')) throw error;
    return {
      stream: createReadStream(join(folder, fileNameOf(dataset)), {
        highWaterMark: READ_CHUNK_BYTES,
      }),
      compression: 'gzip',
    };
  }
}
