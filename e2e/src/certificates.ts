import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

/** The files of a certificate, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority that issues certificates by openssl, in a folder that goes with the run. */
export class Authority implements Certificate {
  readonly cert: string;
  readonly key: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(inject('sharedFolder'), 'authority-'));
    this.cert = join(this.#folder, 'ca.crt');
    this.key = join(this.#folder, 'ca.key');
    const made = ['-x509', ...NEW_KEY, '-keyout', this.key, '-out', this.cert, '-days', '30'];
    openssl('req', ...made, '-subj', `/CN=Authority ${randomUUID()}`);
  }

  /**
   * Issues a certificate of servers and clients.
   *
   * @param names its names, such as `DNS:films.example.org` and `IP:127.0.0.1`
   * @param days how long it is valid; -1 for one that has expired
   */
  issue(name: string, names: readonly string[], days = 30): Certificate {
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    const [key, request, cert, extensions] = ['tls.key', 'request', 'tls.crt', 'extensions'].map(
      (file) => join(folder, file),
    ) as [string, string, string, string];
    openssl('req', '-new', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(extensions, names.length === 0 ? '' : `subjectAltName=${names.join(',')}`);
    const by = ['-CA', this.cert, '-CAkey', this.key, '-CAcreateserial'];
    const given = ['-days', String(days), '-extfile', extensions];
    openssl('x509', '-req', '-in', request, ...by, ...given, '-out', cert);
    return { cert, key };
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
