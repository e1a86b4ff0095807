import type { SnapshotManifest } from '@marquee/snapshots';
import type { RemoteFile } from './remote-file.ts';

/** What is always allowed, in bytes: small files may well become many times as large. */
const ALWAYS_ALLOWED = 2 * 1024 * 1024;

/**
 * How large a file may be beside the last snapshot, so that a server that sends without end fills
 * no disk. Without a last snapshot of the same URL there is no limit but the disk's: another source
 * may well be larger, as IMDb's files are than made-up ones.
 */
export class GrowthLimit {
  readonly #remote: RemoteFile;
  readonly #last: SnapshotManifest | null;
  readonly #times: number;

  /** @param times how many times as large as the last snapshot; 0 for any size */
  constructor(remote: RemoteFile, last: SnapshotManifest | null, times: number) {
    this.#remote = remote;
    this.#last = times === 0 || last?.url !== remote.url ? null : last;
    this.#times = times;
  }

  /** @throws DownloadError too-large, where that many gzipped bytes are too many */
  expectPacked(bytes: number): void {
    if (this.#last !== null) this.#expect('packed', bytes, this.#last.bytes);
  }

  /** @throws DownloadError too-large, where that many bytes of content are too many */
  expectUnpacked(bytes: number): void {
    if (this.#last !== null) this.#expect('unpacked', bytes, this.#last.rawBytes);
  }

  #expect(how: string, bytes: number, last: number): void {
    if (bytes <= Math.max(last * this.#times, ALWAYS_ALLOWED)) return;
    throw this.#remote.fault(
      'too-large',
      `The file from ${this.#remote.where} has ${bytes} bytes or more ${how}, and the last snapshot has ${last}: more than ${this.#times} times as much is not taken (DOWNLOAD_MAX_GROWTH).`,
    );
  }
}
