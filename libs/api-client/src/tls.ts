import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { ConfigError, faultOfFile, readSecretFile } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';

/** The certificate that a client shows to a server that asks for one, and its key, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The settings that name the files of a client's certificate. */
export interface ClientCertificateFiles {
  readonly TLS_CLIENT_CERT_FILE?: string | undefined;
  readonly TLS_CLIENT_KEY_FILE?: string | undefined;
}

/** What to do about a server that refuses requests without a certificate. */
export const CERTIFICATE_HINT =
  'Set TLS_CLIENT_CERT_FILE and TLS_CLIENT_KEY_FILE, in .env too, to the files of a certificate of the authority that the server trusts (its TLS_CLIENT_CA_FILE).';

/**
 * Reads the certificate of a client.
 *
 * @returns undefined if the settings name none
 * @throws ConfigError if only one file is named, one cannot be read, or they are not a pair
 */
export function readClientCertificate({
  TLS_CLIENT_CERT_FILE: cert,
  TLS_CLIENT_KEY_FILE: key,
}: ClientCertificateFiles): ClientCertificate | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw ConfigError.listing([
      'TLS_CLIENT_CERT_FILE and TLS_CLIENT_KEY_FILE: expected both, or none',
    ]);
  const pair = {
    cert: readNamed('TLS_CLIENT_CERT_FILE', cert),
    key: readNamed('TLS_CLIENT_KEY_FILE', key),
  };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw ConfigError.listing([
      `TLS_CLIENT_CERT_FILE and TLS_CLIENT_KEY_FILE are not a certificate and its key, in PEM: ${errorMessage(error)}`,
    ]);
  }
  return pair;
}

function readNamed(name: string, path: string): string {
  try {
    return readSecretFile(path);
  } catch (error) {
    throw ConfigError.listing([
      `${name} names ${path}, which cannot be read: ${faultOfFile(error)}`,
    ]);
  }
}

/** A server of this machine, whose certificate is known. */
export interface OwnServer {
  /** The address or name to connect to, whatever the name in the URL resolves to. */
  readonly address: string;
  /** Its certificate, in PEM: no other is trusted. */
  readonly ca: string;
}

/**
 * Reads the certificate of this machine's server.
 *
 * @throws ConfigError if the file cannot be read
 */
export function readOwnServer(address: string, certFile: string): OwnServer {
  return { address, ca: readNamed('TLS_CERT_FILE', certFile) };
}

/** A fetch of its own, as that of Node takes no certificates. */
export async function fetchWith(
  certificate: ClientCertificate | undefined,
  server: OwnServer | undefined,
): Promise<typeof fetch> {
  // few need it, and it takes a while to load
  const undici = await import('undici');
  const connect = {
    ...certificate,
    ...(server !== undefined && {
      ca: server.ca,
      // the file need not have the root
      allowPartialTrustChain: true,
      lookup: lookupOf(server.address),
    }),
  };
  const dispatcher = new undici.Agent({ connect });
  const own = async (url: string, request: object) => undici.fetch(url, { ...request, dispatcher });
  return own as unknown as typeof fetch;
}

/** Resolves any name as that of a server. */
function lookupOf(address: string): LookupFunction {
  return (_name, options, done) => {
    lookup(address, options, done);
  };
}
