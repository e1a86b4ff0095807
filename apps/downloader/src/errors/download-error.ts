import type { DatasetName } from '@marquee/datasets';

interface ErrorKind {
  /** What to do about it. */
  readonly hint: string;
  /** Whether a later try can go well without anyone changing something. */
  readonly retryable: boolean;
  /**
   * What becomes of the bytes that have arrived: kept to go on from, dropped, or dropped because
   * they are wrong.
   */
  readonly receivedBytes: 'kept' | 'dropped' | 'corrupt';
}

/** What can go wrong. */
const ERROR_KINDS = {
  unreachable: {
    hint: 'Check the base URL and the network, then run the download again.',
    retryable: false,
    receivedBytes: 'kept',
  },
  interrupted: {
    hint: 'Run the download again: it goes on from what has arrived.',
    retryable: true,
    receivedBytes: 'kept',
  },
  'bad-status': {
    hint: 'Open the URL in a browser, and check the base URL: the file lies under it by the name IMDb gives it.',
    retryable: false,
    receivedBytes: 'kept',
  },
  'redirect-loop': {
    hint: 'Open the URL in a browser, and set DATASETS_URL to where the files lie in the end.',
    retryable: false,
    receivedBytes: 'kept',
  },
  'redirect-refused': {
    hint: 'Open the URL in a browser. If it leads to the files, set DATASETS_URL to where they lie.',
    retryable: false,
    receivedBytes: 'kept',
  },
  'server-fault': {
    hint: 'The server is overloaded or out of order: run the download again later.',
    retryable: true,
    receivedBytes: 'kept',
  },
  'not-gzip': {
    hint: 'Open the URL in a browser: a proxy or a sign-in page may answer in place of the file.',
    retryable: false,
    receivedBytes: 'corrupt',
  },
  'bad-gzip': {
    hint: 'Run the download again later: the file is damaged at its source, or on its way here.',
    retryable: true,
    receivedBytes: 'corrupt',
  },
  'wrong-header': {
    hint: 'Check that the base URL holds the files under their own names; if IMDb has changed the columns, this version cannot load them.',
    retryable: false,
    receivedBytes: 'corrupt',
  },
  'gzip-in-gzip': {
    hint: 'Have the server, or the proxy before it, send the .gz file as it is, without packing it once more (Content-Encoding); or set DATASETS_URL to where the files are packed once.',
    retryable: false,
    receivedBytes: 'corrupt',
  },
  'wrong-size': {
    hint: 'Run the download again: it starts from zero.',
    retryable: true,
    receivedBytes: 'corrupt',
  },
  'too-large': {
    hint: 'Check that the base URL leads to the right files. If the file has grown so much, set DOWNLOAD_MAX_GROWTH higher, or to 0 for any size.',
    retryable: false,
    receivedBytes: 'dropped',
  },
  'disk-full': {
    hint: 'Free space where the snapshots lie (delete old ones, or move the folder), then run the download again.',
    retryable: false,
    receivedBytes: 'dropped',
  },
  'disk-fault': {
    hint: 'Check that the snapshot folder is there, that this user may write to it and that its disk is sound.',
    retryable: false,
    receivedBytes: 'dropped',
  },
  'taken-over': {
    hint: 'Nothing is lost: the other download has the bytes. Let one download of a dataset run at a time.',
    retryable: true,
    receivedBytes: 'dropped',
  },
  aborted: {
    hint: 'Run the download again: it goes on from what has arrived.',
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
  /** Sentences to follow the kind's hint. */
  readonly furtherHint?: string;
  /** Where the kind alone does not tell. */
  readonly retryable?: boolean;
  /** Where the kind alone does not tell. */
  readonly receivedBytes?: ErrorKind['receivedBytes'];
  /** Whether the server is away or overloaded, which ends by itself. */
  readonly isOutage?: boolean;
  /** How long the server asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number | null;
}

/** A download that did not end in a snapshot. Nothing of it is in the store. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly code: DownloadErrorCode;
  readonly dataset: DatasetName;
  /** Without credentials and query. */
  readonly url: string;
  /** What to do. */
  readonly hint: string;
  /** Whether the same download can go well later without anyone changing something. */
  readonly retryable: boolean;
  /**
   * What becomes of the bytes that have arrived: kept to go on from, dropped, or dropped because
   * they are wrong.
   */
  readonly receivedBytes: ErrorKind['receivedBytes'];
  /** Whether the server is away or overloaded, which ends by itself. */
  readonly isOutage: boolean;
  /** How long the server asks us to wait, in milliseconds. */
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

  /** The same error, saying what was tried before it was given up. */
  after(tried: string): DownloadError {
    return new DownloadError({ ...this.#details, message: `${this.message} ${tried}` });
  }
}

/** A server that answers too late or sends too slowly, with a code as the faults of undici have. */
export class SlowServerError extends Error {
  override readonly name = 'SlowServerError';
  readonly code: 'LATE_ANSWER' | 'SLOW_BODY';

  constructor(code: SlowServerError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Network faults that say that a server or the network is away, rather than silent or slow. */
const OUTAGE_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EPIPE',
  'UND_ERR_PRX_CONN',
  'UND_ERR_SOCKET',
]);

/**
 * Network faults after which the same request can go well: those of the system's calls, of undici,
 * and our own.
 */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  ...OUTAGE_CODES,
  'ECONNABORTED',
  'ETIMEDOUT',
  'LATE_ANSWER',
  'SLOW_BODY',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** Statuses after which the same request can go well. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Whether the same request can go well after a connection failed: before an answer (`unreachable`),
 * or within its body (`interrupted`).
 */
export function isTransientCode(phase: 'unreachable' | 'interrupted', code: string): boolean {
  // a server whose answer began well speaks HTTP, so what its parser refuses later is a cut between
  // chunks; undici gives most such errors no code
  return (
    TRANSIENT_CODES.has(code) ||
    (phase === 'interrupted' && (code === 'HTTPParserError' || code.startsWith('HPE_')))
  );
}

/** Whether the same request can go well after an answer with this status. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUSES.has(status);
}

/** Those of them that say that the server is away or has too much to do. */
const OUTAGE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Whether a connection failed because the server or the network is away. */
export function isOutageCode(code: string): boolean {
  return OUTAGE_CODES.has(code);
}

/** Whether a status says that the server is away or has too much to do. */
export function isOutageStatus(status: number): boolean {
  return OUTAGE_STATUSES.has(status);
}

/** The code of an error or of the nearest of its causes that has one; its name where none has. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? errorCode(error.cause) : error.name;
}
