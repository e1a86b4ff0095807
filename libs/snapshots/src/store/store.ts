import type { Readable } from 'node:stream';
import type { DatasetName } from '@marquee/datasets';
import type { SnapshotManifest, SnapshotName } from './manifest.ts';

/** The name of a snapshot's manifest, beside its file. */
export const MANIFEST = 'manifest.json';

/** The name of a snapshot's zstd copy, beside its archive. */
export function zstdCopyName(dataset: DatasetName): string {
  return `${dataset}.tsv.zst`;
}

/** The files of one version of a dataset, finished and on this machine. */
export interface SnapshotFiles {
  /** What the server sent: gzip. */
  readonly archive: string;
  /** The same content as zstd, which is unpacked in half the time. A snapshot does without it. */
  readonly zstdCopy?: string;
}

/** A snapshot's content. Whoever gets it reads it or destroys it. */
export interface CompressedContent {
  /** What goes wrong shows as the stream's error. */
  readonly stream: Readable;
  readonly compression: 'gzip' | 'zstd';
}

/** How large a snapshot's files are, in bytes; null for one that is not there. */
export interface SnapshotSizes {
  readonly archive: number | null;
  readonly zstdCopy: number | null;
}

/** What lies in a store and is no snapshot. */
export interface UnusableEntry {
  /** A folder, or an s3:// URL. */
  readonly location: string;
  readonly reason: string;
}

/** Told of what is left out and does not stop the work, in whole sentences. */
export type OnWarning = (message: string) => void;

/**
 * Where snapshots are kept: `<dataset>/<snapshot id>/` with the file as IMDb names it, its manifest
 * and, as long as it may soon be read, its zstd copy. A snapshot is there whole or not at all, and
 * its content is never written again. What is there but cannot be read as a snapshot is left out, with a
 * warning.
 *
 * Every method that asks a remote store throws {@link StoreError} when it refuses or does not
 * answer.
 */
export interface SnapshotStore {
  /**
   * The folder of this machine in which one dataset's download is prepared; made when it is not
   * there. What lies in it outlives a killed downloader.
   */
  downloadFolder(dataset: DatasetName): Promise<string>;

  /**
   * Makes a verified file a snapshot. The files are moved: they are gone when this went well, and
   * where they were when it did not.
   *
   * @param files finished files inside the dataset's incoming folder
   * @param signal gives up before the snapshot is there
   * @throws ENOENT when a file is gone: another download has taken over
   */
  add(manifest: SnapshotManifest, files: SnapshotFiles, signal?: AbortSignal): Promise<void>;

  /**
   * Replaces a snapshot's manifest, to note where and under which validators the server has its
   * content by now. Does nothing when the snapshot is gone.
   */
  revalidate(manifest: SnapshotManifest): Promise<void>;

  /** The snapshot fetched last, or null when the dataset has none. */
  newest(dataset: DatasetName): Promise<SnapshotManifest | null>;

  /** One snapshot, or null when it is not here. */
  find(dataset: DatasetName, id: string): Promise<SnapshotManifest | null>;

  /** Every snapshot of some datasets, of all when left out; each dataset's oldest first. */
  list(datasets?: readonly DatasetName[]): Promise<SnapshotManifest[]>;

  /** Where a snapshot's file is, for messages: a path or an s3:// URL. Its archive by default. */
  locationOf(snapshot: SnapshotName, compression?: CompressedContent['compression']): string;

  sizesOf(snapshot: SnapshotName): Promise<SnapshotSizes>;

  /** A snapshot's gzipped bytes. What goes wrong shows as the stream's error. */
  openArchive(snapshot: SnapshotName): Readable;

  /** A snapshot's content as it is unpacked fastest: its zstd copy, or else its archive. */
  openContent(snapshot: SnapshotName): Promise<CompressedContent>;

  /**
   * Removes a snapshot's zstd copy, if it has one; the snapshot stays. As with {@link remove}, who
   * reads it from a disk just now reads on.
   */
  removeZstdCopy(snapshot: SnapshotName): Promise<void>;

  /**
   * Takes a snapshot, if it is there, out of the store, with a warning, as its files are damaged: it is not found
   * any more, and its dataset's next download makes a new one. What is left of it is kept beside
   * the others for who looks into it, until another of the dataset is set aside.
   *
   * @param why in words, such as "it has 5 bytes where its manifest has 6"
   */
  setAside(snapshot: SnapshotName, why: string): Promise<void>;

  /** What lies in the store and is none of the snapshots that it lists. */
  listUnusable(): Promise<UnusableEntry[]>;

  /**
   * Removes a snapshot, if it is there. Who reads it from a disk just now reads on; who reads it
   * from S3 may be broken off.
   */
  remove(snapshot: SnapshotName): Promise<void>;
}

/** Tells of a snapshot that is set aside. @param how what has become of it */
export function setAsideWarning(where: string, why: string, how: string): string {
  return `The snapshot ${where} is damaged (${why}) and is set aside (${how}); the next download makes a new one.`;
}

/** What can be wrong with a store, and what to do about it. */
const ERROR_KINDS = {
  'store-config': {
    hint: 'Correct the SNAPSHOT_ variables; .env.example says what they mean.',
    retryable: false,
  },
  'store-credentials': {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role.',
    retryable: false,
  },
  'store-refused': {
    hint: 'Check the credentials, SNAPSHOT_S3_REGION and SNAPSHOT_S3_ENDPOINT, and that the bucket lets them list, read, write and delete under SNAPSHOT_S3_URL.',
    retryable: false,
  },
  'store-missing': {
    hint: 'Make the bucket, or correct SNAPSHOT_S3_URL, SNAPSHOT_S3_REGION or SNAPSHOT_S3_ENDPOINT.',
    retryable: false,
  },
  'snapshot-gone': {
    hint: 'It was removed or replaced meanwhile. Start the run again.',
    retryable: false,
  },
  'store-unreachable': {
    hint: 'Check the network and SNAPSHOT_S3_ENDPOINT, then start the run again. What was downloaded is kept.',
    retryable: true,
  },
  'taken-over': {
    hint: 'Nothing is lost: the other download has the bytes. Let one download of a dataset run at a time.',
    retryable: true,
  },
  'store-fault': { hint: 'The log says more. What was downloaded is kept.', retryable: false },
} as const satisfies Record<string, { hint: string; retryable: boolean }>;

export type StoreErrorCode = keyof typeof ERROR_KINDS;

/** A store that refuses, is not there or does not answer. Its message holds no credentials. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** What to do. */
  readonly hint: string;
  /** Whether the same can go well later without anyone changing something. */
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.hint = ERROR_KINDS[code].hint;
    this.retryable = ERROR_KINDS[code].retryable;
  }
}

/** The last id of some, in order, whose manifest can be read. */
export async function newestReadable(
  ids: readonly string[],
  read: (id: string) => Promise<SnapshotManifest | null>,
): Promise<SnapshotManifest | null> {
  for (const id of ids.toReversed()) {
    const manifest = await read(id);
    if (manifest !== null) return manifest;
  }
  return null;
}
