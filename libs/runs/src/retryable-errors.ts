import { SQLSTATE } from '@marquee/postgres/sqlstates';

/** SQLSTATEs after which the same work can succeed. */
const RETRYABLE_SQLSTATES: ReadonlySet<string> = new Set([
  SQLSTATE.connectionException,
  SQLSTATE.cannotConnect,
  SQLSTATE.connectionDoesNotExist,
  SQLSTATE.connectionFailure,
  SQLSTATE.idleInTransactionSessionTimeout,
  SQLSTATE.transactionTimeout,
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
  SQLSTATE.outOfMemory,
  SQLSTATE.tooManyConnections,
  SQLSTATE.lockNotAvailable,
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
  SQLSTATE.cannotConnectNow,
  SQLSTATE.idleSessionTimeout,
]);

/**
 * Codes of sockets and of name resolution for a server that is down or not up yet. ENOTFOUND is one
 * of them: the name of a stopped container does not resolve.
 */
const RETRYABLE_NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Messages of pg and ioredis, which have no code, when the server goes away during a query. */
const CONNECTION_LOST =
  /^Connection terminated|^Client has encountered a connection error|^Connection is closed|^Reached the max retries per request limit/u;

/**
 * Whether a job that failed with this error is retried. All jobs use this one rule. If an error has
 * a property `retryable`, that decides.
 */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('retryable' in error) return error.retryable === true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    RETRYABLE_SQLSTATES.has(code) ||
    RETRYABLE_NETWORK_CODES.has(code) ||
    CONNECTION_LOST.test(error.message)
  );
}
