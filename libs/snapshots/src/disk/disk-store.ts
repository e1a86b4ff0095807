import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { errorMessage } from '@marquee/process/error-message';
import { isMissing, READ_CHUNK_BYTES, sizeOfFile } from './files-on-disk.ts';
import { openContentIn } from './folder-content.ts';
import { createDownloadFolder, flushToDisk } from '../store/download-folder.ts';
import {
  formatDamagedManifest,
  formatManifest,
  isSnapshotId,
  parseManifest,
  damageReason,
  type SnapshotManifest,
  type SnapshotName,
} from '../store/manifest.ts';
import {
  MANIFEST,
  findNewestReadable,
  zstdCopyName,
  setAsideWarning,
  type UnusableEntry,
  type OnWarning,
  type CompressedContent,
  type SnapshotFiles,
  type SnapshotSizes,
  type SnapshotStore,
} from '../store/store.ts';

/** The suffix of folders that were set aside. No snapshot id ends with it. */
const DAMAGED = '.damaged';

/**
 * The snapshot store on disk. The folder of a snapshot is prepared in the download folder and
 * appears by one rename.
 */
export class DiskSnapshotStore implements SnapshotStore {
  readonly #root: string;
  readonly #onWarning: OnWarning;

  /**
   * @param root the folder of the store, created with the first snapshot
   * @param onWarning called when an unreadable snapshot is skipped; by default, emits a warning of
   *   the process
   */
  constructor(root: string, onWarning: OnWarning = (message) => process.emitWarning(message)) {
    this.#root = root;
    this.#onWarning = onWarning;
  }

  async downloadFolder(dataset: DatasetName): Promise<string> {
    return createDownloadFolder(this.#root, dataset);
  }

  /**
   * Two downloaders may add the same snapshot at once. Each prepares its own folder, and the second
   * one drops its files: the same id means the same content.
   */
  async add(manifest: SnapshotManifest, files: SnapshotFiles, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const staged = join(
      await this.downloadFolder(manifest.dataset),
      `${manifest.id}.${randomUUID()}`,
    );
    const moves = [{ from: files.archive, to: join(staged, fileNameOf(manifest.dataset)) }];
    if (files.zstdCopy !== undefined)
      moves.push({ from: files.zstdCopy, to: join(staged, zstdCopyName(manifest.dataset)) });
    await mkdir(staged);
    try {
      // first what a full disk can fail, while the files are still in place
      await writeFile(join(staged, MANIFEST), formatManifest(manifest), { flush: true });
      for (const { from } of moves) await flushToDisk(from);
      for (const { from, to } of moves) await rename(from, to);
      await flushToDisk(staged);
      await rename(staged, this.#folderOf(manifest));
    } catch (error) {
      const wasAdded = hasCode(error, 'ENOTEMPTY', 'EEXIST');
      if (!wasAdded) for (const { from, to } of moves) await moveBack(to, from);
      await rm(staged, { recursive: true, force: true });
      if (!wasAdded) throw error;
    }
    await flushToDisk(join(this.#root, manifest.dataset));
  }

  async revalidate(manifest: SnapshotManifest): Promise<void> {
    const staged = join(
      await this.downloadFolder(manifest.dataset),
      `${manifest.id}.${randomUUID()}`,
    );
    try {
      await writeFile(staged, formatManifest(manifest), { flush: true });
      await rename(staged, join(this.#folderOf(manifest), MANIFEST));
      await flushToDisk(this.#folderOf(manifest));
    } catch (error) {
      await rm(staged, { force: true });
      if (!isMissing(error)) throw error;
    }
  }

  async newest(dataset: DatasetName): Promise<SnapshotManifest | null> {
    return findNewestReadable(await this.#ids(dataset), (id) => this.#read({ dataset, id }));
  }

  async find(dataset: DatasetName, id: string): Promise<SnapshotManifest | null> {
    return (await this.#ids(dataset)).includes(id) ? this.#read({ dataset, id }) : null;
  }

  async list(datasets: readonly DatasetName[] = DATASET_NAMES): Promise<SnapshotManifest[]> {
    const manifests: SnapshotManifest[] = [];
    for (const dataset of datasets) {
      for (const id of await this.#ids(dataset)) {
        const manifest = await this.#read({ dataset, id });
        if (manifest !== null) manifests.push(manifest);
      }
    }
    return manifests;
  }

  locationOf(
    snapshot: SnapshotName,
    compression: CompressedContent['compression'] = 'gzip',
  ): string {
    return compression === 'gzip' ? this.pathOf(snapshot) : this.#zstdCopyPath(snapshot);
  }

  /** The path of a snapshot's archive. */
  pathOf(snapshot: SnapshotName): string {
    return join(this.#folderOf(snapshot), fileNameOf(snapshot.dataset));
  }

  openArchive(snapshot: SnapshotName): Readable {
    return createReadStream(this.pathOf(snapshot), { highWaterMark: READ_CHUNK_BYTES });
  }

  async openContent(snapshot: SnapshotName): Promise<CompressedContent> {
    return openContentIn(this.#folderOf(snapshot), snapshot.dataset);
  }

  async removeZstdCopy(snapshot: SnapshotName): Promise<void> {
    await rm(this.#zstdCopyPath(snapshot), { force: true });
  }

  async remove(snapshot: SnapshotName): Promise<void> {
    // disappears by one rename; the next download removes what a crash leaves in its folder
    const removed = join(
      await this.downloadFolder(snapshot.dataset),
      `${snapshot.id}.${randomUUID()}`,
    );
    try {
      await rename(this.#folderOf(snapshot), removed);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    try {
      await rm(removed, { recursive: true });
    } catch (error) {
      // a download of the dataset has removed it in the meantime
      if (!isMissing(error)) throw error;
    }
  }

  async sizesOf(snapshot: SnapshotName): Promise<SnapshotSizes> {
    return {
      archive: await sizeOfFile(this.pathOf(snapshot)),
      zstdCopy: await sizeOfFile(this.#zstdCopyPath(snapshot)),
    };
  }

  async setAside(snapshot: SnapshotName, why: string): Promise<void> {
    const folder = this.#folderOf(snapshot);
    const aside = `${folder}${DAMAGED}`;
    try {
      await rename(folder, aside).catch(async (error: unknown) => {
        if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
        // fetched again within a second, it has the same id as the one set aside before
        await rm(aside, { recursive: true, force: true });
        await rename(folder, aside);
      });
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    this.#onWarning(setAsideWarning(folder, why, aside));
    const manifest = join(aside, MANIFEST);
    await writeFile(manifest, formatDamagedManifest(await textOf(manifest), why));
    for (const older of await this.#setAsideFolders(snapshot.dataset))
      if (older !== aside) await rm(older, { recursive: true, force: true });
  }

  async listUnusable(): Promise<UnusableEntry[]> {
    const entries: UnusableEntry[] = [];
    for (const dataset of DATASET_NAMES) {
      for (const id of await this.#ids(dataset)) {
        const location = this.#folderOf({ dataset, id });
        const read = await this.#parse({ dataset, id });
        if ('problem' in read) entries.push({ location, reason: read.problem });
      }
      for (const location of await this.#setAsideFolders(dataset))
        entries.push({ location, reason: damageReason(await textOf(join(location, MANIFEST))) });
    }
    return entries;
  }

  #zstdCopyPath(snapshot: SnapshotName): string {
    return join(this.#folderOf(snapshot), zstdCopyName(snapshot.dataset));
  }

  #folderOf({ dataset, id }: SnapshotName): string {
    return join(this.#root, dataset, id);
  }

  async #ids(dataset: DatasetName): Promise<string[]> {
    return (await this.#names(dataset)).filter((name) => isSnapshotId(dataset, name));
  }

  /** The folders of snapshots that were set aside. */
  async #setAsideFolders(dataset: DatasetName): Promise<string[]> {
    const names = await this.#names(dataset);
    return names
      .filter(
        (name) => name.endsWith(DAMAGED) && isSnapshotId(dataset, name.slice(0, -DAMAGED.length)),
      )
      .map((name) => join(this.#root, dataset, name));
  }

  async #names(dataset: DatasetName): Promise<string[]> {
    const names = await readdir(join(this.#root, dataset)).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names.sort();
  }

  async #read(snapshot: SnapshotName): Promise<SnapshotManifest | null> {
    const read = await this.#parse(snapshot);
    if ('manifest' in read) return read.manifest;
    // removed since it was listed, by one rename
    if (!(await exists(this.#folderOf(snapshot)))) return null;
    this.#onWarning(
      `The snapshot in ${this.#folderOf(snapshot)} is skipped: ${read.problem}. Remove the folder; the next download makes a new one.`,
    );
    return null;
  }

  async #parse(
    snapshot: SnapshotName,
  ): Promise<{ readonly manifest: SnapshotManifest } | { readonly problem: string }> {
    try {
      const text = await readFile(join(this.#folderOf(snapshot), MANIFEST), 'utf8');
      return { manifest: parseManifest(text, snapshot) };
    } catch (cause) {
      return {
        problem: `its ${MANIFEST} is not valid: ${errorMessage(cause).replace(/\.$/u, '')}`,
      };
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The text of a file; empty when it does not exist. */
async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
}

/**
 * Moves a verified file back, if it was moved, so that it need not be downloaded again.
 */
async function moveBack(moved: string, file: string): Promise<void> {
  await rename(moved, file).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}
