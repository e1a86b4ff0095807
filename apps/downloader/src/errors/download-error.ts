import type { DatasetName } from '@marquee/datasets';

interface ErrorKind {
  /** What to do, in whole sentences. */
  readonly hint: string;
  /** Whether a later attempt can succeed without a change by a person. */
  readonly retryable: boolean;
  /**
   * What happens to the partial download: `kept` to be resumed, `dropped`, or dropped because its
   * bytes are `corrupt`.
   */
  readonly receivedBytes: 'kept' | 'dropped' | 'corrupt';
}

/** The ways in which a download can fail. */
const ERROR_KINDS = {
  unreachable: {
    hint: 'Check the base URL and the network, then run the download again.',
    retryable: false,
    receivedBytes: 'kept',
  },
  interrupted: {
    hint: 'Run the download again: it resumes where it stopped.',
    retryable: true,
    receivedBytes: 'kept',
  },
  'bad-status': {
    hint: 'Open the URL in a browser, and check the base URL: the files must be under it with the names that IMDb gives them.',
    retryable: false,
    receivedBytes: 'kept',
  },
  'redirect-loop': {
    hint: 'Open the URL in a browser, and set DATASETS_URL to the final location of the files.',
    retryable: false,
    receivedBytes: 'kept',
  },
  'redirect-refused': {
    hint: 'Open the URL in a browser. If it leads to the files, set DATASETS_URL to their location.',
    retryable: false,
    receivedBytes: 'kept',
  },
  'server-fault': {
    hint: 'The server is overloaded or out of order: run the download again later.',
    retryable: true,
    receivedBytes: 'kept',
  },
  'not-gzip': {
    hint: 'Open the URL in a browser: a proxy or a sign-in page may respond instead of the server.',
    retryable: false,
    receivedBytes: 'corrupt',
  },
  'bad-gzip': {
    hint: 'Run the download again later: the file is damaged at its source or in transit.',
    retryable: true,
    receivedBytes: 'corrupt',
  },
  'wrong-header': {
    hint: 'Check that the base URL has the files under their own names. If IMDb has changed the columns, this version cannot load them.',
    retryable: false,
    receivedBytes: 'corrupt',
  },
  'gzip-in-gzip': {
    hint: 'Make the server, or the proxy before it, send the .gz file as it is, without compressing it again (Content-Encoding). Or set DATASETS_URL to files that are compressed once.',
    retryable: false,
    receivedBytes: 'corrupt',
  },
  'wrong-size': {
    hint: 'Run the download again: it starts from the beginning.',
    retryable: true,
    receivedBytes: 'corrupt',
  },
  'too-large': {
    hint: 'Check that the base URL leads to the right files. If the file has really grown that much, raise DOWNLOAD_MAX_GROWTH, or set it to 0 for any size.',
    retryable: false,
    receivedBytes: 'dropped',
  },
  'disk-full': {
    hint: 'Free space on the disk of the snapshots (delete old ones, or move the folder), then run the download again.',
    retryable: false,
    receivedBytes: 'dropped',
  },
  'disk-fault': {
    hint: 'Check that the snapshot folder exists, that this user may write to it, and that its disk works.',
    retryable: false,
    receivedBytes: 'dropped',
  },
  'taken-over': {
    hint: 'Nothing is lost: the other download has the bytes. Run only one download of a dataset at a time.',
    retryable: true,
    receivedBytes: 'dropped',
  },
  aborted: {
    hint: 'Run the download again: it resumes where it stopped.',
    retryable: true,
    receivedBytes: 'kept',
  },
} as const satisfies Record<string, ErrorKind>;

export type DownloadErrorCode = keyof typeof ERROR_KINDS;

export interface DownloadErrorDetails {
  readonly code: DownloadErrorCode;
  readonly dataset: DatasetName;
  /** Without credentials and query. */
  readonly url: string;
  /** What we got, where, and what was expected. */
  readonly message: string;
  readonly cause?: unknown;
  /** Sentences to append to the hint of the code. */
  readonly furtherHint?: string;
  /** Overrides the default of the code. */
  readonly retryable?: boolean;
  /** Overrides the default of the code. */
  readonly receivedBytes?: ErrorKind['receivedBytes'];
  /** Whether the server is unavailable or overloaded for now. */
  readonly isOutage?: boolean;
  /** The Retry-After of the server, in milliseconds. */
  readonly retryAfterMs?: number | null;
}

/** A download that ended without a snapshot. It has added nothing to the store. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly code: DownloadErrorCode;
  readonly dataset: DatasetName;
  /** Without credentials and query. */
  readonly url: string;
  /** What to do, in whole sentences. */
  readonly hint: string;
  /** Whether a later attempt can succeed without a change by a person. */
  readonly retryable: boolean;
  /** What happens to the partial download: see {@link ErrorKind}. */
  readonly receivedBytes: ErrorKind['receivedBytes'];
  /** Whether the server is unavailable or overloaded for now. */
  readonly isOutage: boolean;
  /** The Retry-After of the server, in milliseconds; null without one. */
  readonly retryAfterMs: number | null;

  readonly #details: DownloadErrorDetails;

  constructor(details: DownloadErrorDetails) {
    const { code, message, cause, furtherHint } = details;
    const kind: ErrorKind = ERROR_KINDS[code];
    super(message, cause === undefined ? {} : { cause });
    this.#details = details;
    this.code = code;
    this.dataset = details.dataset;
    this.url = details.url;
    this.hint = furtherHint === undefined ? kind.hint : `${kind.hint} ${furtherHint}`;
    this.retryable = details.retryable ?? kind.retryable;
    this.receivedBytes = details.receivedBytes ?? kind.receivedBytes;
    this.isOutage = details.isOutage ?? false;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }

  /** The same error with a sentence about the attempts that were made. */
  after(attempts: string): DownloadError {
    return new DownloadError({ ...this.#details, message: `${this.message} ${attempts}` });
  }
}
