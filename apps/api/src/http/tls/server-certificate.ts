import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server as NetServer } from 'node:net';
import { createSecureContext, Server as TlsServer, type SecureContextOptions } from 'node:tls';
import { ConfigError, repeat, type Logger } from '@marquee/process';
import type { ApiConfig } from '../../config.ts';

/** Where the certificate lies, and the authority of the clients' ones. */
interface Files {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** What the files hold. */
interface Contents {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/**
 * The certificate of the servers, which follows its files: who renews it need not restart anything. A
 * new pair that cannot be used leaves the old one in use.
 */
export class ServerCertificate {
  readonly #files: Files;
  readonly #servers: TlsServer[] = [];
  #contents: Contents;
  #expiresAt: Date;
  #fault: string | null = null;

  private constructor(files: Files) {
    this.#files = files;
    this.#contents = readFiles(files);
    this.#expiresAt = expectUsable(this.#contents);
  }

  /**
   * Reads the certificate of the configuration; null if it has none.
   *
   * @throws ConfigError if it cannot be used
   */
  static open(config: ApiConfig): ServerCertificate | null {
    const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: ca } = config;
    if (cert === undefined && key === undefined && ca === undefined) return null;
    if (cert === undefined || key === undefined)
      throw ConfigError.listing([
        'TLS_CERT_FILE, TLS_KEY_FILE and TLS_CLIENT_CA_FILE: expected the first two together, or none',
      ]);
    try {
      return new ServerCertificate({ cert, key, ca });
    } catch (error) {
      throw ConfigError.listing([`TLS_CERT_FILE and TLS_KEY_FILE: ${(error as Error).message}`]);
    }
  }

  /** Options for a server. Client certificates are asked for, and checked by the request guard. */
  get options(): SecureContextOptions & { readonly requestCert: boolean } {
    const requestCert = this.#contents.ca !== undefined;
    return {
      ...this.#contents,
      minVersion: 'TLSv1.2',
      ...{ requestCert, rejectUnauthorized: false },
    };
  }

  get wantsClientCertificates(): boolean {
    return this.#files.ca !== undefined;
  }

  /** When the certificate in use expires. */
  get expiresAt(): Date {
    return this.#expiresAt;
  }

  /** Why what the files hold now is not in use; null if it is. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Gives a server each new certificate from now on. */
  serve(server: NetServer): void {
    if (server instanceof TlsServer) this.#servers.push(server);
  }

  /**
   * Reads the files from time to time: a watch would miss renamed files and Kubernetes' symbolic links.
   *
   * @returns stops it
   */
  follow(everyMs: number, log: Logger): () => Promise<void> {
    return repeat(
      everyMs,
      async () => {
        this.#reload(log);
        return Promise.resolve();
      },
      (error) => log.warn({ err: error }, 'the certificate could not be looked at'),
    );
  }

  #reload(log: Logger): void {
    try {
      const contents = readFiles(this.#files);
      if (!isSame(contents, this.#contents)) {
        this.#expiresAt = expectUsable(contents);
        this.#contents = contents;
        for (const server of this.#servers) server.setSecureContext(this.options);
        log.info(`a new certificate is in use, until ${this.#expiresAt.toISOString()}`);
      }
      this.#fault = null;
    } catch (error) {
      const { message } = error as Error;
      // one file is replaced after the other, so the next reading may succeed
      if (message !== this.#fault)
        log.warn(`the new certificate is not used, and the old one goes on: ${message}`);
      this.#fault = message;
    }
  }
}

function readFiles({ cert, key, ca }: Files): Contents {
  return {
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
  };
}

function isSame(one: Contents, other: Contents): boolean {
  return one.cert === other.cert && one.key === other.key && one.ca === other.ca;
}

/** @returns when it expires @throws if no server could use it */
function expectUsable(contents: Contents): Date {
  createSecureContext(contents);
  const certificate = new X509Certificate(contents.cert);
  if (!certificate.checkPrivateKey(createPrivateKey(contents.key)))
    throw new Error('the key is not that of the certificate');
  const { validFromDate, validToDate } = certificate;
  const now = new Date();
  if (now < validFromDate) throw new Error(`it is valid from ${validFromDate.toISOString()} on`);
  if (now > validToDate) throw new Error(`it has expired at ${validToDate.toISOString()}`);
  return validToDate;
}
