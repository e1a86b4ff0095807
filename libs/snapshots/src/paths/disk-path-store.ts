import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { isMissing, openFile, sizeOfFile } from '../disk/files-on-disk.ts';
import { createDownloadFolder, DOWNLOAD_FOLDER, flushToDisk } from '../store/download-folder.ts';
import { checkedPath, type ByteRange, type PathStore, type PathFolder } from './path-store.ts';

/** Files by path on disk. */
export class DiskPathStore implements PathStore {
  readonly isLocal = true;
  readonly #root: string;
  readonly #folder: PathFolder;

  /** @param root the folder of the snapshot store, created with the first file */
  constructor(root: string, folder: PathFolder) {
    this.#root = root;
    this.#folder = folder;
  }

  async workFolder(): Promise<string> {
    return createDownloadFolder(this.#root, this.#folder);
  }

  async add(path: string, file: string, signal?: AbortSignal): Promise<void> {
    const target = this.locationOf(path);
    await flushToDisk(file);
    await mkdir(dirname(target), { recursive: true });
    signal?.throwIfAborted();
    await rename(file, target);
    for (let folder = dirname(target); folder !== this.#root; folder = dirname(folder))
      await flushToDisk(folder);
  }

  async open(path: string, range?: ByteRange): Promise<Readable> {
    return openFile(this.locationOf(path), range);
  }

  async sizeOf(path: string): Promise<number | null> {
    return sizeOfFile(this.locationOf(path));
  }

  async list(): Promise<string[]> {
    const folder = join(this.#root, this.#folder);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      },
    );
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(this.#root, join(parentPath, name)))
      .filter((path) => !path.startsWith(join(this.#folder, DOWNLOAD_FOLDER)));
  }

  async remove(path: string): Promise<void> {
    const location = this.locationOf(path);
    await rm(location, { force: true });
    // folders that are empty now
    for (let folder = dirname(location); folder !== this.#root; folder = dirname(folder))
      if (
        !(await rmdir(folder).then(
          () => true,
          () => false,
        ))
      )
        return;
  }

  locationOf(path: string): string {
    return join(this.#root, checkedPath(path));
  }
}
