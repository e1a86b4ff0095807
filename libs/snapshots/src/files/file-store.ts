import type { Readable } from 'node:stream';

/** The folders of files beside the snapshots. */
export type FileFolder = 'deliveries' | 'pictures';

/** The size and the SHA-256, in hexadecimal, of a stored file. */
export interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * A store of files by their SHA-256, beside the snapshots. A file appears atomically, and its
 * content is never changed, so equal files are stored once.
 *
 * Methods throw a StoreError when the store denies access or does not answer.
 */
export interface FileStore {
  /**
   * Stores a file. Idempotent: an equal one stays as it is.
   *
   * @param content read to its end; its errors are thrown, and nothing is kept
   * @param limits.maxBytes the size from which on the file is refused
   * @throws StoreError `too-large`; DiskSpaceError when the disk is full
   */
  put(content: Readable, limits?: { readonly maxBytes?: number }): Promise<StoredFile>;

  /**
   * The content of a file. The stream emits read errors.
   *
   * @throws StoreError `not-found`
   */
  open(sha256: string): Promise<Readable>;

  /** The size of a file in bytes; null when the store does not have it. */
  sizeOf(sha256: string): Promise<number | null>;

  /** Removes a file, if the store has it. A reader that has it open on disk can finish. */
  remove(sha256: string): Promise<void>;
}

/**
 * The path of a file below the root of the store. The two digits keep folders small.
 *
 * @throws TypeError when the name is no SHA-256 in hexadecimal
 */
export function pathOfFile(folder: FileFolder, sha256: string): string {
  if (!/^[0-9a-f]{64}$/u.test(sha256))
    throw new TypeError(`${JSON.stringify(sha256)} is no SHA-256 of 64 hexadecimal digits.`);
  return `${folder}/${sha256.slice(0, 2)}/${sha256}`;
}
