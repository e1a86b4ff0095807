/** The server responds too late or sends too slowly. Has a code as the errors of undici do. */
export class SlowServerError extends Error {
  override readonly name = 'SlowServerError';
  readonly code: 'LATE_ANSWER' | 'SLOW_BODY';

  constructor(code: SlowServerError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Network errors that mean that the server or the network is down, rather than slow. */
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
 * Network errors after which the same request can succeed: of the system, of undici and our own.
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

/** Statuses after which the same request can succeed. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Those of them that mean that the server is unavailable or overloaded. */
const OUTAGE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Whether the same request can succeed after a connection failed with this code.
 *
 * @param phase `unreachable` before the response, `interrupted` during its body
 */
export function isTransientCode(phase: 'unreachable' | 'interrupted', code: string): boolean {
  // the response began well, so the server speaks HTTP: a later parser error is a connection that
  // was cut between chunks; undici gives most such errors no code
  return (
    TRANSIENT_CODES.has(code) ||
    (phase === 'interrupted' && (code === 'HTTPParserError' || code.startsWith('HPE_')))
  );
}

/** Whether the same request can succeed after a response with this status. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUSES.has(status);
}

/** Whether a connection failed because the server or the network is down. */
export function isOutageCode(code: string): boolean {
  return OUTAGE_CODES.has(code);
}

/** Whether a status means that the server is unavailable or overloaded. */
export function isOutageStatus(status: number): boolean {
  return OUTAGE_STATUSES.has(status);
}
