import { readFileSync } from 'node:fs';
import { fileNameOf, type DatasetName } from '@marquee/datasets';
import { AddressRefusedError } from '@marquee/network/address-guard';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { ResponseBody, type BodyLimits } from './response-body.ts';
import { DIRECT_CONNECTIONS, type Connections } from './connections.ts';
import {
  errorCode,
  DownloadError,
  isOutageCode,
  isOutageStatus,
  isTransientCode,
  SlowServerError,
  isTransientStatus,
  type DownloadErrorCode,
  type DownloadErrorDetails,
} from '../errors/download-error.ts';
import { redirectLocation, RedirectError, RedirectChain } from './redirects.ts';

/** When a silent or slow server is given up; times in milliseconds. */
export interface Timeouts extends BodyLimits {
  /** From the request to the answer's last header, through all redirects. */
  readonly headersMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  headersMs: 30_000,
  bodyIdleMs: 60_000,
  minBytesPerSecond: 1024,
};

/** What of a server's answer matters here. */
export interface FileResponse {
  readonly status: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** What If-Range may name this version of the file by; null when nothing names it surely. */
  readonly ifRange: string | null;
  /** Content-Length; null when the server does not say. */
  readonly length: number | null;
  /** Content-Range: the first byte's position, and the whole file's size where it is given. */
  readonly range: { readonly start: number; readonly total: number | null } | null;
  readonly body: ResponseBody;
}

/** A dataset's file at a server: how it is asked for, and what is said when that goes wrong. */
export class RemoteFile {
  readonly dataset: DatasetName;
  /** Without credentials and query: fit for logs, manifests and messages. */
  readonly url: string;
  readonly #target: URL;
  readonly #timeouts: Timeouts;
  readonly #connections: Connections;
  readonly #authorization: Readonly<Record<string, string>>;
  /** The way of the last request. */
  #path: RedirectChain;

  /**
   * @param baseUrl an http or https URL: the folder the files lie in; credentials in it are sent as
   *   basic authentication, a query is kept
   */
  constructor(
    dataset: DatasetName,
    baseUrl: string,
    timeouts: Timeouts,
    connections: Connections = DIRECT_CONNECTIONS,
  ) {
    this.dataset = dataset;
    this.#timeouts = timeouts;
    this.#connections = connections;
    const url = new URL(baseUrl);
    const { username, password } = url;
    this.#authorization =
      username === '' && password === ''
        ? {}
        : { authorization: basicAuthorization(username, password) };
    [url.username, url.password, url.hash] = ['', '', ''];
    url.pathname = `${url.pathname}${url.pathname.endsWith('/') ? '' : '/'}${fileNameOf(dataset)}`;
    this.#target = url;
    this.url = `${url.origin}${url.pathname}`;
    this.#path = new RedirectChain(url, connections);
  }

  /** The URL, and where it led the last request, for messages. */
  get shownUrl(): string {
    return this.#path.end === null ? this.url : `${this.url} (redirected to ${this.#path.end})`;
  }

  /** Whether the last request was answered by another host than the configured one. */
  get isOtherHost(): boolean {
    return this.#path.isOtherHost;
  }

  /** An error about this file. */
  error(
    code: DownloadErrorCode,
    message: string,
    rest: Omit<DownloadErrorDetails, 'code' | 'dataset' | 'url' | 'message'> = {},
  ): DownloadError {
    return new DownloadError({ code, dataset: this.dataset, url: this.url, message, ...rest });
  }

  /** The error for a connection that failed: before the answer, or within its body. */
  networkError(phase: 'unreachable' | 'interrupted', what: string, cause: unknown): DownloadError {
    const code = errorCode(cause);
    const why = cause instanceof Error ? cause.message.replace(/\.$/u, '') : '';
    const proxy = this.#connections.proxyOf(this.#path.url);
    const status = proxy === null ? null : proxyRefusalStatus(why);
    return this.error(
      phase,
      `${what}${proxy === null ? '' : `, through the proxy ${proxy}`}: ${code}${why === '' ? '' : ` (${why})`}.`,
      {
        cause,
        retryable: isTransientCode(phase, code) || (status !== null && isTransientStatus(status)),
        isOutage: isOutageCode(code) || (status !== null && isOutageStatus(status)),
        ...(proxy !== null && { furtherHint: PROXY_HINT }),
      },
    );
  }

  /**
   * Asks for the file.
   *
   * @returns the answer, when its status is one of those expected
   * @throws DownloadError for any other status, and when there is no answer
   */
  async request(
    headers: Readonly<Record<string, string>>,
    expected: readonly number[],
    signal: AbortSignal,
  ): Promise<FileResponse> {
    const response = await this.#request(headers, signal);
    const { statusCode, headers: got } = response;
    const body = new ResponseBody(response.body, this.#timeouts);
    if (!expected.includes(statusCode)) {
      body.close();
      const code = isTransientStatus(statusCode) ? 'server-fault' : 'bad-status';
      throw this.error(
        code,
        `The answer from ${this.shownUrl} has status ${statusCode} where ${expected.join(' or ')} was expected.`,
        {
          isOutage: isOutageStatus(statusCode),
          retryAfterMs: retryAfterMs(text(got['retry-after'])),
        },
      );
    }
    const etag = text(got['etag']);
    const lastModified = text(got['last-modified']);
    return {
      status: statusCode,
      etag,
      lastModified,
      ifRange: rangeValidator(etag, lastModified, text(got['date'])),
      length: count(text(got['content-length'])),
      range: contentRange(text(got['content-range'])),
      body,
    };
  }

  async #request(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { headersMs } = this.#timeouts;
    const deadline = new AbortController();
    const late = setTimeout(
      () =>
        deadline.abort(
          new SlowServerError(
            'LATE_ANSWER',
            `no headers within ${headersMs / 1000} s, redirects included`,
          ),
        ),
      headersMs,
    );
    this.#path = new RedirectChain(this.#target, this.#connections);
    try {
      return await this.#follow(headers, AbortSignal.any([signal, deadline.signal]));
    } catch (cause) {
      signal.throwIfAborted();
      const refused =
        cause instanceof AddressRefusedError
          ? this.#path.refusedAddress(this.#path.url, cause.message)
          : cause;
      if (refused instanceof RedirectError)
        throw this.error(refused.code, refused.message, { cause });
      throw this.networkError('unreachable', `There is no answer from ${this.shownUrl}`, cause);
    } finally {
      clearTimeout(late);
    }
  }

  /** Asks, and asks again where each redirect leads. */
  async #follow(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const path = this.#path;
    for (;;) {
      const response = await request(path.url, {
        dispatcher: this.#connections.dispatcher(path.isGuarded),
        // identity: the file is gzip already, and its own bytes are what is hashed and resumed
        headers: {
          'user-agent': USER_AGENT,
          'accept-encoding': 'identity',
          ...(path.isSameOrigin && this.#authorization),
          ...headers,
        },
        // undici restarts its own timer at each 1xx response
        headersTimeout: 0,
        bodyTimeout: this.#timeouts.bodyIdleMs,
        signal,
      });
      const location = redirectLocation(response.statusCode, text(response.headers['location']));
      if (location === null) return response;
      response.body.on('error', () => undefined).destroy();
      await path.follow(location);
      signal.throwIfAborted();
    }
  }
}

const PROXY_HINT =
  'HTTP_PROXY and HTTPS_PROXY name the proxy, and NO_PROXY the hosts that are asked directly.';

const USER_AGENT = `marquee/${z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version}`;

/** The status with which a proxy refused a tunnel, from undici's error; null for other errors. */
function proxyRefusalStatus(message: string): number | null {
  return count(/^Proxy response \((\d+)\)/u.exec(message)?.[1] ?? null);
}

function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
}

function text(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

function count(digits: string | null): number | null {
  return digits !== null && /^\d+$/u.test(digits) ? Number(digits) : null;
}

/**
 * What If-Range may say: a strong ETag; without any ETag, a Last-Modified that is at least a second
 * older than the answer, for the file could have changed again within that second (RFC 9110,
 * 8.8.2.2 and 13.1.5).
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
  return match === null ? null : { start: Number(match[1]), total: count(match[2] ?? null) };
}

/** Retry-After is a number of seconds or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const ms = count(header) === null ? Date.parse(header) - Date.now() : Number(header) * 1000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
