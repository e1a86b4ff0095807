import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FileStore } from '@marquee/snapshots';
import {
  LibraryPicture,
  libraryEntries,
  MAX_PICTURE_BYTES,
  PICTURE_LIST,
  pictureKind,
  pictureType,
} from '@marquee/sources';
import { z } from 'zod';

const PictureList = z.array(LibraryPicture);
/** The longest list, in bytes: of some hundred thousand pictures. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/**
 * The pictures of a library: those in its tar, which are put into the store, and those of its list,
 * which lie there already. Skips files that are not pictures, and a file that has the name of the
 * list but other content.
 *
 * @param content of the delivery
 */
export async function picturesOf(content: Readable, store: FileStore): Promise<LibraryPicture[]> {
  const pictures: LibraryPicture[] = [];
  for await (const entry of libraryEntries(content)) {
    if (entry.path === PICTURE_LIST) {
      if (entry.bytes <= MAX_LIST_BYTES) pictures.push(...listed(await entry.read()));
    } else if (pictureKind(entry.path) !== null && entry.bytes <= MAX_PICTURE_BYTES) {
      const picture = await storePicture(entry.path, await entry.read(), store);
      if (picture !== null) pictures.push(picture);
    }
  }
  return pictures;
}

function listed(content: Buffer): readonly LibraryPicture[] {
  try {
    return PictureList.parse(JSON.parse(content.toString()));
  } catch {
    return [];
  }
}

/** Puts a picture into the store. @returns null for a file that is not a picture */
export async function storePicture(
  path: string,
  content: Buffer,
  store: FileStore,
): Promise<LibraryPicture | null> {
  const mediaType = pictureType(content);
  if (mediaType === null) return null;
  const sha256 = createHash('sha256').update(content).digest('hex');
  if ((await store.sizeOf(sha256)) === null) await store.put(Readable.from([content]));
  return { path, sha256, bytes: content.length, mediaType };
}
