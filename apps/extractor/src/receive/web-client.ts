import type { Connections } from '@marquee/network/connections';
import { RedirectChain, redirectLocation } from '@marquee/network/redirects';
import type { Provider } from '@marquee/snapshots/providers';
import { request, type Dispatcher } from 'undici';

const HEADERS_MS = 30_000;
const BODY_MS = 60_000;

/** A server did not answer a request as expected. */
export class WebError extends Error {
  override readonly name = 'WebError';
}

/** A response with one of the expected statuses. */
export interface WebResponse {
  readonly status: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** To be read or destroyed. */
  readonly body: Dispatcher.ResponseData['body'];
}

/** Requests to the servers that the schedules of sources name. */
export class WebClient {
  readonly #connections: Connections;
  readonly #providers: readonly Provider[];

  /** @param providers those by `web` add headers, such as a token */
  constructor(connections: Connections, providers: readonly Provider[]) {
    this.#connections = connections;
    this.#providers = providers;
  }

  /**
   * Requests a URL, and follows redirects. The headers of a provider go to its own server alone.
   *
   * @param isTrusted whether the URL may be of a private address: its definition is a file of this
   *   machine
   * @throws WebError for another status than 200 and 304, and for an address that is not allowed;
   *   RedirectError
   */
  async get(
    source: string,
    url: string,
    conditions: Readonly<Record<string, string>>,
    isTrusted: boolean,
    signal: AbortSignal,
  ): Promise<WebResponse> {
    const first = new URL(url);
    const refused = await this.#connections.checkPublic(first);
    if (refused !== null && !isTrusted) throw new WebError(refused.message);
    // as with IMDb's files: a public server may not lead into our own network
    const redirects = new RedirectChain(first, this.#connections, refused === null);
    for (;;) {
      const { statusCode, headers, body } = await request(redirects.url, {
        dispatcher: this.#connections.dispatcher(redirects.isGuarded),
        headers: {
          'accept-encoding': 'identity',
          ...this.#headersFor(source, redirects.url),
          ...conditions,
        },
        headersTimeout: HEADERS_MS,
        bodyTimeout: BODY_MS,
        signal,
      });
      if (statusCode === 200 || statusCode === 304)
        return {
          status: statusCode,
          etag: firstOf(headers['etag']),
          lastModified: firstOf(headers['last-modified']),
          body,
        };
      body.on('error', () => undefined).destroy();
      const location = redirectLocation(statusCode, firstOf(headers['location']));
      if (location === null)
        throw new WebError(
          `${withoutQuery(redirects.url)} has answered with status ${statusCode}, expected 200.`,
        );
      await redirects.follow(location);
    }
  }

  #headersFor(source: string, { origin }: URL): Readonly<Record<string, string>> {
    const provider = this.#providers.find(
      ({ delivers, web }) =>
        delivers === source && web !== undefined && new URL(web.origin).origin === origin,
    );
    return provider?.web?.headers ?? {};
  }
}

/** The name of a URL for messages: its query may hold a token. */
export function withoutQuery({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function firstOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
