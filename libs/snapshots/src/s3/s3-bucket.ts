import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NO_PROXIES, type Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import { statusOf, toStoreError } from './s3-errors.ts';
import { INITIAL_BACK_OFF_MS, S3ObjectStream } from './s3-object-stream.ts';
import { StoreError } from '../store/store.ts';

/** Files of up to this size are sent in one request, in bytes. */
const SINGLE_REQUEST_BYTES = 64 * 1024 * 1024;
/**
 * Larger ones go in parts of this size, four at once: 32 MB of memory. S3 takes up to 10,000 parts.
 */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** A file of this machine that is to be an object. */
export interface FileUpload {
  readonly file: string;
  readonly key: string;
  /** Its content type. */
  readonly type: string;
  readonly metadata?: Record<string, string>;
}

export interface S3BucketOptions {
  readonly region: string;
  /** A store other than Amazon's. */
  readonly endpoint?: string | undefined;
  readonly encryption?: ServerSideEncryption | undefined;
  readonly kmsKey?: string | undefined;
  /** How long the first wait is after a body that broke off, in milliseconds. */
  readonly backOffMs?: number;
  readonly proxies?: Proxies;
}

/** The objects of a bucket. What is thrown is a {@link StoreError}. */
export class S3Bucket {
  readonly name: string;
  readonly client: S3Client;
  readonly #encryption: Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;
  readonly #backOffMs: number;

  constructor(name: string, options: S3BucketOptions) {
    const { region, endpoint, encryption, kmsKey, backOffMs = INITIAL_BACK_OFF_MS } = options;
    const agent = proxyAgentFor(
      new URL(endpoint ?? `https://${name}.s3.${region}.amazonaws.com`),
      options.proxies ?? NO_PROXIES,
    );
    this.name = name;
    this.#encryption = {
      ...(encryption && { ServerSideEncryption: encryption }),
      ...(kmsKey && { SSEKMSKeyId: kmsKey }),
    };
    this.#backOffMs = backOffMs;
    this.client = new S3Client({
      region,
      ...(endpoint && { endpoint, forcePathStyle: true }),
      // a reader that waits longer than this for the database is broken off, and goes on by range
      requestHandler: {
        connectionTimeout: 10_000,
        socketTimeout: 60_000,
        ...(agent && { httpAgent: agent, httpsAgent: agent }),
      },
    });
  }

  /** Writes a JSON text. */
  async put(key: string, json: string, signal?: AbortSignal): Promise<void> {
    const object = {
      Bucket: this.name,
      Key: key,
      Body: json,
      ContentType: 'application/json',
      ...this.#encryption,
    };
    await this.client.send(new PutObjectCommand(object), {
      ...(signal && { abortSignal: signal }),
    });
  }

  async delete(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** An object's bytes. */
  read(key: string): S3ObjectStream {
    return new S3ObjectStream({
      client: this.client,
      bucket: this.name,
      key,
      backOffMs: this.#backOffMs,
    });
  }

  /** An object as text; null when it is not there. */
  async textOf(key: string): Promise<string | null> {
    try {
      const { Body } = await this.client.send(
        new GetObjectCommand({ Bucket: this.name, Key: key }),
      );
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return null;
      throw error;
    }
  }

  /** Makes a file an object. */
  async upload({ file, key, type, metadata }: FileUpload, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { size } = await stat(file);
    const body = createReadStream(file, { highWaterMark: 1024 * 1024 });
    const upload = new Upload({
      client: this.client,
      params: {
        Bucket: this.name,
        Key: key,
        Body: body,
        ContentType: type,
        Metadata: metadata,
        ...this.#encryption,
      },
      partSize: size > SINGLE_REQUEST_BYTES ? PART_BYTES : SINGLE_REQUEST_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    const stop = () => void upload.abort();
    signal?.addEventListener('abort', stop);
    try {
      await this.withStoreErrors(`The file ${file} cannot be stored in s3://${this.name}`, () =>
        upload.done(),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      body.destroy();
    }
    const stored = await this.sizeOf(key);
    if (stored !== size)
      throw new StoreError(
        'store-fault',
        `The object s3://${this.name}/${key} has ${String(stored)} bytes where ${size} were sent.`,
      );
  }

  /** How large an object is, in bytes; null when it is not there. */
  async sizeOf(key: string): Promise<number | null> {
    return this.withStoreErrors(
      `The object s3://${this.name}/${key} cannot be verified`,
      async () => {
        try {
          const { ContentLength } = await this.client.send(
            new HeadObjectCommand({ Bucket: this.name, Key: key }),
          );
          return ContentLength ?? null;
        } catch (error) {
          if (statusOf(error) === 404) return null;
          throw error;
        }
      },
    );
  }

  /** @param what the start of the sentence that tells of a fault */
  async withStoreErrors<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, what);
    }
  }
}
