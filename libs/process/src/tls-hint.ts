const NO_TLS = 'The server does not speak TLS on this port. Take its other port, or turn TLS on.';

const UNKNOWN_AUTHORITY =
  'This process trusts no authority that has issued the certificate of the server. Name the file of its CA: sslrootcert=<file> in the URL of PostgreSQL or Redis, NODE_EXTRA_CA_CERTS=<file> for https.';

const NO_CLIENT_CERTIFICATE =
  'The server wants a certificate of the client, from an authority that it trusts: sslcert=<file>&sslkey=<file> in the URL.';

/** Ends the message of an error of a connection whose handshake succeeded. */
export const AFTER_HANDSHAKE = ' after the handshake of TLS';

/** What to do about an error of TLS: by its code, or by its message, where it has none of its own. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/^(?:SELF_SIGNED_CERT|DEPTH_ZERO_|UNABLE_TO_(?:GET|VERIFY)|CERT_SIGNATURE)/u, UNKNOWN_AUTHORITY],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/u,
    'The certificate is for other names. Connect by one of them, or have one issued for this name.',
  ],
  [
    /^CERT_HAS_EXPIRED$/u,
    'Renew the certificate of the server: by the clock of this machine its time is over.',
  ],
  [/^CERT_NOT_YET_VALID$/u, 'The certificate of the server is not valid yet. Compare the clocks.'],
  [/^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/u, NO_TLS],
  [/^ERR_SSL_.*ALERT.*(?:CERTIFICATE|UNKNOWN_CA)/u, NO_CLIENT_CERTIFICATE],
  [/^connection requires a valid client certificate$/u, NO_CLIENT_CERTIFICATE],
  [
    new RegExp(`(?:ECONNRESET|EPIPE|socket hang up)${AFTER_HANDSHAKE}$`, 'u'),
    'The server has ended the connection. If it wants a certificate of the client: sslcert=<file>&sslkey=<file> in the URL.',
  ],
  [
    /^The server does not support SSL connections$/u,
    'Turn TLS on in PostgreSQL (ssl = on), or connect without: sslmode=disable.',
  ],
  [
    /pg_hba\.conf .*no encryption$/u,
    'PostgreSQL takes encrypted connections alone. Add sslmode=verify-full&sslrootcert=<file of the CA> to the URL.',
  ],
];

/**
 * What to do about a connection that TLS has ended or prevented; null for another error.
 *
 * @param error it, or one whose `cause` it is
 */
export function tlsHint(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [, hint] = HINTS.find(([is]) => is.test(code) || is.test(message)) ?? [];
  return hint ?? tlsHint(error.cause);
}
