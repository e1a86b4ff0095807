import type { Connections } from './connections.ts';

const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);
/** The longest URL in a message, in characters. */
const MAX_SHOWN_CHARACTERS = 200;

/** A redirect that is not followed. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
  readonly code: 'redirect-loop' | 'redirect-refused';

  constructor(code: RedirectError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The URLs of one request: the configured one and those of all redirects. */
export class RedirectChain {
  readonly #connections: Connections;
  readonly #hops: [URL, ...URL[]];
  #isGuarded: boolean;

  /** @param isGuarded whether only public addresses may be connected to, from the first request on */
  constructor(target: URL, connections: Connections, isGuarded = false) {
    this.#hops = [target];
    this.#connections = connections;
    this.#isGuarded = isGuarded;
  }

  /** The URL to request next. */
  get url(): URL {
    return this.#hops.at(-1) ?? this.#hops[0];
  }

  /** Whether only public addresses may be connected to. */
  get isGuarded(): boolean {
    return this.#isGuarded;
  }

  /** Whether the URL has the origin of the configured one, which alone gets credentials. */
  get isSameOrigin(): boolean {
    return this.url.origin === this.#hops[0].origin;
  }

  /** Whether the URL has another host than the configured one. */
  get isOtherHost(): boolean {
    return this.url.host !== this.#hops[0].host;
  }

  /** The URL after all redirects, for messages; null without redirects. */
  get end(): string | null {
    return this.#hops.length === 1 ? null : redactUrl(this.url);
  }

  /**
   * Appends the target of a redirect.
   *
   * @param location the Location header
   * @throws RedirectError when it must not be followed
   */
  async follow(location: string): Promise<void> {
    const [first] = this.#hops;
    const next = parse(location, this.url);
    if (next === null || !/^https?:$/u.test(next.protocol))
      throw this.#refused(next, 'which is not an http or https URL');
    if (this.url.protocol === 'https:' && next.protocol === 'http:')
      throw this.#refused(next, 'which is not encrypted, but the redirecting URL is');
    this.#checkLoop(next);
    if (next.hostname !== first.hostname) await this.#guard(first, next);
    this.#hops.push(next);
  }

  #checkLoop(next: URL): void {
    const chain = [...this.#hops, next].map(redactUrl).join(' → ');
    const [first] = this.#hops;
    if (this.#hops.some(({ href }) => href === next.href))
      throw new RedirectError(
        'redirect-loop',
        `${redactUrl(first)} is redirected in a circle: ${chain}.`,
      );
    if (this.#hops.length > MAX_REDIRECTS)
      throw new RedirectError(
        'redirect-loop',
        `${redactUrl(first)} is redirected more than ${MAX_REDIRECTS} times: ${chain}.`,
      );
  }

  /**
   * A public server may redirect to public addresses only, a private one to any but link-local ones,
   * where clouds have secrets of the machine.
   */
  async #guard(first: URL, next: URL): Promise<void> {
    this.#isGuarded ||= (await this.#connections.checkPublic(first)) === null;
    const refused = this.#isGuarded
      ? await this.#connections.checkPublic(next)
      : await this.#connections.checkRouted(next);
    if (refused !== null) throw this.refusedAddress(next, refused.message);
  }

  /** The error for a redirect to an address that is not public. */
  refusedAddress(next: URL, why: string): RedirectError {
    return this.#refused(next, `but ${why.replace(/\.$/u, '')}`);
  }

  #refused(next: URL | null, why: string): RedirectError {
    const target = next === null ? 'an invalid URL' : redactUrl(next);
    return new RedirectError(
      'redirect-refused',
      `${redactUrl(this.#hops[0])} is redirected to ${target}, ${why}.`,
    );
  }
}

/** The Location header of a redirect; null for other responses. */
export function redirectLocation(status: number, location: string | null): string | null {
  return REDIRECT_STATUSES.has(status) ? location : null;
}

/** A URL for messages, without credentials and query, which can be secret. */
function redactUrl({ protocol, host, pathname, search }: URL): string {
  const whole = `${protocol}//${host}${pathname}`;
  const url =
    whole.length > MAX_SHOWN_CHARACTERS ? `${whole.slice(0, MAX_SHOWN_CHARACTERS)}…` : whole;
  return search === '' ? url : `${url}?…`;
}

/** Without credentials and fragment. Null for an invalid URL. */
function parse(location: string, base: URL): URL | null {
  const url = URL.parse(location, base.href);
  if (url !== null) [url.username, url.password, url.hash] = ['', '', ''];
  return url;
}
