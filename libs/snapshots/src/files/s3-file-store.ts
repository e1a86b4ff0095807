import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { S3Bucket, type S3BucketOptions } from '../s3/s3-bucket.ts';
import { parseS3Url } from '../s3/s3-url.ts';
import { StoreError } from '../store/store-error.ts';
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
    const stream = this.#bucket.read(this.#keyOf(sha256));
    try {
      await once(stream, 'readable');
      return stream;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'snapshot-gone')) throw error;
      throw new StoreError(
        'not-found',
        `There is no object s3://${this.#bucket.name}/${this.#keyOf(sha256)}.`,
      );
    }
  }

  async sizeOf(sha256: string): Promise<number | null> {
    return this.#bucket.sizeOf(this.#keyOf(sha256));
  }

  async remove(sha256: string): Promise<void> {
    const key = this.#keyOf(sha256);
    // in a versioned bucket, each deletion of a missing object would add a delete marker
    if ((await this.sizeOf(sha256)) === null) return;
    await this.#bucket.withStoreErrors(
      `The object s3://${this.#bucket.name}/${key} cannot be removed`,
      () => this.#bucket.delete(key),
    );
  }

  #keyOf(sha256: string): string {
    return `${this.#prefix}${pathOfFile(this.#folder, sha256)}`;
  }
}
