import { access, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { DATASET_NAMES, fileNameOf, type DatasetName } from '@marquee/datasets';
import { errorMessage } from '@marquee/process/error-message';
import { createDownloadFolder } from '../store/download-folder.ts';
import {
  formatDamagedManifest,
  formatManifest,
  isSnapshotId,
  parseManifest,
  damageReason,
  type SnapshotManifest,
  type SnapshotName,
} from '../store/manifest.ts';
import { S3Bucket, type FileUpload, type S3BucketOptions } from './s3-bucket.ts';
import { parseS3Url } from './s3-url.ts';
import { StoreError } from '../store/store-error.ts';
import {
  MANIFEST,
  findNewestReadable,
  zstdCopyName,
  setAsideWarning,
  type UnusableEntry,
  type OnWarning,
  type CompressedContent,
  type SnapshotFiles,
  type SnapshotSizes,
  type SnapshotStore,
} from '../store/store.ts';

/** The manifest of a snapshot that was set aside. It replaces manifest.json. */
const DAMAGED = 'damaged.json';
/** Manifests read in parallel: fewer than the SDK's 50 connections. */
const MANIFESTS_AT_ONCE = 32;
/**
 * Files without a manifest are removed only at this age: younger ones can belong to an upload in
 * progress.
 */
const ORPHAN_AGE_MS = 24 * 3600 * 1000;

export interface S3StoreOptions extends S3BucketOptions {
  /** `s3://bucket/prefix` */
  readonly url: string;
  /** The local folder for downloads in progress. */
  readonly scratch: string;
  readonly onWarning: OnWarning;
}

/** The snapshot store on S3. The manifest is uploaded last: it makes the snapshot appear. */
export class S3SnapshotStore implements SnapshotStore {
  readonly #bucket: S3Bucket;
  /** Empty, or ends with a slash. */
  readonly #prefix: string;
  readonly #scratch: string;
  readonly #onWarning: OnWarning;

  constructor(options: S3StoreOptions) {
    const { url, scratch, onWarning } = options;
    const { bucket, prefix } = parseS3Url(url);
    this.#bucket = new S3Bucket(bucket, options);
    this.#prefix = prefix;
    this.#scratch = scratch;
    this.#onWarning = onWarning;
  }

  async downloadFolder(dataset: DatasetName): Promise<string> {
    return createDownloadFolder(this.#scratch, dataset);
  }

  /**
   * First aborts unfinished uploads of the dataset: they are those of a killed downloader, or of
   * one that this download has taken over from.
   */
  async add(
    manifest: SnapshotManifest,
    { archive, zstdCopy }: SnapshotFiles,
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
    if (zstdCopy !== undefined)
      uploads.push({
        file: zstdCopy,
        key: this.#zstdCopyKeyOf(manifest),
        type: 'application/zstd',
      });
    for (const { file } of uploads) await access(file);
    await this.#removeLeftovers(manifest.dataset);
    if ((await this.find(manifest.dataset, manifest.id)) === null) {
      for (const upload of uploads) await this.#bucket.upload(upload, signal);
      // the files are gone if another download has taken over, which has the newer version
      for (const { file } of uploads) await access(file);
      await this.#putManifest(manifest, signal);
    }
    for (const { file } of uploads) await rm(file, { force: true });
  }

  async revalidate(manifest: SnapshotManifest): Promise<void> {
    // without its archive, a manifest would make the snapshot appear to exist
    if ((await this.#bucket.sizeOf(this.#keyOf(manifest))) !== null)
      await this.#putManifest(manifest);
  }

  async newest(dataset: DatasetName): Promise<SnapshotManifest | null> {
    return findNewestReadable(await this.#ids(dataset), (id) => this.find(dataset, id));
  }

  async find(dataset: DatasetName, id: string): Promise<SnapshotManifest | null> {
    if (!isSnapshotId(dataset, id)) return null;
    const snapshot = { dataset, id };
    const manifestUrl = `s3://${this.#bucket.name}/${this.#keyOf(snapshot, MANIFEST)}`;
    const text = await this.#bucket.withStoreErrors(
      `The manifest ${manifestUrl} cannot be read`,
      () => this.#bucket.textOf(this.#keyOf(snapshot, MANIFEST)),
    );
    if (text === null) return null;
    try {
      return parseManifest(text, snapshot);
    } catch (cause) {
      this.#onWarning(
        `The snapshot ${this.locationOf(snapshot)} is skipped: its manifest ${manifestUrl} is not valid: ${errorMessage(cause).replace(/\.$/u, '')}. Remove both; the next download makes a new one.`,
      );
      return null;
    }
  }

  async list(datasets: readonly DatasetName[] = DATASET_NAMES): Promise<SnapshotManifest[]> {
    const manifests: (SnapshotManifest | null)[] = [];
    for (const dataset of datasets) {
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

  locationOf(
    snapshot: SnapshotName,
    compression: CompressedContent['compression'] = 'gzip',
  ): string {
    return `s3://${this.#bucket.name}/${compression === 'gzip' ? this.#keyOf(snapshot) : this.#zstdCopyKeyOf(snapshot)}`;
  }

  openArchive(snapshot: SnapshotName): Readable {
    return this.#bucket.read(this.#keyOf(snapshot));
  }

  async openContent(snapshot: SnapshotName): Promise<CompressedContent> {
    try {
      const stream = await this.#bucket.open(this.#zstdCopyKeyOf(snapshot));
      return { stream, compression: 'zstd' };
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'not-found')) throw error;
      return { stream: this.openArchive(snapshot), compression: 'gzip' };
    }
  }

  async removeZstdCopy(snapshot: SnapshotName): Promise<void> {
    await this.#bucket.deleteIfPresent(this.#zstdCopyKeyOf(snapshot));
  }

  async remove(snapshot: SnapshotName): Promise<void> {
    await this.#bucket.withStoreErrors(
      `The snapshot ${this.locationOf(snapshot)} cannot be removed`,
      async () => {
        for (const name of [MANIFEST, undefined, zstdCopyName(snapshot.dataset)])
          await this.#bucket.delete(this.#keyOf(snapshot, name));
      },
    );
  }

  async sizesOf(snapshot: SnapshotName): Promise<SnapshotSizes> {
    return {
      archive: await this.#bucket.sizeOf(this.#keyOf(snapshot)),
      zstdCopy: await this.#bucket.sizeOf(this.#zstdCopyKeyOf(snapshot)),
    };
  }

  async setAside(snapshot: SnapshotName, why: string): Promise<void> {
    await this.#bucket.withStoreErrors(
      `The snapshot ${this.locationOf(snapshot)} cannot be set aside`,
      async () => {
        const text = await this.#bucket.textOf(this.#keyOf(snapshot, MANIFEST));
        if (text === null) return;
        await this.#bucket.put(this.#keyOf(snapshot, DAMAGED), formatDamagedManifest(text, why));
        await this.#bucket.delete(this.#keyOf(snapshot, MANIFEST));
        this.#onWarning(
          setAsideWarning(this.locationOf(snapshot), why, `its ${MANIFEST} is now ${DAMAGED}`),
        );
        const objects = await this.#objects(snapshot.dataset);
        const idsWith = (wanted: string) =>
          new Set(objects.flatMap(({ id, name }) => (name === wanted ? [id] : [])));
        // a snapshot fetched again within a second has the same id as the one set aside
        const [older, kept] = [idsWith(DAMAGED), idsWith(MANIFEST).add(snapshot.id)];
        for (const { id, key } of objects)
          if (older.has(id) && !kept.has(id)) await this.#bucket.delete(key);
      },
    );
  }

  async listUnusable(): Promise<UnusableEntry[]> {
    const entries: UnusableEntry[] = [];
    for (const dataset of DATASET_NAMES) {
      const objects = Map.groupBy(await this.#objects(dataset), ({ id }) => id);
      for (const [id, files] of objects) {
        const location = `s3://${this.#bucket.name}/${this.#keyOf({ dataset, id }, '')}`;
        const reason = await this.#unusableReason({ dataset, id }, files);
        if (reason !== null) entries.push({ location, reason });
      }
    }
    return entries;
  }

  /** Why a snapshot is unusable; null when it is usable. @param files its objects; age in ms */
  async #unusableReason(
    snapshot: SnapshotName,
    files: readonly { readonly name: string; readonly age: number }[],
  ): Promise<string | null> {
    const names = files.map(({ name }) => name);
    const textOf = async (name: string) =>
      this.#bucket.withStoreErrors('A manifest cannot be read', () =>
        this.#bucket.textOf(this.#keyOf(snapshot, name)),
      );
    if (names.includes(MANIFEST)) {
      try {
        parseManifest((await textOf(MANIFEST)) ?? '', snapshot);
        return null;
      } catch (error) {
        if (error instanceof StoreError) throw error;
        return `its ${MANIFEST} is not valid`;
      }
    }
    if (names.includes(DAMAGED)) return damageReason((await textOf(DAMAGED)) ?? '');
    // during an upload, the manifest is still missing
    return files.every(({ age }) => age > ORPHAN_AGE_MS) ? `it has no ${MANIFEST}` : null;
  }

  async #putManifest(manifest: SnapshotManifest, signal?: AbortSignal): Promise<void> {
    await this.#bucket.withStoreErrors(
      `The snapshot ${this.locationOf(manifest)} cannot be stored`,
      async () => {
        await this.#bucket.put(this.#keyOf(manifest, MANIFEST), formatManifest(manifest), signal);
      },
    );
  }

  #keyOf({ dataset, id }: SnapshotName, name = fileNameOf(dataset)): string {
    return `${this.#prefix}${dataset}/${id}/${name}`;
  }

  #zstdCopyKeyOf(snapshot: SnapshotName): string {
    return this.#keyOf(snapshot, zstdCopyName(snapshot.dataset));
  }

  /**
   * The objects of a dataset's snapshots, with the id of the snapshot and the age in milliseconds.
   * Other objects in the bucket are never touched.
   */
  async #objects(
    dataset: DatasetName,
  ): Promise<{ id: string; name: string; key: string; age: number }[]> {
    const prefix = `${this.#prefix}${dataset}/`;
    return this.#bucket.withStoreErrors(
      `The snapshots in s3://${this.#bucket.name}/${prefix} cannot be listed`,
      async () => {
        const objects = [];
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client: this.#bucket.client },
          { Bucket: this.#bucket.name, Prefix: prefix },
        )) {
          for (const { Key: key = '', LastModified } of Contents) {
            const [id = '', name = '', ...more] = key.slice(prefix.length).split('/');
            const belongsToSnapshot =
              isSnapshotId(dataset, id) &&
              more.length === 0 &&
              [MANIFEST, DAMAGED, fileNameOf(dataset), zstdCopyName(dataset)].includes(name);
            if (belongsToSnapshot)
              objects.push({
                id,
                name,
                key,
                age: Date.now() - (LastModified?.getTime() ?? Date.now()),
              });
          }
        }
        return objects;
      },
    );
  }

  async #ids(dataset: DatasetName): Promise<string[]> {
    const objects = await this.#objects(dataset);
    return objects.flatMap(({ id, name }) => (name === MANIFEST ? [id] : [])).sort();
  }

  /**
   * Removes what killed downloaders have left: unfinished uploads, and files without a manifest. If
   * that fails, it only warns.
   */
  async #removeLeftovers(dataset: DatasetName): Promise<void> {
    const prefix = `${this.#prefix}${dataset}/`;
    const bucket = { Bucket: this.#bucket.name };
    try {
      await this.#bucket.withStoreErrors(
        `Unfinished uploads in s3://${this.#bucket.name}/${prefix} cannot be removed`,
        async () => {
          const { Uploads = [] } = await this.#bucket.client.send(
            new ListMultipartUploadsCommand({ ...bucket, Prefix: prefix }),
          );
          for (const { Key, UploadId } of Uploads)
            await this.#bucket.client.send(
              new AbortMultipartUploadCommand({ ...bucket, Key, UploadId }),
            );
          const objects = await this.#objects(dataset);
          const complete = new Set(
            objects.flatMap(({ id, name }) => ([MANIFEST, DAMAGED].includes(name) ? [id] : [])),
          );
          for (const { id, key, age } of objects) {
            if (!complete.has(id) && age > ORPHAN_AGE_MS) await this.#bucket.delete(key);
          }
        },
      );
    } catch (error) {
      if (error instanceof StoreError) this.#onWarning(`${error.message} ${error.hint}`);
      else throw error;
    }
  }
}
