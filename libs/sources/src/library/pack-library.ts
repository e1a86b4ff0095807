import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { PICTURE_LIST, type LibraryPicture } from '../rows/nfo-pictures.ts';
import type { LibraryFile } from './library-files.ts';

/**
 * Packs files of a library as a tar. The same files give the same bytes, whenever and wherever they
 * are packed.
 *
 * @param stored pictures whose content is in the store already: the tar lists them instead
 * @returns the tar; it fails while it is read if a file cannot be read
 */
export function packLibrary(
  files: readonly LibraryFile[],
  stored?: readonly LibraryPicture[],
): Readable {
  const tar = pack();
  addEntries(tar, files, stored).catch((error: unknown) => tar.destroy(error as Error));
  return Readable.from(tar);
}

async function addEntries(
  tar: Pack,
  files: readonly LibraryFile[],
  stored: readonly LibraryPicture[] | undefined,
): Promise<void> {
  if (stored !== undefined) {
    const list = Buffer.from(JSON.stringify(stored));
    await pipeline(Readable.from([list]), tar.entry(headerOf(PICTURE_LIST, list.length)));
  }
  for (const { path, file, bytes } of files) {
    // a file that grows meanwhile would not fit into its entry
    const content = bytes === 0 ? Readable.from([]) : createReadStream(file, { end: bytes - 1 });
    await pipeline(content, tar.entry(headerOf(path, bytes)));
  }
  tar.finalize();
}

/** No times and no owners: a copy of the folder is the same library. */
function headerOf(name: string, size: number) {
  return { name, size, mtime: new Date(0), mode: 0o644 };
}
