import { AddressGuard, AddressRefusedError } from '@marquee/network/address-guard';
import { NO_PROXIES, proxyFor, redactedProxy, type Proxies } from '@marquee/network/proxies';
import { EnvHttpProxyAgent, type Dispatcher } from 'undici';

const CONNECT_TIMEOUT_MS = 10_000;

/** Connections to the servers of datasets, directly or through a proxy. */
export class Connections {
  readonly #proxies: Proxies;
  readonly #addresses = new AddressGuard({
    allowPrivate: false,
    rule: 'files at a public address are not fetched from another kind',
  });
  readonly #open: Dispatcher;
  readonly #guarded: Dispatcher;

  constructor(proxies: Proxies) {
    this.#proxies = proxies;
    this.#open = proxyAgent(proxies, {});
    // a name is looked at again when the connection is made: it may lead elsewhere by then
    this.#guarded = proxyAgent(proxies, { lookup: this.#addresses.lookup() });
  }

  /**
   * What requests go by.
   *
   * @param isGuarded whether it connects to public addresses only; where a proxy connects, that is
   *   the proxy's affair
   */
  dispatcher(isGuarded: boolean): Dispatcher {
    return isGuarded ? this.#guarded : this.#open;
  }

  /** The proxy through which a URL is asked for, without its password; null for none. */
  proxyOf(url: URL): string | null {
    const proxy = proxyFor(url, this.#proxies);
    return proxy === null ? null : redactedProxy(proxy);
  }

  /**
   * Why a URL does not lead to public addresses alone; null where it does, or leads to a name that
   * only a proxy can resolve.
   */
  async checkPublic(url: URL): Promise<AddressRefusedError | null> {
    try {
      await this.#addresses.check(url.href);
      return null;
    } catch (error) {
      if (error instanceof AddressRefusedError) return error;
      throw error;
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#open.destroy(), this.#guarded.destroy()]);
  }
}

function proxyAgent(
  { http, https, except }: Proxies,
  connect: { lookup?: ReturnType<AddressGuard['lookup']> },
): Dispatcher {
  return new EnvHttpProxyAgent({
    // empty rather than left out: what is left out, undici reads from the environment
    httpProxy: http ?? '',
    httpsProxy: https ?? '',
    noProxy: except,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...connect },
    connectTimeout: CONNECT_TIMEOUT_MS,
    // HTTP/1.1: one file is one stream, and a cut shows in Content-Length
    allowH2: false,
  });
}

/** Connections without any proxy. */
export const DIRECT_CONNECTIONS = new Connections(NO_PROXIES);
