import { StoreError, type StoreErrorCode } from '../store/store-error.ts';

/**
 * The StoreError for a failed request to S3. Of S3's response, the message has only the code and
 * status: the rest can contain access keys.
 *
 * @param what failed, as a clause for the message
 */
export function toStoreError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : typeof error;
  return new StoreError(
    errorCodeOf(error, name, status),
    `${what}: ${MESSAGES[name] ?? (status === undefined ? describeNetworkError(error, name) : `it answered with status ${status} (${name})`)}.`,
    error,
  );
}

const MESSAGES: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist',
  NoSuchKey: 'it does not exist',
  NoSuchUpload: 'another download has taken it over',
  CredentialsProviderError: 'no credentials were found',
};

/** The status of S3's response; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

/**
 * Whether a retry can succeed: the body was cut off, or the server is overloaded or unreachable.
 */
export function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined && status >= 400)
    return status >= 500 || status === 408 || status === 429;
  return (
    error instanceof Error &&
    error.name !== 'CredentialsProviderError' &&
    !(error instanceof StoreError)
  );
}

function errorCodeOf(error: unknown, name: string, status: number | undefined): StoreErrorCode {
  if (name === 'CredentialsProviderError') return 'store-credentials';
  if (name === 'NoSuchBucket') return 'store-missing';
  if (name === 'NoSuchUpload') return 'taken-over';
  if (status === 404 || status === 412) return 'snapshot-gone';
  // for a bucket in another region, S3 responds with 301 or 400
  if (status !== undefined && [301, 307, 400, 401, 403].includes(status)) return 'store-refused';
  return isTransient(error) ? 'store-unreachable' : 'store-fault';
}

function describeNetworkError(error: unknown, name: string): string {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : name;
  return error instanceof Error && error.message !== ''
    ? `${error.message.replace(/\.$/u, '')} (${code})`
    : code;
}
