import { currentSecret, hostUrls } from '@marquee/process';
import { Client, type ClientConfig } from 'pg';
import { findPrimary } from './primary.ts';

/** What pg calls when a client is connected, or cannot be. */
type Connected = ((error: Error) => void) | ((error: null, client: Client) => void);

/**
 * A client that connects by its URL as the file of the setting has it now: a changed password or role
 * serves the next connection. Certificates that the URL names are read for each connection too.
 *
 * If the URL names several servers, it connects to the one that takes writes then, so that pools
 * follow the promotion of a replica by themselves.
 */
export class UrlClient extends Client {
  readonly #url: string | undefined;

  constructor({ connectionString, ...config }: ClientConfig = {}) {
    const url = connectionString === undefined ? undefined : currentSecret(connectionString);
    super({
      ...config,
      ...(url !== undefined && { connectionString: url }),
    });
    this.#url = url;
  }

  override connect(): Promise<Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<Client> | void {
    if (callback === undefined) return this.#locate().then(async () => super.connect());
    this.#locate().then(
      () => {
        super.connect(callback);
      },
      callback as (error: Error) => void,
    );
  }

  /** Turns to the primary, if there are several servers. */
  async #locate(): Promise<void> {
    if (this.#url === undefined || hostUrls(this.#url).length === 1) return;
    const { hostname, port } = new URL(await findPrimary(this.#url));
    // a pool ends connections that take too long in this way
    if (this.connection.stream.destroyed) throw new Error('The connection was given up.');
    // the name is what a certificate must be for
    Object.assign(this, { host: hostname.replace(/^\[|\]$/gu, ''), port: Number(port || 5432) });
  }
}
