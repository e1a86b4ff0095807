import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { MAX_PICTURE_BYTES, pictureKind } from '../rows/nfo-pictures.ts';

/**
 * Packs a folder of films: its .nfo files and their pictures, as a tar. The same files give the same
 * bytes, whenever and wherever they are packed. Films themselves are left out, and so are links,
 * hidden folders, and pictures that are too large.
 *
 * @returns the tar; it fails while it is read if a file cannot be read
 */
export function packLibrary(folder: string): Readable {
  const tar = pack();
  addFiles(tar, folder).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return tar as unknown as Readable;
}

async function addFiles(tar: Pack, folder: string): Promise<void> {
  for (const path of await filesOf(folder)) {
    const { size } = await lstat(join(folder, path));
    if (!path.toLowerCase().endsWith('.nfo') && size > MAX_PICTURE_BYTES) continue;
    // no times and no owners: a copy of the folder is the same library
    const entry = tar.entry({ name: path, size, mtime: new Date(0), mode: 0o644 });
    // a file that grows meanwhile would not fit into its entry
    const content =
      size === 0 ? Readable.from([]) : createReadStream(join(folder, path), { end: size - 1 });
    await pipeline(content, entry);
  }
}

/** The paths of the files that belong into a library, by their bytes, with slashes. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(?:^|\/)\./u.test(path))
    .filter((path) => /\.nfo$/iu.test(path) || pictureKind(path) !== null)
    .sort((a, b) => (a < b ? -1 : 1));
}
