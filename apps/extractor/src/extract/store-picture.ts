import { Readable } from 'node:stream';
import type { FileStore } from '@marquee/snapshots';
import type { LibraryPicture } from '@marquee/sources';

/** Puts a picture into the store, unless it is there. */
export async function storePicture(
  store: FileStore,
  { sha256 }: LibraryPicture,
  content: Buffer,
): Promise<void> {
  if ((await store.sizeOf(sha256)) === null) await store.put(Readable.from([content]));
}
