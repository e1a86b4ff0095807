import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { incomingFolder, sync } from './incoming.ts';
import { formatManifest, isSnapshotId, parseManifest, type SnapshotManifest, type SnapshotName } from './manifest.ts';
import { MANIFEST, newestReadable, type OnWarning, type SnapshotStore } from './store.ts';

/** The snapshot store on disk. A snapshot's folder is prepared under `.incoming` and appears by one rename. */
export class DiskSnapshotStore implements SnapshotStore {
  readonly #root: string;
  readonly #onWarning: OnWarning;

  /**
   * @param root the store's folder; made when the first snapshot is
   * @param onWarning told of what is left out; by default, a warning of the process
   */
  constructor(root: string, onWarning: OnWarning = (message) => process.emitWarning(message)) {
    this.#root = root;
    this.#onWarning = onWarning;
  }

  async incoming(dataset: DatasetName): Promise<string> {
    return incomingFolder(this.#root, dataset);
  }

  /**
   * Two downloaders may add the same snapshot at once: each prepares a folder of its own, and the one that comes second drops its copy, for an
   * id names a content.
   */
  async add(manifest: SnapshotManifest, file: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const staged = join(await this.incoming(manifest.dataset), `${manifest.id}.${randomUUID()}`);
    const stagedFile = join(staged, fileNameOf(manifest.dataset));
    await mkdir(staged);
    try {
      // first what can fail for want of space, while the file is still where it was
      await writeFile(join(staged, MANIFEST), formatManifest(manifest), { flush: true });
      await sync(file);
      await rename(file, stagedFile);
      await sync(staged);
      await rename(staged, this.#folderOf(manifest));
    } catch (error) {
      const isThere = hasCode(error, 'ENOTEMPTY', 'EEXIST');
      if (!isThere) await giveBack(stagedFile, file);
      await rm(staged, { recursive: true, force: true });
      if (!isThere) throw error;
    }
    await sync(join(this.#root, manifest.dataset));
  }

  async newest(dataset: DatasetName): Promise<SnapshotManifest | null> {
    return newestReadable(await this.#ids(dataset), (id) => this.#read({ dataset, id }));
  }

  async find(dataset: DatasetName, id: string): Promise<SnapshotManifest | null> {
    return (await this.#ids(dataset)).includes(id) ? this.#read({ dataset, id }) : null;
  }

  async list(): Promise<SnapshotManifest[]> {
    const manifests: SnapshotManifest[] = [];
    for (const dataset of DATASET_NAMES) {
      for (const id of await this.#ids(dataset)) {
        const manifest = await this.#read({ dataset, id });
        if (manifest !== null) manifests.push(manifest);
      }
    }
    return manifests;
  }

  locationOf(snapshot: SnapshotName): string {
    return this.pathOf(snapshot);
  }

  /** The path of a snapshot's file. */
  pathOf(snapshot: SnapshotName): string {
    return join(this.#folderOf(snapshot), fileNameOf(snapshot.dataset));
  }

  openFile(snapshot: SnapshotName): Readable {
    // 256 KiB a read: the gunzip and the parser behind it are called a quarter as often as with the default
    return createReadStream(this.pathOf(snapshot), { highWaterMark: 256 * 1024 });
  }

  async remove(snapshot: SnapshotName): Promise<void> {
    // out of sight by one rename; what a crash leaves of it is swept by the dataset's next download
    const removed = join(await this.incoming(snapshot.dataset), `${snapshot.id}.${randomUUID()}`);
    try {
      await rename(this.#folderOf(snapshot), removed);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    try {
      await rm(removed, { recursive: true });
    } catch (error) {
      // the dataset's next download has swept it meanwhile
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }

  #folderOf({ dataset, id }: SnapshotName): string {
    return join(this.#root, dataset, id);
  }

  async #ids(dataset: DatasetName): Promise<string[]> {
    const names = await readdir(join(this.#root, dataset)).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    return names.filter((name) => isSnapshotId(dataset, name)).sort();
  }

  async #read(snapshot: SnapshotName): Promise<SnapshotManifest | null> {
    const folder = this.#folderOf(snapshot);
    try {
      return parseManifest(await readFile(join(folder, MANIFEST), 'utf8'), snapshot);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#onWarning(`The snapshot in ${folder} is left out, for its ${MANIFEST} cannot be read as one: ${why} Remove the folder; the next download makes a new one.`);
      return null;
    }
  }
}

/** Puts a verified file back to where it came from, if it had been moved, so that nobody has to download it again. */
async function giveBack(moved: string, file: string): Promise<void> {
  await rename(moved, file).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}
