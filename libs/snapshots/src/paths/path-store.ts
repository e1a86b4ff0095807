import type { Readable } from 'node:stream';

/** A part of a file: the first and the last byte, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The folders of files by path. */
export type PathFolder = 'exports' | 'backups';

/**
 * A store of files by path, such as beside the snapshots. Other programs read these files where they lie, so
 * their names have meaning. A file appears atomically, and its content is never changed.
 *
 * Paths are relative to the root of the snapshot store, such as `exports/movies/1/movies.parquet`.
 * Methods throw a StoreError when the store denies access or does not answer.
 */
export interface PathStore {
  /**
   * A local folder for files that are being made, created if missing. A file there is moved into a
   * store on disk by a rename.
   */
  workFolder(): Promise<string>;

  /**
   * Adds a complete local file. It is moved or removed.
   *
   * @param signal aborts before the file appears
   */
  add(path: string, file: string, signal?: AbortSignal): Promise<void>;

  /**
   * The content of a file, or a part of it. The stream emits read errors.
   *
   * @throws StoreError `not-found`
   */
  open(path: string, range?: ByteRange): Promise<Readable>;

  /** The size of a file in bytes; null when the store does not have it. */
  sizeOf(path: string): Promise<number | null>;

  /** The paths of all files, in no order. */
  list(): Promise<string[]>;

  /** Removes a file, if the store has it. A reader that has it open on disk can finish. */
  remove(path: string): Promise<void>;

  /** The absolute path or s3:// URL of a file, for other programs and for messages. */
  locationOf(path: string): string;

  /** Whether other programs of this machine find the files at {@link locationOf}. */
  readonly isLocal: boolean;
}

/** A path in the store; no part of it can lead elsewhere. */
const PATH = /^(?:[a-z0-9][\w.=-]*\/)*[a-z0-9][\w.=-]*$/iu;

/** The path, if a store can have it. @throws TypeError */
export function checkedPath(path: string): string {
  if (!PATH.test(path)) throw new TypeError(`${JSON.stringify(path)} is no path in the store.`);
  return path;
}
