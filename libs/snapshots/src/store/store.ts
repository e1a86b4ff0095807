import type { Readable } from 'node:stream';
import type { DatasetName } from '@marquee/datasets';
import type { SnapshotManifest, SnapshotName } from './manifest.ts';

/** The file name of a snapshot's manifest, beside its archive. */
export const MANIFEST = 'manifest.json';

/** The file name of a snapshot's zstd copy, beside its archive. */
export function zstdCopyName(dataset: DatasetName): string {
  return `${dataset}.tsv.zst`;
}

/** The paths of the complete files of a snapshot that is to be added. */
export interface SnapshotFiles {
  /** The file as the server sent it: gzip. */
  readonly archive: string;
  /** The same content as zstd, which decompresses in half the time. Optional: it is a cache. */
  readonly zstdCopy?: string;
}

/** The compressed content of a snapshot. The caller must read the stream or destroy it. */
export interface CompressedContent {
  /** Emits read errors as its own. */
  readonly stream: Readable;
  readonly compression: 'gzip' | 'zstd';
}

/** The sizes of a snapshot's files in bytes; null for a missing file. */
export interface SnapshotSizes {
  readonly archive: number | null;
  readonly zstdCopy: number | null;
}

/** An entry in a store that is not a readable snapshot. */
export interface UnusableEntry {
  /** A folder, or an s3:// URL. */
  readonly location: string;
  readonly reason: string;
}

/** Called with problems that do not stop the work, in whole sentences. */
export type OnWarning = (message: string) => void;

/**
 * The store of snapshots. Each has a folder `<dataset>/<snapshot id>/` with the archive under
 * IMDb's file name, the manifest and, while it is likely to be read soon, a zstd copy. A snapshot
 * appears atomically, and its content is never changed. Unreadable snapshots are skipped with a
 * warning.
 *
 * Methods that access a remote store throw a StoreError when it denies access or does not answer.
 */
export interface SnapshotStore {
  /**
   * The local folder for the downloads of a dataset, created if missing. Its files survive a killed
   * downloader.
   */
  downloadFolder(dataset: DatasetName): Promise<string>;

  /**
   * Adds verified files as a snapshot. They are moved on success, and stay in place on failure.
   *
   * @param files complete files in the dataset's download folder
   * @param signal aborts before the snapshot appears
   * @throws ENOENT when a file is gone, because another download took it over
   */
  add(manifest: SnapshotManifest, files: SnapshotFiles, signal?: AbortSignal): Promise<void>;

  /**
   * Replaces the manifest of a snapshot, to update the URL and the validators under which the
   * server has its content now. Does nothing when the snapshot was removed.
   */
  revalidate(manifest: SnapshotManifest): Promise<void>;

  /** The latest snapshot of a dataset; null when it has none. */
  newest(dataset: DatasetName): Promise<SnapshotManifest | null>;

  /** One snapshot; null when the store does not have it. */
  find(dataset: DatasetName, id: string): Promise<SnapshotManifest | null>;

  /** The snapshots of some datasets, by default of all; per dataset, the oldest first. */
  list(datasets?: readonly DatasetName[]): Promise<SnapshotManifest[]>;

  /** The path or s3:// URL of a snapshot's file, by default of its archive, for messages. */
  locationOf(snapshot: SnapshotName, compression?: CompressedContent['compression']): string;

  sizesOf(snapshot: SnapshotName): Promise<SnapshotSizes>;

  /** The archive of a snapshot: gzip. Read errors are emitted by the stream. */
  openArchive(snapshot: SnapshotName): Readable;

  /** The content of a snapshot in the form that decompresses fastest: zstd copy, else archive. */
  openContent(snapshot: SnapshotName): Promise<CompressedContent>;

  /**
   * Removes the zstd copy of a snapshot, if it has one; the snapshot stays. As with {@link remove},
   * a reader that has it open on disk can finish.
   */
  removeZstdCopy(snapshot: SnapshotName): Promise<void>;

  /**
   * Quarantines a damaged snapshot, with a warning: it is no longer found, and the next download of
   * its dataset makes a new one. Its files stay in the store for inspection until another snapshot
   * of the dataset is set aside. Does nothing when the snapshot was removed.
   *
   * @param why a clause, such as "it has 5 bytes where its manifest has 6"
   */
  setAside(snapshot: SnapshotName, why: string): Promise<void>;

  /** The entries of the store that {@link list} skips. */
  listUnusable(): Promise<UnusableEntry[]>;

  /**
   * Removes a snapshot, if the store has it. A reader that has it open on disk can finish; one that
   * reads from S3 may fail.
   */
  remove(snapshot: SnapshotName): Promise<void>;
}

/** The warning about a snapshot that is set aside. @param how its new name or state */
export function setAsideWarning(where: string, why: string, how: string): string {
  return `The snapshot ${where} is damaged (${why}) and is set aside (${how}); the next download makes a new one.`;
}

/** The manifest of the last snapshot whose manifest is readable. @param ids from old to new */
export async function findNewestReadable(
  ids: readonly string[],
  read: (id: string) => Promise<SnapshotManifest | null>,
): Promise<SnapshotManifest | null> {
  for (const id of ids.toReversed()) {
    const manifest = await read(id);
    if (manifest !== null) return manifest;
  }
  return null;
}
