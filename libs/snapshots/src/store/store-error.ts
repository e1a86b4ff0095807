/** The kinds of store errors: what to do about each, and whether a retry can succeed. */
const ERROR_KINDS = {
  'store-config': {
    hint: 'Correct the SNAPSHOT_ variables; .env.example explains them.',
    retryable: false,
  },
  'store-credentials': {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine an IAM role.',
    retryable: false,
  },
  'store-refused': {
    hint: 'Check the credentials, SNAPSHOT_S3_REGION and SNAPSHOT_S3_ENDPOINT, and that the bucket policy allows to list, read, write and delete under SNAPSHOT_S3_URL.',
    retryable: false,
  },
  'store-missing': {
    hint: 'Create the bucket, or correct SNAPSHOT_S3_URL, SNAPSHOT_S3_REGION or SNAPSHOT_S3_ENDPOINT.',
    retryable: false,
  },
  'snapshot-gone': {
    hint: 'It was removed or replaced in the meantime. Start the run again.',
    retryable: false,
  },
  'store-unreachable': {
    hint: 'Check the network and SNAPSHOT_S3_ENDPOINT, then start the run again. The downloaded data is kept.',
    retryable: true,
  },
  'taken-over': {
    hint: 'Nothing is lost: the other download has the bytes. Let one download of a dataset run at a time.',
    retryable: true,
  },
  'too-large': {
    hint: 'Was it the right file? A larger one can be delivered in parts, or compressed by gzip.',
    retryable: false,
  },
  'not-found': {
    hint: 'Was it removed from the store, or do SNAPSHOT_DIR or SNAPSHOT_S3_URL name another one?',
    retryable: false,
  },
  'store-fault': { hint: 'See the log. The downloaded data is kept.', retryable: false },
} as const satisfies Record<string, { hint: string; retryable: boolean }>;

export type StoreErrorCode = keyof typeof ERROR_KINDS;

/**
 * The store is misconfigured, missing, unreachable or denies access. Messages hold no credentials.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** What to do, in whole sentences. */
  readonly hint: string;
  /** Whether the same call can succeed later without a change by a person. */
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.hint = ERROR_KINDS[code].hint;
    this.retryable = ERROR_KINDS[code].retryable;
  }
}
