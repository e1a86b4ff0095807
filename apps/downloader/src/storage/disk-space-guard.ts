import { formatBytes } from '@marquee/process/format-bytes';
import { freeSpace } from '@marquee/snapshots';
import { diskError } from './disk-error.ts';
import type { RemoteFile } from '../request/remote-file.ts';

/** What stays free on the disk beside downloads, in bytes: PostgreSQL may be on it too. */
export const RESERVED_BYTES = 64 * 1024 * 1024;
/** After how many bytes written the disk is looked at again. */
const CHECK_EVERY_BYTES = 16 * 1024 * 1024;

/** Sees to it that a download leaves the reserve on its disk while it is written. */
export class DiskSpaceGuard {
  readonly #folder: string;
  readonly #remote: RemoteFile;
  #written = 0;
  #sinceLook = 0;

  constructor(folder: string, remote: RemoteFile) {
    this.#folder = folder;
    this.#remote = remote;
  }

  /**
   * To be called before so many bytes are written.
   *
   * @throws DownloadError disk-full, before the disk is
   */
  async checkSpace(bytes: number): Promise<void> {
    this.#written += bytes;
    this.#sinceLook += bytes;
    if (this.#sinceLook < CHECK_EVERY_BYTES) return;
    this.#sinceLook = 0;
    const free = await this.#free();
    if (free >= RESERVED_BYTES) return;
    throw this.#remote.error(
      'disk-full',
      `The download of ${this.#remote.shownUrl} stops after ${formatBytes(this.#written)}: only ${formatBytes(free)} are free in ${this.#folder}, and ${formatBytes(RESERVED_BYTES)} must stay free.`,
    );
  }

  async #free(): Promise<number> {
    try {
      return await freeSpace(this.#folder);
    } catch (cause) {
      throw diskError(this.#remote, `The disk of ${this.#folder} cannot be looked at`, cause);
    }
  }
}
