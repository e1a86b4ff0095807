import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { FileStore } from '@marquee/snapshots';
import {
  MAX_PICTURE_BYTES,
  PICTURE_LIST,
  pictureKind,
  type LibraryPicture,
  type SourceDefinition,
} from '@marquee/sources';
import type { Pool } from 'pg';
import { pack, type Pack } from 'tar-stream';
import { storePicture } from '../extract/library-pictures.ts';
import { receive } from './receive.ts';

/** A library is read when nothing in it has changed for this long. */
const SETTLED_MS = 5000;

/** A file of a library. */
interface LibraryFile {
  /** Its path in the library, with slashes. */
  readonly path: string;
  readonly file: string;
  readonly signature: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** The stores of a library: of its .nfo files, and of its pictures. */
interface Stores {
  readonly deliveries: FileStore;
  readonly pictures: FileStore;
}

/**
 * Makes deliveries of a library of Kodi or Jellyfin: a tar of its .nfo files and a list of its
 * pictures, whose content goes to the store of pictures. The same library makes the same tar.
 */
export class LibraryWatch {
  readonly #pool: Pool;
  readonly #stores: Stores;
  readonly #settledMs: number;
  /** The state of each library when it was last read. */
  readonly #seen = new Map<string, string>();
  /** Pictures that were read, by their file and state; null for files that are none. */
  readonly #pictures = new Map<string, LibraryPicture | null>();

  constructor(pool: Pool, stores: Stores, settledMs = SETTLED_MS) {
    this.#pool = pool;
    this.#stores = stores;
    this.#settledMs = settledMs;
  }

  /**
   * Looks through a library, with all folders in it.
   *
   * @returns whether there is a new delivery
   */
  async look(definition: SourceDefinition, folder: string): Promise<boolean> {
    const [{ name: file } = { name: '' }] = definition.files;
    const files = await filesOf(folder);
    const nfos = files.filter(({ path }) => /\.nfo$/iu.test(path));
    const state = files.map(({ path, signature }) => `${path}\t${signature}`).join('\n');
    const newest = Math.max(0, ...files.map(({ changedMs }) => changedMs));
    // a folder without .nfo files is one that is not mounted
    if (nfos.length === 0 || state === this.#seen.get(folder)) return false;
    if (Date.now() - newest < this.#settledMs) return false;
    const pictures = await this.#picturesOf(files);
    const tar = pack();
    const [stored] = await Promise.all([
      this.#stores.deliveries.put(Readable.from(tar)),
      fill(tar, nfos, pictures).catch((error: unknown) => tar.destroy(error as Error)),
    ]);
    const name = `${definition.id}.tar`;
    const isNew = await receive(this.#pool, { source: definition.id, file, name, ...stored });
    this.#seen.set(folder, state);
    return isNew;
  }

  async #picturesOf(files: readonly LibraryFile[]): Promise<LibraryPicture[]> {
    const pictures: LibraryPicture[] = [];
    for (const { path, file, signature, bytes } of files) {
      if (pictureKind(path) === null || bytes > MAX_PICTURE_BYTES) continue;
      const key = `${file}\t${signature}`;
      let picture = this.#pictures.get(key);
      if (picture === undefined) {
        picture = await storePicture(path, await readFile(file), this.#stores.pictures);
        this.#pictures.set(key, picture);
      }
      if (picture !== null) pictures.push(picture);
    }
    return pictures;
  }
}

async function fill(
  tar: Pack,
  nfos: readonly LibraryFile[],
  pictures: readonly LibraryPicture[],
): Promise<void> {
  await add(tar, PICTURE_LIST, Buffer.from(JSON.stringify(pictures)));
  for (const { path, file } of nfos) await add(tar, path, await readFile(file));
  tar.finalize();
}

/** Adds a file without its time, so that equal files make an equal tar. */
async function add(tar: Pack, name: string, content: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    tar.entry({ name, mtime: new Date(0) }, content, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** All files of a library, by their paths; none where there is no such folder. */
async function filesOf(folder: string): Promise<LibraryFile[]> {
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
    const isWanted = entry.isFile() && (/\.nfo$/iu.test(path) || pictureKind(path) !== null);
    const found = isWanted ? await stat(file).catch(() => null) : null;
    if (found === null) continue;
    const { size: bytes, mtimeMs: changedMs } = found;
    files.push({ path, file, bytes, changedMs, signature: `${bytes} ${changedMs}` });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
