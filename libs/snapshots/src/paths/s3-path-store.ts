import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { S3Bucket, type S3BucketOptions } from '../s3/s3-bucket.ts';
import { parseS3Url } from '../s3/s3-url.ts';
import { createDownloadFolder } from '../store/download-folder.ts';
import { checkedPath, type ByteRange, type PathStore, type PathFolder } from './path-store.ts';

export interface S3PathStoreOptions extends S3BucketOptions {
  /** `s3://bucket/prefix` */
  readonly url: string;
  /** The local folder for files that are being made. */
  readonly scratch: string;
}

/** Files by path on S3. */
export class S3PathStore implements PathStore {
  readonly isLocal = false;
  readonly #bucket: S3Bucket;
  readonly #prefix: string;
  readonly #scratch: string;
  readonly #folder: PathFolder;

  constructor(options: S3PathStoreOptions, folder: PathFolder) {
    const { bucket, prefix } = parseS3Url(options.url);
    this.#bucket = new S3Bucket(bucket, options);
    this.#prefix = prefix;
    this.#scratch = options.scratch;
    this.#folder = folder;
  }

  async workFolder(): Promise<string> {
    return createDownloadFolder(this.#scratch, this.#folder);
  }

  async add(path: string, file: string, signal?: AbortSignal): Promise<void> {
    const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
    await this.#bucket.upload({ file, key: this.#keyOf(path), type }, signal);
    await rm(file, { force: true });
  }

  async open(path: string, range?: ByteRange): Promise<Readable> {
    return this.#bucket.open(this.#keyOf(path), { range });
  }

  async sizeOf(path: string): Promise<number | null> {
    return this.#bucket.sizeOf(this.#keyOf(path));
  }

  async list(): Promise<string[]> {
    const prefix = `${this.#prefix}${this.#folder}/`;
    return this.#bucket.withStoreErrors(
      `The files in s3://${this.#bucket.name}/${prefix} cannot be listed`,
      async () => {
        const paths: string[] = [];
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client: this.#bucket.client },
          { Bucket: this.#bucket.name, Prefix: prefix },
        ))
          for (const { Key: key = '' } of Contents) paths.push(key.slice(this.#prefix.length));
        return paths;
      },
    );
  }

  async remove(path: string): Promise<void> {
    await this.#bucket.deleteIfPresent(this.#keyOf(path));
  }

  locationOf(path: string): string {
    return `s3://${this.#bucket.name}/${this.#keyOf(path)}`;
  }

  #keyOf(path: string): string {
    return `${this.#prefix}${checkedPath(path)}`;
  }
}
