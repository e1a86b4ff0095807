import type { Provider } from '@marquee/snapshots/providers';

/** A file that a provider has announced. */
export interface Announcement {
  /** Where it is: `s3://bucket` or `sftp://host:port`. */
  readonly place: string;
  readonly key: string;
  /** The id of the object's version, else {@link etagVersion}; of a file, its size and time. */
  readonly version: string;
  /** Orders the versions of a key, compared as text. */
  readonly sequence: string;
  readonly announcedAt: Date | null;
  /** Null if the announcement does not say. */
  readonly bytes: number | null;
}

/** An announcement of a known provider. */
export interface ProvidedFile {
  readonly provider: Provider;
  readonly announcement: Announcement;
  /** Who wants it to be read again, after it has failed; null for the first time. */
  readonly retriedBy: string | null;
}

/** Why an announcement, or a message of a queue, cannot be taken. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What became of an announcement. */
export type Outcome =
  /** It is committed, now or before: it can be acknowledged. */
  | { readonly kind: 'done' }
  /** It cannot be taken yet. */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** It cannot be taken; that is committed too. */
  | { readonly kind: 'failed'; readonly fault: Fault };

export const DONE: Outcome = { kind: 'done' };

/** An announcement cannot be taken, whenever it is tried. */
export class AnnouncementError extends Error {
  override readonly name = 'AnnouncementError';
  readonly fault: Fault;

  constructor(code: string, message: string, hint: string | null = null) {
    super(message);
    this.fault = { code, message, hint };
  }
}

/** The version of an object in a bucket without versions. */
export function etagVersion(etag: string): string {
  return `${ETAG}${etag}`;
}

/** The id of an object's version; null in a bucket without versions. */
export function versionIdOf({ version }: Pick<Announcement, 'version'>): string | null {
  return version === '' || version.startsWith(ETAG) ? null : version;
}

const ETAG = 'etag:';

/** The last part of a key: the name of the file. */
export function nameOf({ key }: Pick<Announcement, 'key'>): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
