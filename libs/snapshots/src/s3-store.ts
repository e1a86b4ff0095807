import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { access, rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { NO_PROXIES, type Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import { incomingFolder } from './incoming.ts';
import {
  formatManifest,
  isSnapshotId,
  parseManifest,
  type SnapshotManifest,
  type SnapshotName,
} from './manifest.ts';
import { statusOf, storeFault } from './s3-faults.ts';
import { BACK_OFF_MS, ObjectStream } from './s3-object.ts';
import {
  MANIFEST,
  newestReadable,
  quickCopyOf,
  StoreError,
  type OnWarning,
  type PackedContent,
  type SnapshotFiles,
  type SnapshotStore,
} from './store.ts';

/** Files of up to this size are sent in one request, in bytes. */
const WHOLE = 64 * 1024 * 1024;
/**
 * Larger ones go in parts of this size, four at once: 32 MB of memory. S3 takes up to 10,000 parts.
 */
const PART = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** Below the SDK's limit of fifty connections. */
const MANIFESTS_AT_ONCE = 32;
/**
 * A file without a manifest is only removed when it is too old for anyone to be about to add its
 * manifest.
 */
const ORPHAN_AGE_MS = 24 * 3600 * 1000;

/** A file of this machine that is to be an object. */
interface FileUpload {
  readonly file: string;
  readonly key: string;
  /** Its content type. */
  readonly type: string;
  readonly metadata?: Record<string, string>;
}

export interface S3StoreOptions {
  /** `s3://bucket/prefix` */
  readonly url: string;
  readonly region: string;
  /** A store other than Amazon's. */
  readonly endpoint?: string | undefined;
  readonly encryption?: ServerSideEncryption | undefined;
  readonly kmsKey?: string | undefined;
  /** The folder of this machine in which downloads are prepared. */
  readonly scratch: string;
  readonly onWarning: OnWarning;
  /** How long the first wait is after a body that broke off, in milliseconds. */
  readonly backOffMs?: number;
  readonly proxies?: Proxies;
}

/**
 * The snapshot store on S3. The manifest is put last: a snapshot is there as soon as its manifest
 * is.
 */
export class S3SnapshotStore implements SnapshotStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Empty, or with a slash at its end. */
  readonly #prefix: string;
  readonly #encryption: Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;
  readonly #scratch: string;
  readonly #onWarning: OnWarning;
  readonly #backOffMs: number;

  constructor(options: S3StoreOptions) {
    const { url, region, endpoint, encryption, kmsKey, scratch, onWarning } = options;
    const [bucket = '', ...folders] = url
      .slice('s3://'.length)
      .split('/')
      .filter((part) => part !== '');
    this.#bucket = bucket;
    this.#prefix = folders.map((folder) => `${folder}/`).join('');
    this.#encryption = {
      ...(encryption && { ServerSideEncryption: encryption }),
      ...(kmsKey && { SSEKMSKeyId: kmsKey }),
    };
    this.#scratch = scratch;
    this.#onWarning = onWarning;
    this.#backOffMs = options.backOffMs ?? BACK_OFF_MS;
    const agent = proxyAgentFor(
      new URL(endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`),
      options.proxies ?? NO_PROXIES,
    );
    this.#client = new S3Client({
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

  async incoming(dataset: DatasetName): Promise<string> {
    return incomingFolder(this.#scratch, dataset);
  }

  /**
   * Breaks off what is still being uploaded of the dataset: a killed downloader has left it, or
   * this download has taken over from that one.
   */
  async add(
    manifest: SnapshotManifest,
    { archive, quickCopy }: SnapshotFiles,
    signal?: AbortSignal,
  ): Promise<void> {
    const uploads: FileUpload[] = [
      {
        file: archive,
        key: this.#keyOf(manifest),
        type: 'application/gzip',
        metadata: { sha256: manifest.sha256 },
      },
    ];
    if (quickCopy !== undefined)
      uploads.push({
        file: quickCopy,
        key: this.#quickCopyKeyOf(manifest),
        type: 'application/zstd',
      });
    for (const { file } of uploads) await access(file);
    await this.#tidy(manifest.dataset);
    if ((await this.find(manifest.dataset, manifest.id)) === null) {
      for (const upload of uploads) await this.#upload(upload, signal);
      // gone when another download has taken over; it knows the newer version
      for (const { file } of uploads) await access(file);
      await this.#putManifest(manifest, signal);
    }
    for (const { file } of uploads) await rm(file, { force: true });
  }

  async revalidate(manifest: SnapshotManifest): Promise<void> {
    // a manifest whose file is gone would make it seem to be there
    if ((await this.#sizeOf(this.#keyOf(manifest))) !== null) await this.#putManifest(manifest);
  }

  async newest(dataset: DatasetName): Promise<SnapshotManifest | null> {
    return newestReadable(await this.#ids(dataset), (id) => this.find(dataset, id));
  }

  async find(dataset: DatasetName, id: string): Promise<SnapshotManifest | null> {
    if (!isSnapshotId(dataset, id)) return null;
    const snapshot = { dataset, id };
    const where = `s3://${this.#bucket}/${this.#keyOf(snapshot, MANIFEST)}`;
    const text = await this.#try(`The manifest ${where} cannot be read`, () =>
      this.#textOf(this.#keyOf(snapshot, MANIFEST)),
    );
    if (text === null) return null;
    try {
      return parseManifest(text, snapshot);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#onWarning(
        `The snapshot ${this.locationOf(snapshot)} is left out, for ${where} cannot be read as a manifest: ${why} Remove both; the next download makes a new one.`,
      );
      return null;
    }
  }

  async list(): Promise<SnapshotManifest[]> {
    const manifests: (SnapshotManifest | null)[] = [];
    for (const dataset of DATASET_NAMES) {
      const ids = await this.#ids(dataset);
      while (ids.length > 0)
        manifests.push(
          ...(await Promise.all(
            ids.splice(0, MANIFESTS_AT_ONCE).map((id) => this.find(dataset, id)),
          )),
        );
    }
    return manifests.filter((manifest) => manifest !== null);
  }

  locationOf(snapshot: SnapshotName): string {
    return `s3://${this.#bucket}/${this.#keyOf(snapshot)}`;
  }

  openFile(snapshot: SnapshotName): Readable {
    return this.#read(this.#keyOf(snapshot));
  }

  #read(key: string): ObjectStream {
    return new ObjectStream({
      client: this.#client,
      bucket: this.#bucket,
      key,
      backOffMs: this.#backOffMs,
    });
  }

  async openQuickest(snapshot: SnapshotName): Promise<PackedContent> {
    const quickCopy = this.#read(this.#quickCopyKeyOf(snapshot));
    try {
      await once(quickCopy, 'readable');
      return { bytes: quickCopy, packing: 'zstd' };
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'snapshot-gone')) throw error;
      return { bytes: this.openFile(snapshot), packing: 'gzip' };
    }
  }

  async removeQuickCopy(snapshot: SnapshotName): Promise<void> {
    const key = this.#quickCopyKeyOf(snapshot);
    // in a bucket with versions, each removal of what is not there would leave another mark
    if ((await this.#sizeOf(key)) === null) return;
    await this.#try(`The object s3://${this.#bucket}/${key} cannot be removed`, () =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key })),
    );
  }

  async remove(snapshot: SnapshotName): Promise<void> {
    await this.#try(`The snapshot ${this.locationOf(snapshot)} cannot be removed`, async () => {
      for (const name of [MANIFEST, undefined, quickCopyOf(snapshot.dataset)])
        await this.#client.send(
          new DeleteObjectCommand({ Bucket: this.#bucket, Key: this.#keyOf(snapshot, name) }),
        );
    });
  }

  async #putManifest(manifest: SnapshotManifest, signal?: AbortSignal): Promise<void> {
    const object = {
      Bucket: this.#bucket,
      Key: this.#keyOf(manifest, MANIFEST),
      Body: formatManifest(manifest),
      ContentType: 'application/json',
      ...this.#encryption,
    };
    await this.#try(`The snapshot ${this.locationOf(manifest)} cannot be stored`, () =>
      this.#client.send(new PutObjectCommand(object), { ...(signal && { abortSignal: signal }) }),
    );
  }

  #keyOf({ dataset, id }: SnapshotName, name = fileNameOf(dataset)): string {
    return `${this.#prefix}${dataset}/${id}/${name}`;
  }

  #quickCopyKeyOf(snapshot: SnapshotName): string {
    return this.#keyOf(snapshot, quickCopyOf(snapshot.dataset));
  }

  /**
   * What lies in the store under a dataset's name, with the snapshot it belongs to. Nothing else is
   * ever touched.
   */
  async #objects(dataset: DatasetName): Promise<{ id: string; key: string; age: number }[]> {
    const prefix = `${this.#prefix}${dataset}/`;
    return this.#try(
      `The snapshots in s3://${this.#bucket}/${prefix} cannot be listed`,
      async () => {
        const objects = [];
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client: this.#client },
          { Bucket: this.#bucket, Prefix: prefix },
        )) {
          for (const { Key: key = '', LastModified } of Contents) {
            const [id = '', name = '', ...more] = key.slice(prefix.length).split('/');
            const isOurs =
              isSnapshotId(dataset, id) &&
              more.length === 0 &&
              [MANIFEST, fileNameOf(dataset), quickCopyOf(dataset)].includes(name);
            if (isOurs)
              objects.push({ id, key, age: Date.now() - (LastModified?.getTime() ?? Date.now()) });
          }
        }
        return objects;
      },
    );
  }

  async #ids(dataset: DatasetName): Promise<string[]> {
    const objects = await this.#objects(dataset);
    return objects.flatMap(({ id, key }) => (key.endsWith(`/${MANIFEST}`) ? [id] : [])).sort();
  }

  async #textOf(key: string): Promise<string | null> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
      );
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return null;
      throw error;
    }
  }

  async #upload({ file, key, type, metadata }: FileUpload, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { size } = await stat(file);
    const body = createReadStream(file, { highWaterMark: 1024 * 1024 });
    const upload = new Upload({
      client: this.#client,
      params: {
        Bucket: this.#bucket,
        Key: key,
        Body: body,
        ContentType: type,
        Metadata: metadata,
        ...this.#encryption,
      },
      partSize: size > WHOLE ? PART : WHOLE,
      queueSize: PARTS_AT_ONCE,
    });
    const stop = () => void upload.abort();
    signal?.addEventListener('abort', stop);
    try {
      await this.#try(`The file ${file} cannot be stored in s3://${this.#bucket}`, () =>
        upload.done(),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      body.destroy();
    }
    const stored = await this.#sizeOf(key);
    if (stored !== size)
      throw new StoreError(
        'store-fault',
        `The object s3://${this.#bucket}/${key} has ${String(stored)} bytes where ${size} were sent.`,
      );
  }

  /** How large an object is, in bytes; null when it is not there. */
  async #sizeOf(key: string): Promise<number | null> {
    return this.#try(`The object s3://${this.#bucket}/${key} cannot be verified`, async () => {
      try {
        const { ContentLength } = await this.#client.send(
          new HeadObjectCommand({ Bucket: this.#bucket, Key: key }),
        );
        return ContentLength ?? null;
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });
  }

  /**
   * Removes what killed downloaders have left: unfinished uploads, and files that never got a
   * manifest. That it cannot is no reason to fail.
   */
  async #tidy(dataset: DatasetName): Promise<void> {
    const prefix = `${this.#prefix}${dataset}/`;
    const bucket = { Bucket: this.#bucket };
    try {
      await this.#try(
        `What is left over in s3://${this.#bucket}/${prefix} cannot be removed`,
        async () => {
          const { Uploads = [] } = await this.#client.send(
            new ListMultipartUploadsCommand({ ...bucket, Prefix: prefix }),
          );
          for (const { Key, UploadId } of Uploads)
            await this.#client.send(new AbortMultipartUploadCommand({ ...bucket, Key, UploadId }));
          const objects = await this.#objects(dataset);
          const whole = new Set(
            objects.flatMap(({ id, key }) => (key.endsWith(`/${MANIFEST}`) ? [id] : [])),
          );
          for (const { id, key, age } of objects) {
            if (!whole.has(id) && age > ORPHAN_AGE_MS)
              await this.#client.send(new DeleteObjectCommand({ ...bucket, Key: key }));
          }
        },
      );
    } catch (error) {
      if (error instanceof StoreError) this.#onWarning(`${error.message} ${error.hint}`);
      else throw error;
    }
  }

  async #try<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeFault(error, what);
    }
  }
}
