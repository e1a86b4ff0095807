import type { Connections } from './connections.ts';

const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);
/** How much of a URL a message shows, in characters. */
const SHOWN_CHARACTERS = 200;

/** A redirect that is not followed. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
  readonly code: 'redirect-loop' | 'redirect-refused';

  constructor(code: RedirectError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The way of one request, from the configured URL through all redirects. */
export class RedirectChain {
  readonly #connections: Connections;
  readonly #hops: [URL, ...URL[]];
  #isGuarded = false;

  constructor(target: URL, connections: Connections) {
    this.#hops = [target];
    this.#connections = connections;
  }

  /** What is to be asked for now. */
  get url(): URL {
    return this.#hops.at(-1) ?? this.#hops[0];
  }

  /** Whether only public addresses may be connected to. */
  get isGuarded(): boolean {
    return this.#isGuarded;
  }

  /** Whether this is still the server that was asked first, which alone is shown credentials. */
  get isSameOrigin(): boolean {
    return this.url.origin === this.#hops[0].origin;
  }

  /** Whether another host is asked than was configured. */
  get isOtherHost(): boolean {
    return this.url.host !== this.#hops[0].host;
  }

  /** Where redirects have led, for messages; null where there were none. */
  get end(): string | null {
    return this.#hops.length === 1 ? null : shownUrl(this.url);
  }

  /**
   * Goes on to where an answer redirects.
   *
   * @throws RedirectRefused
   */
  async follow(location: string): Promise<void> {
    const [first] = this.#hops;
    const next = parse(location, this.url);
    if (next === null || !/^https?:$/u.test(next.protocol))
      throw this.#refused(next, 'which is no http or https URL');
    if (this.url.protocol === 'https:' && next.protocol === 'http:')
      throw this.#refused(next, 'which is not encrypted, as what led there was');
    this.#expectProgress(next);
    if (next.hostname !== first.hostname) await this.#guard(first, next);
    this.#hops.push(next);
  }

  #expectProgress(next: URL): void {
    const chain = [...this.#hops, next].map(shownUrl).join(' → ');
    const [first] = this.#hops;
    if (this.#hops.some(({ href }) => href === next.href))
      throw new RedirectError(
        'redirect-loop',
        `${shownUrl(first)} is redirected in a circle: ${chain}.`,
      );
    if (this.#hops.length > MAX_REDIRECTS)
      throw new RedirectError(
        'redirect-loop',
        `${shownUrl(first)} is redirected more than ${MAX_REDIRECTS} times: ${chain}.`,
      );
  }

  /** From a public address to public ones only; from a private one to any. */
  async #guard(first: URL, next: URL): Promise<void> {
    if (!this.#isGuarded && (await this.#connections.checkPublic(first)) !== null) return;
    this.#isGuarded = true;
    const refused = await this.#connections.checkPublic(next);
    if (refused !== null) throw this.refusedAddress(next, refused.message);
  }

  /** The error for a redirect that leads to an address that is not public. */
  refusedAddress(next: URL, why: string): RedirectError {
    return this.#refused(next, `but ${why.replace(/\.$/u, '')}`);
  }

  #refused(next: URL | null, why: string): RedirectError {
    const where = next === null ? 'elsewhere' : shownUrl(next);
    return new RedirectError(
      'redirect-refused',
      `${shownUrl(this.#hops[0])} is redirected to ${where}, ${why}.`,
    );
  }
}

/** Where an answer redirects, as it says it; null when it does not. */
export function redirectLocation(status: number, location: string | null): string | null {
  return REDIRECT_STATUSES.has(status) ? location : null;
}

/** A URL without credentials and query, which can be secret. */
function shownUrl({ protocol, host, pathname, search }: URL): string {
  const whole = `${protocol}//${host}${pathname}`;
  const url = whole.length > SHOWN_CHARACTERS ? `${whole.slice(0, SHOWN_CHARACTERS)}…` : whole;
  return search === '' ? url : `${url}?…`;
}

function parse(location: string, base: URL): URL | null {
  const url = URL.parse(location, base.href);
  if (url !== null) [url.username, url.password, url.hash] = ['', '', ''];
  return url;
}
