import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameOf } from '@marquee/datasets';
import { requireSpace, type SnapshotStore } from '@marquee/snapshots';
import { errorCode } from '../errors/error-code.ts';
import type { RemoteFile } from '../request/remote-file.ts';
import { diskError } from './disk-error.ts';
import { DiskSpaceGuard, RESERVED_BYTES } from './disk-space-guard.ts';
import { PartFile } from './part-file.ts';
import { findPartialDownload, type FileVersion, type PartialDownload } from './partial-download.ts';

/**
 * The folder for the downloads of a dataset.
 *
 * Two downloaders can use it at the same time: a stalled job is given to another process while the
 * first one still runs, perhaps in another container. Neither a pid nor an advisory lock would
 * reveal that. So there is no lock, but a rule: a part has one writer for its lifetime and holds
 * one version. Each download writes to a part with a name of its own. To resume an earlier part, it
 * copies its bytes, which it has to read and verify anyway, and removes it afterwards. The
 * downloader that has lost its part notices when it wants to add it to the store, and stops. So no
 * downloader ever writes to a file that another one hashes. The price is the space for two copies
 * while an earlier part is copied.
 */
export class DownloadFolder {
  readonly #path: string;
  readonly #remote: RemoteFile;
  /** All entries at the start: parts and incomplete snapshots of killed or stalled downloaders. */
  readonly #earlier: readonly string[];

  private constructor(path: string, remote: RemoteFile, earlier: readonly string[]) {
    this.#path = path;
    this.#remote = remote;
    this.#earlier = earlier;
  }

  /** Opens the folder, and creates it if it is missing. @throws DownloadError disk-fault */
  static async open(store: SnapshotStore, remote: RemoteFile): Promise<DownloadFolder> {
    try {
      const path = await store.downloadFolder(remote.dataset);
      return new DownloadFolder(path, remote, await readdir(path));
    } catch (cause) {
      throw diskError(remote, 'The download folder cannot be opened', cause);
    }
  }

  /** The largest earlier part that can be resumed; null when there is none. */
  async findPartial(): Promise<PartialDownload | null> {
    const partials = await Promise.all(
      this.#earlier
        .filter((name) => name.endsWith('.part'))
        .map((name) => findPartialDownload(join(this.#path, name), this.#remote)),
    );
    const resumable = partials.filter((partial) => partial !== null);
    return resumable.sort((a, b) => b.size - a.size)[0] ?? null;
  }

  /**
   * Checks the free space for a version and its zstd copy, which is assumed to be as large. While a
   * partial download is copied, they need space beside it; afterwards it is removed. Without a
   * known size, only the partial download counts.
   *
   * @throws DiskSpaceError
   */
  async requireSpace({ total }: FileVersion, partial: PartialDownload | null): Promise<void> {
    const partialSize = partial?.size ?? 0;
    const atEnd = total === null ? 0 : 2 * total - partialSize;
    await requireSpace(
      this.#path,
      Math.max(2 * partialSize, atEnd) + RESERVED_BYTES,
      `The download of ${this.#remote.url}`,
    );
  }

  /** Creates an empty part for a version. */
  async createPart(version: FileVersion): Promise<PartFile> {
    const path = join(this.#path, `${fileNameOf(this.#remote.dataset)}.${randomUUID()}.part`);
    const diskSpace = new DiskSpaceGuard(this.#path, this.#remote);
    return PartFile.create(path, version, this.#remote, diskSpace);
  }

  /** Removes the entries that were there at the start. */
  async removeEarlier(): Promise<void> {
    for (const name of this.#earlier) {
      const removed = join(this.#path, `${randomUUID()}.swept`);
      try {
        // rename first: the downloader of an incomplete snapshot may still be alive, and must not
        // add it to the store with some of its files deleted
        await rename(join(this.#path, name), removed);
        await rm(removed, { recursive: true, force: true });
      } catch (cause) {
        if (errorCode(cause) !== 'ENOENT')
          throw diskError(this.#remote, `${join(this.#path, name)} cannot be removed`, cause);
      }
    }
  }
}
