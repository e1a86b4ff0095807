import { StoreError, type StoreErrorCode } from '../store/store.ts';

/**
 * The error for a request to S3 that failed. What S3 answered is shown by its code and status only:
 * the rest of an answer can name keys.
 */
export function toStoreError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : typeof error;
  return new StoreError(
    errorCodeOf(error, name, status),
    `${what}: ${MESSAGES[name] ?? (status === undefined ? shown(error, name) : `it answered with status ${status} (${name})`)}.`,
    error,
  );
}

const MESSAGES: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket',
  NoSuchKey: 'it is not there',
  NoSuchUpload: 'another download has taken it over',
  CredentialsProviderError: 'no credentials were found',
};

/** The status of S3's answer; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

/**
 * A body that broke off, a server that is overloaded or cannot be reached: what can go well a
 * little later.
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
  // a bucket of another region answers with 301 or 400
  if (status !== undefined && [301, 307, 400, 401, 403].includes(status)) return 'store-refused';
  return isTransient(error) ? 'store-unreachable' : 'store-fault';
}

function shown(error: unknown, name: string): string {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : name;
  return error instanceof Error && error.message !== ''
    ? `${error.message.replace(/\.$/u, '')} (${code})`
    : code;
}
