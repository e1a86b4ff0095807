import type { SnapshotManifest } from '@marquee/snapshots';
import type { RemoteFile } from '../request/remote-file.ts';

/** The default of DOWNLOAD_MAX_GROWTH. IMDb's files grow by less than a hundredth a week. */
export const DEFAULT_MAX_GROWTH = 4;

/** Always allowed, in bytes: a small file can legitimately become many times as large. */
const ALWAYS_ALLOWED_BYTES = 2 * 1024 * 1024;

/**
 * Limits the size of a file relative to its kept snapshots, so that a server that sends without end
 * does not fill the disk. The largest snapshot counts, because the last one may be from a day on
 * which the file was truncated. Snapshots from other URLs do not count: another source can be
 * larger, as IMDb's files are than samples. Without a snapshot, only the disk is the limit.
 */
export class GrowthLimit {
  readonly #remote: RemoteFile;
  readonly #largest: Pick<SnapshotManifest, 'bytes' | 'rawBytes'> | null;
  readonly #maxGrowth: number;

  /**
   * @param kept the snapshots of the dataset
   * @param maxGrowth the factor relative to the largest; 0 for any size
   */
  constructor(remote: RemoteFile, kept: readonly SnapshotManifest[], maxGrowth: number) {
    const fromSameUrl = kept.filter(({ url }) => url === remote.url);
    this.#remote = remote;
    this.#largest =
      maxGrowth === 0 || fromSameUrl.length === 0
        ? null
        : {
            bytes: Math.max(...fromSameUrl.map(({ bytes }) => bytes)),
            rawBytes: Math.max(...fromSameUrl.map(({ rawBytes }) => rawBytes)),
          };
    this.#maxGrowth = maxGrowth;
  }

  /** @throws DownloadError too-large when the archive has too many bytes */
  checkArchiveSize(bytes: number): void {
    if (this.#largest !== null) this.#check('compressed', bytes, this.#largest.bytes);
  }

  /** @throws DownloadError too-large when the uncompressed content has too many bytes */
  checkContentSize(bytes: number): void {
    if (this.#largest !== null) this.#check('uncompressed', bytes, this.#largest.rawBytes);
  }

  #check(form: string, bytes: number, largest: number): void {
    if (bytes <= Math.max(largest * this.#maxGrowth, ALWAYS_ALLOWED_BYTES)) return;
    throw this.#remote.error(
      'too-large',
      `The file from ${this.#remote.location} has at least ${bytes} bytes ${form}, more than ${this.#maxGrowth} times the ${largest} bytes of the largest kept snapshot (DOWNLOAD_MAX_GROWTH).`,
    );
  }
}
