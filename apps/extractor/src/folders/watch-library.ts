import { readFile } from 'node:fs/promises';
import type { FileStore } from '@marquee/snapshots';
import {
  describePicture,
  isNfo,
  libraryFiles,
  packLibrary,
  pictureKind,
  type LibraryFile,
  type LibraryPicture,
  type SourceDefinition,
} from '@marquee/sources';
import type { Pool } from 'pg';
import { storePicture } from '../extract/store-picture.ts';
import { receive } from './receive.ts';
import { isSettled } from './settled.ts';

/** A library is read when nothing in it has changed for this long. */
const SETTLED_MS = 5000;

/** The stores of a library: of its .nfo files, and of its pictures. */
interface Stores {
  readonly deliveries: FileStore;
  readonly pictures: FileStore;
}

/**
 * Makes deliveries of a library of Kodi or Jellyfin: a tar of its .nfo files and a list of its
 * pictures. The pictures go to their store at once: a delivery for each changed .nfo file would
 * otherwise repeat all of them. The same library makes the same tar.
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
   * Scans a library, with all folders in it.
   *
   * @returns whether there is a new delivery
   */
  async scan(definition: SourceDefinition, folder: string): Promise<boolean> {
    const [{ name: file } = { name: '' }] = definition.files;
    const files = await libraryFiles(folder);
    const nfos = files.filter(({ path }) => isNfo(path));
    const state = files.map(stateOf).join('\n');
    const newest = Math.max(0, ...files.map(({ changedMs }) => changedMs));
    // a folder without .nfo files is one that is not mounted
    if (nfos.length === 0 || state === this.#seen.get(folder)) return false;
    if (!isSettled(newest, this.#settledMs)) return false;
    const tar = packLibrary(nfos, await this.#storePictures(files));
    const stored = await this.#stores.deliveries.put(tar);
    const name = `${definition.id}.tar`;
    const isNew = await receive(this.#pool, { source: definition.id, file, name, ...stored });
    this.#seen.set(folder, state);
    return isNew;
  }

  async #storePictures(files: readonly LibraryFile[]): Promise<LibraryPicture[]> {
    const pictures: LibraryPicture[] = [];
    for (const one of files) {
      if (pictureKind(one.path) === null) continue;
      const key = stateOf(one);
      let picture = this.#pictures.get(key);
      if (picture === undefined) {
        const content = await readFile(one.file);
        picture = describePicture(one.path, content);
        if (picture !== null) await storePicture(this.#stores.pictures, picture, content);
        this.#pictures.set(key, picture);
      }
      if (picture !== null) pictures.push(picture);
    }
    return pictures;
  }
}

/** Tells a file from what it was before it changed. */
function stateOf({ file, bytes, changedMs }: LibraryFile): string {
  return `${file}\t${bytes} ${changedMs}`;
}
