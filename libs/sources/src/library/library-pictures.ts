import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { DeliveryError } from '../rows/delivery-error.ts';
import {
  LibraryPicture,
  MAX_PICTURE_BYTES,
  PICTURE_LIST,
  pictureKind,
  pictureType,
} from '../rows/nfo-pictures.ts';
import { libraryEntries } from '../rows/nfo-rows.ts';

const PictureList = z.array(LibraryPicture);
/** The longest list, in bytes: of some hundred thousand pictures. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
/** The most pictures of a library, which are kept in memory. */
const MAX_PICTURES = 500_000;

/**
 * The pictures of a library: those in its tar, and those of its list, which are stored already.
 * Skips files that are not pictures, and a file that has the name of the list but other content, as
 * have further ones with its name.
 *
 * @param content of the delivery
 * @param keep stores a picture of the tar; without it they are only named
 * @throws DeliveryError if there are too many
 */
export async function picturesOf(
  content: Readable,
  keep?: (picture: LibraryPicture, content: Buffer) => Promise<void>,
  maxPictures = MAX_PICTURES,
): Promise<LibraryPicture[]> {
  const pictures: LibraryPicture[] = [];
  let hasList = false;
  for await (const entry of libraryEntries(content)) {
    if (entry.path === PICTURE_LIST) {
      if (hasList || entry.bytes > MAX_LIST_BYTES) continue;
      const inList = listed(await entry.read());
      hasList = inList.length > 0;
      for (const picture of inList) pictures.push(picture);
    } else if (pictureKind(entry.path) !== null && entry.bytes <= MAX_PICTURE_BYTES) {
      const file = await entry.read();
      const picture = describePicture(entry.path, file);
      if (picture === null) continue;
      await keep?.(picture, file);
      pictures.push(picture);
    }
    if (pictures.length > maxPictures)
      throw new DeliveryError('archive-bomb', `The tar has more than ${maxPictures} pictures.`);
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

/** The picture that a file is. @returns null for a file that is not a picture */
export function describePicture(path: string, content: Buffer): LibraryPicture | null {
  const mediaType = pictureType(content);
  if (mediaType === null) return null;
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, sha256, bytes: content.length, mediaType };
}
