import { readFileSync } from 'node:fs';
import { fileNameOf, type DatasetName } from '@marquee/datasets';
import { Agent, interceptors, request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { Body, type Pace } from './body.ts';
import {
  codeOf,
  DownloadError,
  isTransientCode,
  SlowServer,
  isTransientStatus,
  type DownloadErrorCode,
  type DownloadErrorDetails,
} from './download-error.ts';

const MAX_REDIRECTS = 5;

/** When a silent or slow server is given up; times in milliseconds. */
export interface Timeouts extends Pace {
  /** From the request to the answer's last header, through all redirects. */
  readonly headersMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  headersMs: 30_000,
  bodyIdleMs: 60_000,
  leastBytesPerSecond: 1024,
};

/** What of a server's answer matters here. */
export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** What If-Range may name this version of the file by; null when nothing names it surely. */
  readonly ifRange: string | null;
  /** Content-Length; null when the server does not say. */
  readonly length: number | null;
  /** Content-Range: the first byte's position, and the whole file's size where it is given. */
  readonly range: { readonly start: number; readonly total: number | null } | null;
  readonly body: Body;
}

/** A dataset's file at a server: how it is asked for, and what is said when that goes wrong. */
export class RemoteFile {
  readonly dataset: DatasetName;
  /** Without credentials and query: fit for logs, manifests and messages. */
  readonly url: string;
  readonly #target: URL;
  readonly #timeouts: Timeouts;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param baseUrl an http or https URL: the folder the files lie in; credentials in it are sent as
   *   basic authentication, a query is kept
   */
  constructor(dataset: DatasetName, baseUrl: string, timeouts: Timeouts) {
    this.dataset = dataset;
    this.#timeouts = timeouts;
    const url = new URL(baseUrl);
    const { username, password } = url;
    this.#headers =
      username === '' && password === ''
        ? {}
        : { authorization: basicAuthorization(username, password) };
    [url.username, url.password, url.hash] = ['', '', ''];
    url.pathname = `${url.pathname}${url.pathname.endsWith('/') ? '' : '/'}${fileNameOf(dataset)}`;
    this.#target = url;
    this.url = `${url.origin}${url.pathname}`;
  }

  /** An error about this file. */
  fault(
    code: DownloadErrorCode,
    message: string,
    rest: Pick<DownloadErrorDetails, 'cause' | 'retryable' | 'bytes' | 'retryAfterMs'> = {},
  ): DownloadError {
    return new DownloadError({ code, dataset: this.dataset, url: this.url, message, ...rest });
  }

  /** The error for a connection that failed: before the answer, or within its body. */
  networkFault(phase: 'unreachable' | 'interrupted', what: string, cause: unknown): DownloadError {
    const code = codeOf(cause);
    const message = `${what}: ${code}${cause instanceof Error ? ` (${cause.message.replace(/\.$/u, '')})` : ''}.`;
    return this.fault(phase, message, { cause, retryable: isTransientCode(phase, code) });
  }

  /**
   * Asks for the file.
   *
   * @returns the answer, when its status is one of those expected
   * @throws DownloadError for any other status, and when there is no answer
   */
  async ask(
    headers: Readonly<Record<string, string>>,
    expected: readonly number[],
    signal: AbortSignal,
  ): Promise<Answer> {
    const response = await this.#request(headers, signal);
    const { statusCode, headers: got } = response;
    const body = new Body(response.body, this.#timeouts);
    if (!expected.includes(statusCode)) {
      body.close();
      const code = isTransientStatus(statusCode) ? 'server-fault' : 'bad-status';
      throw this.fault(
        code,
        `The answer from ${this.url} has status ${statusCode} where ${expected.join(' or ')} was expected.`,
        {
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
    const { headersMs, bodyIdleMs } = this.#timeouts;
    const deadline = new AbortController();
    const late = setTimeout(
      () =>
        deadline.abort(
          new SlowServer(
            'LATE_ANSWER',
            `no headers within ${headersMs / 1000} s, redirects included`,
          ),
        ),
      headersMs,
    );
    try {
      return await request(this.#target, {
        dispatcher: AGENT,
        // identity: the file is gzip already, and its own bytes are what is hashed and resumed
        headers: {
          'user-agent': USER_AGENT,
          'accept-encoding': 'identity',
          ...this.#headers,
          ...headers,
        },
        // undici's own begins anew with each redirect, and with each 1xx
        headersTimeout: 0,
        bodyTimeout: bodyIdleMs,
        signal: AbortSignal.any([signal, deadline.signal]),
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw this.networkFault('unreachable', `There is no answer from ${this.url}`, cause);
    } finally {
      clearTimeout(late);
    }
  }
}

const USER_AGENT = `marquee/${z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version}`;

/** The process's agent. HTTP/1.1: one file is one stream, and a cut shows in Content-Length. */
const AGENT = new Agent({ connect: { timeout: 10_000 }, allowH2: false }).compose(
  interceptors.redirect({ maxRedirections: MAX_REDIRECTS }),
);

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

function contentRange(header: string | null): Answer['range'] {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/u.exec(header ?? '');
  return match === null ? null : { start: Number(match[1]), total: count(match[2] ?? null) };
}

/** Retry-After is a number of seconds or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const ms = count(header) === null ? Date.parse(header) - Date.now() : Number(header) * 1000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
