import { formatBytes } from '@marquee/process/format-bytes';
import { freeSpace } from '@marquee/snapshots';
import type { RemoteFile } from '../request/remote-file.ts';
import { diskError } from './disk-error.ts';

/** The space that downloads leave free, in bytes: PostgreSQL may use the same disk. */
export const RESERVED_BYTES = 64 * 1024 * 1024;
/** The written bytes between two checks of the free space. */
const CHECK_EVERY_BYTES = 16 * 1024 * 1024;

/** Stops a download before it uses the reserved space of its disk. */
export class DiskSpaceGuard {
  readonly #folder: string;
  readonly #remote: RemoteFile;
  #written = 0;
  #sinceCheck = 0;

  constructor(folder: string, remote: RemoteFile) {
    this.#folder = folder;
    this.#remote = remote;
  }

  /**
   * Call it before each write.
   *
   * @param bytes the length of the write
   * @throws DownloadError disk-full when only the reserved space is left
   */
  async checkSpace(bytes: number): Promise<void> {
    this.#written += bytes;
    this.#sinceCheck += bytes;
    if (this.#sinceCheck < CHECK_EVERY_BYTES) return;
    this.#sinceCheck = 0;
    const free = await this.#free();
    if (free >= RESERVED_BYTES) return;
    throw this.#remote.error(
      'disk-full',
      `The download of ${this.#remote.location} stops after ${formatBytes(this.#written)}: only ${formatBytes(free)} are free in ${this.#folder}, and ${formatBytes(RESERVED_BYTES)} must stay free.`,
    );
  }

  async #free(): Promise<number> {
    try {
      return await freeSpace(this.#folder);
    } catch (cause) {
      throw diskError(this.#remote, `The free space of ${this.#folder} cannot be read`, cause);
    }
  }
}
