import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { openFile, sizeOfFile } from '../disk/files-on-disk.ts';
import { flushToDisk } from '../store/download-folder.ts';
import type { OnWarning } from '../store/store.ts';
import { pathOfFile, type FileFolder, type FileStore, type StoredFile } from './file-store.ts';
import { receiveFile } from './incoming-file.ts';

/** Files on disk. Each is written in the download folder, and appears by one rename. */
export class DiskFileStore implements FileStore {
  readonly #root: string;
  readonly #folder: FileFolder;

  readonly #onWarning: OnWarning;

  /**
   * @param root the folder of the snapshot store, created with the first file
   * @param onWarning called when what a killed process has left cannot be removed
   */
  constructor(root: string, folder: FileFolder, onWarning: OnWarning) {
    this.#root = root;
    this.#folder = folder;
    this.#onWarning = onWarning;
  }

  async put(
    content: Readable,
    { maxBytes = Infinity }: { readonly maxBytes?: number } = {},
  ): Promise<StoredFile> {
    const { path, sha256, bytes } = await receiveFile(this.#root, this.#folder, content, {
      maxBytes,
      onWarning: this.#onWarning,
    });
    const target = this.#pathOf(sha256);
    try {
      await mkdir(dirname(target), { recursive: true });
      await rename(path, target);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    await flushToDisk(dirname(target));
    await flushToDisk(dirname(dirname(target)));
    return { sha256, bytes };
  }

  async open(sha256: string): Promise<Readable> {
    return openFile(this.#pathOf(sha256));
  }

  async sizeOf(sha256: string): Promise<number | null> {
    return sizeOfFile(this.#pathOf(sha256));
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#pathOf(sha256), { force: true });
  }

  #pathOf(sha256: string): string {
    return join(this.#root, pathOfFile(this.#folder, sha256));
  }
}
