import { readFileSync } from 'node:fs';
import { fileNameOf, type DatasetName } from '@marquee/datasets';
import { AddressRefusedError } from '@marquee/network/address-guard';
import { DIRECT_CONNECTIONS, type Connections } from '@marquee/network/connections';
import { RedirectChain, RedirectError, redirectLocation } from '@marquee/network/redirects';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import {
  DownloadError,
  type DownloadErrorCode,
  type DownloadErrorDetails,
} from '../errors/download-error.ts';
import { errorCode } from '../errors/error-code.ts';
import {
  isOutageCode,
  isOutageStatus,
  isTransientCode,
  isTransientStatus,
  SlowServerError,
} from '../errors/transient-errors.ts';
import { ResponseBody, type BodyLimits } from './response-body.ts';

/** When a silent or slow server is given up; times in milliseconds. */
export interface Timeouts extends BodyLimits {
  /** From the request to the last header of the response, including all redirects. */
  readonly headersMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  headersMs: 30_000,
  bodyIdleMs: 60_000,
  minBytesPerSecond: 1024,
};

/** The response to a request for the file: its status, the headers that matter, and the body. */
export interface FileResponse {
  readonly status: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** The value of If-Range for this version of the file; null when it has no strong validator. */
  readonly ifRange: string | null;
  /** Content-Length; null without one. */
  readonly length: number | null;
  /** Content-Range: the position of the first byte, and the size of the file if it is given. */
  readonly range: { readonly start: number; readonly total: number | null } | null;
  readonly body: ResponseBody;
}

/** The URL of a dataset's file. @param baseUrl of the folder of the files; its query is kept */
export function fileUrl(baseUrl: string, dataset: DatasetName): string {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname}${url.pathname.endsWith('/') ? '' : '/'}${fileNameOf(dataset)}`;
  return url.href;
}

/** The file of a dataset on a server: how it is requested, and the errors about it. */
export class RemoteFile {
  readonly dataset: DatasetName;
  /** Without credentials and query, for logs, manifests and messages. */
  readonly url: string;
  readonly #target: URL;
  readonly #timeouts: Timeouts;
  readonly #connections: Connections;
  readonly #authorization: Readonly<Record<string, string>>;
  /** The URLs of the last request. */
  #redirects: RedirectChain;

  /**
   * @param target the http or https URL of the file; credentials in it are sent as basic
   *   authentication, a query is kept
   */
  constructor(
    dataset: DatasetName,
    target: string,
    timeouts: Timeouts,
    connections: Connections = DIRECT_CONNECTIONS,
  ) {
    this.dataset = dataset;
    this.#timeouts = timeouts;
    this.#connections = connections;
    const url = new URL(target);
    const { username, password } = url;
    this.#authorization =
      username === '' && password === ''
        ? {}
        : { authorization: basicAuthorization(username, password) };
    [url.username, url.password, url.hash] = ['', '', ''];
    this.#target = url;
    this.url = `${url.origin}${url.pathname}`;
    this.#redirects = new RedirectChain(url, connections);
  }

  /** The URL, and where it redirected the last request, for messages. */
  get location(): string {
    const { end } = this.#redirects;
    return end === null ? this.url : `${this.url} (redirected to ${end})`;
  }

  /** Whether the last response came from another host than the configured one. */
  get isOtherHost(): boolean {
    return this.#redirects.isOtherHost;
  }

  /** An error about this file. */
  error(
    code: DownloadErrorCode,
    message: string,
    details: Omit<DownloadErrorDetails, 'code' | 'dataset' | 'url' | 'message'> = {},
  ): DownloadError {
    return new DownloadError({ code, dataset: this.dataset, url: this.url, message, ...details });
  }

  /**
   * The error for a failed connection.
   *
   * @param phase `unreachable` before the response, `interrupted` during its body
   * @param what failed, as a clause for the message
   */
  networkError(phase: 'unreachable' | 'interrupted', what: string, cause: unknown): DownloadError {
    const code = errorCode(cause);
    const why = cause instanceof Error ? cause.message.replace(/\.$/u, '') : '';
    const proxy = this.#connections.proxyOf(this.#redirects.url);
    const proxyStatus = proxy === null ? null : proxyRefusalStatus(why);
    return this.error(
      phase,
      `${what}${proxy === null ? '' : `, through the proxy ${proxy}`}: ${code}${why === '' ? '' : ` (${why})`}.`,
      {
        cause,
        retryable:
          isTransientCode(phase, code) || (proxyStatus !== null && isTransientStatus(proxyStatus)),
        isOutage: isOutageCode(code) || (proxyStatus !== null && isOutageStatus(proxyStatus)),
        ...(proxy !== null && { furtherHint: PROXY_HINT }),
      },
    );
  }

  /**
   * Requests the file.
   *
   * @param expected the statuses to return
   * @throws DownloadError for any other status, and without a response
   */
  async request(
    headers: Readonly<Record<string, string>>,
    expected: readonly number[],
    signal: AbortSignal,
  ): Promise<FileResponse> {
    const response = await this.#send(headers, signal);
    const { statusCode, headers: received } = response;
    const body = new ResponseBody(response.body, this.#timeouts);
    if (!expected.includes(statusCode)) {
      body.close();
      const code = isTransientStatus(statusCode) ? 'server-fault' : 'bad-status';
      throw this.error(
        code,
        `The response from ${this.location} has status ${statusCode}, expected ${expected.join(' or ')}.`,
        {
          isOutage: isOutageStatus(statusCode),
          retryAfterMs: retryAfterMs(firstValue(received['retry-after'])),
        },
      );
    }
    const etag = firstValue(received['etag']);
    const lastModified = firstValue(received['last-modified']);
    return {
      status: statusCode,
      etag,
      lastModified,
      ifRange: rangeValidator(etag, lastModified, firstValue(received['date'])),
      length: wholeNumber(firstValue(received['content-length'])),
      range: contentRange(firstValue(received['content-range'])),
      body,
    };
  }

  async #send(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { headersMs } = this.#timeouts;
    const deadline = new AbortController();
    const timer = setTimeout(
      () =>
        deadline.abort(
          new SlowServerError(
            'LATE_ANSWER',
            `no headers within ${headersMs / 1000} s, redirects included`,
          ),
        ),
      headersMs,
    );
    this.#redirects = new RedirectChain(this.#target, this.#connections);
    try {
      return await this.#followRedirects(headers, AbortSignal.any([signal, deadline.signal]));
    } catch (cause) {
      signal.throwIfAborted();
      const error =
        cause instanceof AddressRefusedError
          ? this.#redirects.refusedAddress(this.#redirects.url, cause.message)
          : cause;
      if (error instanceof RedirectError) throw this.error(error.code, error.message, { cause });
      throw this.networkError('unreachable', `No response from ${this.location}`, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends the request, and again to the target of each redirect. */
  async #followRedirects(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const redirects = this.#redirects;
    for (;;) {
      const response = await request(redirects.url, {
        dispatcher: this.#connections.dispatcher(redirects.isGuarded),
        // identity: the file is gzip already, and its own bytes are hashed and resumed
        headers: {
          'user-agent': USER_AGENT,
          'accept-encoding': 'identity',
          ...(redirects.isSameOrigin && this.#authorization),
          ...headers,
        },
        // none: undici restarts this timer with each 1xx response
        headersTimeout: 0,
        bodyTimeout: this.#timeouts.bodyIdleMs,
        signal,
      });
      const location = redirectLocation(
        response.statusCode,
        firstValue(response.headers['location']),
      );
      if (location === null) return response;
      response.body.on('error', () => undefined).destroy();
      await redirects.follow(location);
      signal.throwIfAborted();
    }
  }
}

const PROXY_HINT =
  'HTTP_PROXY and HTTPS_PROXY set the proxy, and NO_PROXY the hosts that are reached directly.';

const USER_AGENT = `marquee/${z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version}`;

/** The status with which a proxy refused a tunnel, from undici's message; null for other errors. */
function proxyRefusalStatus(message: string): number | null {
  return wholeNumber(/^Proxy response \((\d+)\)/u.exec(message)?.[1] ?? null);
}

function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
}

function firstValue(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

function wholeNumber(digits: string | null): number | null {
  return digits !== null && /^\d+$/u.test(digits) ? Number(digits) : null;
}

/**
 * The value of If-Range: a strong ETag. Without any ETag, a Last-Modified that is at least a second
 * older than the response: the file could have changed again within that second (RFC 9110, 8.8.2.2
 * and 13.1.5).
 */
function rangeValidator(
  etag: string | null,
  lastModified: string | null,
  date: string | null,
): string | null {
  if (etag !== null) return etag.startsWith('W/') ? null : etag;
  if (lastModified === null || date === null) return null;
  return Date.parse(date) - Date.parse(lastModified) >= 1000 ? lastModified : null;
}

function contentRange(header: string | null): FileResponse['range'] {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/u.exec(header ?? '');
  return match === null ? null : { start: Number(match[1]), total: wholeNumber(match[2] ?? null) };
}

/** Parses Retry-After, which is a number of seconds or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const ms = wholeNumber(header) === null ? Date.parse(header) - Date.now() : Number(header) * 1000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
