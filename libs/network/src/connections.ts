import { AddressGuard, AddressRefusedError } from './address-guard.ts';
import { NO_PROXIES, proxyFor, redactedProxy, type Proxies } from './proxies.ts';
import { EnvHttpProxyAgent, type Dispatcher } from 'undici';

const CONNECT_TIMEOUT_MS = 10_000;

/** Connections to servers that have files, direct or through a proxy. */
export class Connections {
  readonly #proxies: Proxies;
  readonly #guard = new AddressGuard({
    allowPrivate: false,
    rule: 'a server at a public address may only redirect to public ones',
  });
  readonly #linkGuard = new AddressGuard({
    allowPrivate: 'routed',
    rule: 'no redirect to a link-local one is followed',
  });
  readonly #unguardedAgent: Dispatcher;
  readonly #guardedAgent: Dispatcher;

  constructor(proxies: Proxies) {
    this.#proxies = proxies;
    this.#unguardedAgent = proxyAgent(proxies, {});
    // the guard checks a name again when the connection is made: it may resolve differently by then
    this.#guardedAgent = proxyAgent(proxies, { lookup: this.#guard.lookup() });
  }

  /**
   * The undici dispatcher for requests.
   *
   * @param isGuarded whether it only connects to public addresses; if a proxy connects, the proxy
   *   decides
   */
  dispatcher(isGuarded: boolean): Dispatcher {
    return isGuarded ? this.#guardedAgent : this.#unguardedAgent;
  }

  /** The proxy for a URL, without its password; null for a direct connection. */
  proxyOf(url: URL): string | null {
    const proxy = proxyFor(url, this.#proxies);
    return proxy === null ? null : redactedProxy(proxy);
  }

  /**
   * Checks that a URL leads to public addresses only.
   *
   * @returns the reason why it does not; null when it does, or when only a proxy can resolve its
   *   name
   */
  async checkPublic(url: URL): Promise<AddressRefusedError | null> {
    return refusalOf(this.#guard, url);
  }

  /** Checks that a URL leads to no link-local address, as {@link checkPublic} does. */
  async checkRouted(url: URL): Promise<AddressRefusedError | null> {
    return refusalOf(this.#linkGuard, url);
  }

  /** Closes all connections and aborts their requests. */
  async close(): Promise<void> {
    await Promise.all([this.#unguardedAgent.destroy(), this.#guardedAgent.destroy()]);
  }
}

async function refusalOf(guard: AddressGuard, url: URL): Promise<AddressRefusedError | null> {
  try {
    await guard.check(url.href);
    return null;
  } catch (error) {
    if (error instanceof AddressRefusedError) return error;
    throw error;
  }
}

function proxyAgent(
  { http, https, except }: Proxies,
  connect: { lookup?: ReturnType<AddressGuard['lookup']> },
): Dispatcher {
  return new EnvHttpProxyAgent({
    // empty rather than undefined: then undici does not read the environment
    httpProxy: http ?? '',
    httpsProxy: https ?? '',
    noProxy: except,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...connect },
    connectTimeout: CONNECT_TIMEOUT_MS,
    // HTTP/1.1: one file is one stream, and Content-Length reveals a cut
    allowH2: false,
  });
}

/** Connections without a proxy. */
export const DIRECT_CONNECTIONS = new Connections(NO_PROXIES);
