import { once } from 'node:events';
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
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { NO_PROXIES, type Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import type { AwsCredentialProvider, AwsCredentials } from '../aws-credentials.ts';
import { statusOf, toStoreError } from './s3-errors.ts';
import { INITIAL_BACK_OFF_MS, type ObjectPart, S3ObjectStream } from './s3-object-stream.ts';
import { StoreError } from '../store/store-error.ts';

/** Files up to this size are uploaded in one request, in bytes. */
const SINGLE_REQUEST_BYTES = 64 * 1024 * 1024;
/**
 * Larger files are uploaded in parts of this size, four at once: 32 MB of memory. S3 allows 10,000
 * parts.
 */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;

/** A local file to upload as an object. */
export interface FileUpload {
  readonly file: string;
  readonly key: string;
  /** The media type, sent as Content-Type. */
  readonly type: string;
  readonly metadata?: Record<string, string>;
}

export interface S3BucketOptions {
  readonly region: string;
  /** The URL of an S3 service other than Amazon's. */
  readonly endpoint?: string | undefined;
  readonly encryption?: ServerSideEncryption | undefined;
  readonly kmsKey?: string | undefined;
  /** The first delay before an interrupted read is resumed, in milliseconds. */
  readonly backOffMs?: number;
  readonly proxies?: Proxies;
  /** By default those that the AWS SDK finds in its usual places. */
  readonly credentials?: AwsCredentials | AwsCredentialProvider | undefined;
}

/**
 * The objects of a bucket. `put`, `delete` and `textOf` throw the SDK's errors: wrap them in
 * {@link withStoreErrors}. The other methods throw a {@link StoreError}.
 */
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
      ...(options.credentials && { credentials: options.credentials }),
      // a reader that waits longer than this for the database is cut off, and resumes by range
      requestHandler: {
        connectionTimeout: 10_000,
        socketTimeout: 60_000,
        ...(agent && { httpAgent: agent, httpsAgent: agent }),
      },
    });
  }

  /** Writes a JSON object. */
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

  /**
   * Deletes an object if it exists: in a versioned bucket, each deletion of a missing one would add a
   * delete marker.
   *
   * @throws StoreError
   */
  async deleteIfPresent(key: string): Promise<void> {
    if ((await this.sizeOf(key)) === null) return;
    await this.withStoreErrors(`The object s3://${this.name}/${key} cannot be removed`, () =>
      this.delete(key),
    );
  }

  /**
   * Streams an object. The stream emits a StoreError.
   *
   * @param part a range of its bytes, or its version in a versioned bucket
   */
  read(key: string, { range, versionId }: ObjectPart = {}): S3ObjectStream {
    return new S3ObjectStream({
      client: this.client,
      bucket: this.name,
      key,
      versionId,
      range,
      backOffMs: this.#backOffMs,
    });
  }

  /**
   * Streams an object that may be missing, once its first bytes are there.
   *
   * @throws StoreError `not-found` when it is missing
   */
  async open(key: string, part?: ObjectPart): Promise<S3ObjectStream> {
    const stream = this.read(key, part);
    try {
      await once(stream, 'readable');
      return stream;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'snapshot-gone')) throw error;
      throw new StoreError('not-found', `There is no object s3://${this.name}/${key}.`);
    }
  }

  /**
   * A URL at which anybody can read an object for some time, by ranges and conditional requests too.
   *
   * @param seconds at most a week; with credentials of a session, not longer than that
   */
  async presign(key: string, versionId: string | undefined, seconds: number): Promise<string> {
    const command = new GetObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId });
    return this.withStoreErrors(`The URL of s3://${this.name}/${key} cannot be signed`, async () =>
      getSignedUrl(this.client, command, { expiresIn: seconds }),
    );
  }

  /** The text of an object; null when it does not exist. */
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

  /** Uploads a file, then checks the size of the object. */
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
    const abort = () => void upload.abort();
    signal?.addEventListener('abort', abort);
    try {
      await this.withStoreErrors(`The file ${file} cannot be stored in s3://${this.name}`, () =>
        upload.done(),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      body.destroy();
    }
    const storedSize = await this.sizeOf(key);
    if (storedSize !== size)
      throw new StoreError(
        'store-fault',
        `The object s3://${this.name}/${key} has ${String(storedSize)} bytes, but ${size} were sent.`,
      );
  }

  /** The size of an object in bytes; null when it does not exist. */
  async sizeOf(key: string, versionId?: string): Promise<number | null> {
    return this.withStoreErrors(
      `The object s3://${this.name}/${key} cannot be verified`,
      async () => {
        try {
          const { ContentLength } = await this.client.send(
            new HeadObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }),
          );
          return ContentLength ?? null;
        } catch (error) {
          if (statusOf(error) === 404) return null;
          throw error;
        }
      },
    );
  }

  /** Turns errors of some work into StoreErrors. @param what failed, as a clause for the message */
  async withStoreErrors<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, what);
    }
  }
}
