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

/** A fetch that shows a certificate. Its own, as that of Node takes no certificate. */
export async function fetchWith(certificate: ClientCertificate): Promise<typeof fetch> {
  // few need it, and it takes a while to load
  const undici = await import('undici');
  const dispatcher = new undici.Agent({ connect: { ...certificate } });
  const own = async (url: string, request: object) => undici.fetch(url, { ...request, dispatcher });
  return own as unknown as typeof fetch;
}
