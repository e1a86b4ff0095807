import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { S3Bucket, type S3BucketOptions } from '../s3/s3-bucket.ts';
import { parseS3Url } from '../s3/s3-url.ts';
import type { OnWarning } from '../store/store.ts';
import { pathOfFile, type FileFolder, type FileStore, type StoredFile } from './file-store.ts';
import { receiveFile } from './incoming-file.ts';

export interface S3FileStoreOptions extends S3BucketOptions {
  /** `s3://bucket/prefix` */
  readonly url: string;
  /** The local folder in which a file lies until its SHA-256, and so its key, is known. */
  readonly scratch: string;
  readonly onWarning: OnWarning;
}

/** Files on S3. */
export class S3FileStore implements FileStore {
  readonly #bucket: S3Bucket;
  readonly #prefix: string;
  readonly #scratch: string;
  readonly #folder: FileFolder;
  readonly #onWarning: OnWarning;

  constructor(options: S3FileStoreOptions, folder: FileFolder) {
    const { bucket, prefix } = parseS3Url(options.url);
    this.#bucket = new S3Bucket(bucket, options);
    this.#prefix = prefix;
    this.#scratch = options.scratch;
    this.#folder = folder;
    this.#onWarning = options.onWarning;
  }

  async put(
    content: Readable,
    { maxBytes = Infinity }: { readonly maxBytes?: number } = {},
  ): Promise<StoredFile> {
    const { path, sha256, bytes } = await receiveFile(this.#scratch, this.#folder, content, {
      maxBytes,
      onWarning: this.#onWarning,
    });
    try {
      if ((await this.sizeOf(sha256)) !== bytes)
        await this.#bucket.upload({
          file: path,
          key: this.#keyOf(sha256),
          type: 'application/octet-stream',
        });
    } finally {
      await rm(path, { force: true });
    }
    return { sha256, bytes };
  }

  async open(sha256: string): Promise<Readable> {
    return this.#bucket.open(this.#keyOf(sha256));
  }

  async sizeOf(sha256: string): Promise<number | null> {
    return this.#bucket.sizeOf(this.#keyOf(sha256));
  }

  async remove(sha256: string): Promise<void> {
    await this.#bucket.deleteIfPresent(this.#keyOf(sha256));
  }

  #keyOf(sha256: string): string {
    return `${this.#prefix}${pathOfFile(this.#folder, sha256)}`;
  }
}
