import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { SnapshotManifest } from './manifest.ts';

const MANIFEST = 'manifest.json';
const INCOMING = '.incoming';

/**
 * The snapshot store on disk: `<root>/<dataset>/<snapshot id>/` with the file as IMDb names it and its manifest. A snapshot's folder is
 * prepared under `.incoming` and appears by one rename, so it is there whole or not at all, and is never written again.
 */
export class SnapshotStore {
  readonly #root: string;

  /** @param root the store's folder; made when the first snapshot is */
  constructor(root: string) {
    this.#root = root;
  }

  /** The folder in which one dataset's download is prepared; made when it is not there. What lies in it outlives a killed downloader. */
  async incoming(dataset: DatasetName): Promise<string> {
    const folder = join(this.#root, dataset, INCOMING);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /**
   * Makes a verified file a snapshot.
   *
   * Two downloaders may add the same snapshot at once: each prepares a folder of its own, and the one that comes second drops its copy, for an
   * id names a content.
   *
   * @param file a finished file inside the dataset's incoming folder; it is moved, not copied
   * @throws ENOENT when the file is gone
   */
  async add(manifest: SnapshotManifest, file: string): Promise<void> {
    const staged = join(await this.incoming(manifest.dataset), `${manifest.id}.${randomUUID()}`);
    await mkdir(staged);
    try {
      await sync(file);
      await rename(file, join(staged, fileNameOf(manifest.dataset)));
      await writeManifest(join(staged, MANIFEST), manifest);
      await sync(staged);
      await rename(staged, this.#folderOf(manifest));
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      if (!isThere(error)) throw error;
    }
    await sync(join(this.#root, manifest.dataset));
  }

  /** The snapshot fetched last, or null when the dataset has none. */
  async newest(dataset: DatasetName): Promise<SnapshotManifest | null> {
    const ids = await this.#ids(dataset);
    const id = ids.at(-1);
    return id === undefined ? null : this.#read(dataset, id);
  }

  /** Every snapshot of every dataset, each dataset's oldest first. */
  async list(): Promise<SnapshotManifest[]> {
    const manifests: SnapshotManifest[] = [];
    for (const dataset of DATASET_NAMES) {
      for (const id of await this.#ids(dataset)) manifests.push(await this.#read(dataset, id));
    }
    return manifests;
  }

  /** Where a snapshot's file lies. */
  pathOf(snapshot: Pick<SnapshotManifest, 'dataset' | 'id'>): string {
    return join(this.#folderOf(snapshot), fileNameOf(snapshot.dataset));
  }

  /** A snapshot's gzipped bytes. */
  openFile(snapshot: Pick<SnapshotManifest, 'dataset' | 'id'>): Readable {
    // 256 KiB a read: the gunzip and the parser behind it are called a quarter as often as with the default
    return createReadStream(this.pathOf(snapshot), { highWaterMark: 256 * 1024 });
  }

  #folderOf({ dataset, id }: Pick<SnapshotManifest, 'dataset' | 'id'>): string {
    return join(this.#root, dataset, id);
  }

  async #ids(dataset: DatasetName): Promise<string[]> {
    const names = await readdir(join(this.#root, dataset)).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    return names.filter((name) => name.startsWith(`${dataset}-`)).sort();
  }

  async #read(dataset: DatasetName, id: string): Promise<SnapshotManifest> {
    const path = join(this.#folderOf({ dataset, id }), MANIFEST);
    try {
      return SnapshotManifest.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (cause) {
      throw new Error(`The manifest ${path} cannot be read as one; remove its folder, and the next download fetches the dataset again`, { cause });
    }
  }
}

async function writeManifest(path: string, manifest: SnapshotManifest): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(SnapshotManifest.parse(manifest), null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether a folder could not be renamed because one with files in it has the name. */
function isThere(error: unknown): boolean {
  return hasCode(error, 'ENOTEMPTY', 'EEXIST');
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

/** Waits until a file or folder is on the disk itself, so that a power cut cannot leave a name without its content. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
