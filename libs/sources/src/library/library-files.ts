import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { MAX_PICTURE_BYTES, pictureKind } from '../rows/nfo-pictures.ts';

/** A .nfo file or a picture in a folder of films. */
export interface LibraryFile {
  /** Its path in the folder, with slashes. */
  readonly path: string;
  /** Its path on this machine. */
  readonly file: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/**
 * The .nfo files of a folder of films, and the pictures that belong to them, ordered by path. Films
 * are left out, and so are links, hidden files and folders, and pictures that are too large.
 *
 * @param folder may be missing
 */
export async function libraryFiles(folder: string): Promise<LibraryFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    },
  );
  const files: LibraryFile[] = [];
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join('/');
    const isPicture = pictureKind(path) !== null;
    if (!entry.isFile() || isHidden(path) || !(isNfo(path) || isPicture)) continue;
    // a file may vanish between the listing and here
    const found = await stat(file).catch(() => null);
    if (found === null || (isPicture && found.size > MAX_PICTURE_BYTES)) continue;
    files.push({ path, file, bytes: found.size, changedMs: found.mtimeMs });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function isNfo(path: string): boolean {
  return /\.nfo$/iu.test(path);
}

function isHidden(path: string): boolean {
  return /(?:^|\/)\./u.test(path);
}
