import type { SnapshotManifest } from '@marquee/snapshots';
import type { RemoteFile } from '../request/remote-file.ts';

/** What is always allowed, in bytes: small files may well become many times as large. */
const ALWAYS_ALLOWED = 2 * 1024 * 1024;

/**
 * How large a file may be beside the snapshots of it that are kept, so that a server that sends
 * without end fills no disk. The largest counts: the last may be of a day on which the file was cut
 * short. Those of another URL do not: another source may well be larger, as IMDb's files are than
 * made-up ones. Without any there is no limit but the disk's.
 */
export class GrowthLimit {
  readonly #remote: RemoteFile;
  readonly #largest: Pick<SnapshotManifest, 'bytes' | 'rawBytes'> | null;
  readonly #times: number;

  /**
   * @param kept snapshots of the dataset
   * @param times how many times as large as the largest; 0 for any size
   */
  constructor(remote: RemoteFile, kept: readonly SnapshotManifest[], times: number) {
    const same = kept.filter(({ url }) => url === remote.url);
    this.#remote = remote;
    this.#largest =
      times === 0 || same.length === 0
        ? null
        : {
            bytes: Math.max(...same.map(({ bytes }) => bytes)),
            rawBytes: Math.max(...same.map(({ rawBytes }) => rawBytes)),
          };
    this.#times = times;
  }

  /** @throws DownloadError too-large, where that many gzipped bytes are too many */
  checkArchiveSize(bytes: number): void {
    if (this.#largest !== null) this.#expect('packed', bytes, this.#largest.bytes);
  }

  /** @throws DownloadError too-large, where that many bytes of content are too many */
  checkContentSize(bytes: number): void {
    if (this.#largest !== null) this.#expect('unpacked', bytes, this.#largest.rawBytes);
  }

  #expect(how: string, bytes: number, largest: number): void {
    if (bytes <= Math.max(largest * this.#times, ALWAYS_ALLOWED)) return;
    throw this.#remote.error(
      'too-large',
      `The file from ${this.#remote.shownUrl} has ${bytes} bytes or more ${how}, and the largest snapshot kept has ${largest}: more than ${this.#times} times as much is not taken (DOWNLOAD_MAX_GROWTH).`,
    );
  }
}
