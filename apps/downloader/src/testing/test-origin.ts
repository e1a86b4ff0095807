import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
// not the globals, which a test may have faked
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { gzipSync } from 'node:zlib';
import { fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import { TEST_TLS } from '@marquee/network/testing';

/** A file on the server. */
export interface ServedFile {
  readonly bytes: Buffer;
  readonly etag?: string;
  readonly lastModified?: string;
  /** False: every response is the whole file. */
  readonly ranges?: boolean;
}

/** How one response differs from the regular one. */
export interface Trick {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  /** Cuts the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  /** Stalls after this many bytes of the body; the headers are sent. */
  readonly hangAfter?: number;
  /** After this many bytes of the body, sends one byte every few milliseconds. */
  readonly dripAfter?: number;
  /** The delay of the response in milliseconds. */
  readonly afterMs?: number;
  /** Sends no complete response, not even its headers. */
  readonly silent?: true;
  /** If silent: sends interim responses without end. */
  readonly interim?: true;
  /** If silent: sends a status line, and header lines without end. */
  readonly headerLines?: true;
  /** Runs after the response was sent or cut. */
  readonly then?: () => void;
}

/**
 * A real HTTP server for tests, with ranges and conditional requests as in RFC 9110. It can be told
 * to misbehave.
 */
export class TestOrigin {
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly status: number;
  }[] = [];
  readonly #server: Server;
  readonly #files = new Map<string, ServedFile>();
  readonly #scheme: 'http' | 'https';
  #tricks: Trick[] = [];

  private constructor(scheme: 'http' | 'https') {
    const listener = (request: IncomingMessage, response: ServerResponse) =>
      this.#respond(request, response);
    this.#scheme = scheme;
    this.#server = scheme === 'http' ? createServer(listener) : createTlsServer(TEST_TLS, listener);
  }

  static async start(scheme: 'http' | 'https' = 'http'): Promise<TestOrigin> {
    const origin = new TestOrigin(scheme);
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve));
    return origin;
  }

  get baseUrl(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${port}/`;
  }

  serve(dataset: DatasetName, file: ServedFile): void {
    this.#files.set(`/${fileNameOf(dataset)}`, file);
  }

  /** Applies a trick to each of the next responses. */
  trick(...tricks: readonly Trick[]): void {
    this.#tricks.push(...tricks);
  }

  /** The statuses of the responses so far. */
  get statuses(): number[] {
    return this.requests.map((request) => request.status);
  }

  /** The Range headers of the requests so far. */
  get ranges(): (string | undefined)[] {
    return this.requests.map((request) => request.headers.range);
  }

  forget(): void {
    this.requests.length = 0;
    this.#tricks = [];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const trick = this.#tricks.shift() ?? {};
    const regular = responseFor(
      this.#files.get(new URL(path, this.baseUrl).pathname),
      request.headers,
    );
    const status = trick.status ?? regular.status;
    const body =
      trick.body ??
      (trick.status === undefined ? regular.body : Buffer.from('a page that says so'));
    this.requests.push({ path, headers: request.headers, status });
    if (trick.silent === true) return sendIncomplete(response, trick);
    const length = status === 304 ? {} : { 'content-length': String(body.length) };
    const headers = Object.entries({
      ...length,
      ...(trick.status === undefined ? regular.headers : {}),
      ...trick.headers,
    });
    setTimeout(() => {
      response.writeHead(status, Object.fromEntries(headers.filter(([, value]) => value !== '')));
      response.flushHeaders();
      send(response, body, trick);
    }, trick.afterMs ?? 0);
  }
}

/** Sends parts of a response without end, or nothing. */
function sendIncomplete(response: ServerResponse, { interim, headerLines }: Trick): void {
  const { socket } = response;
  if (socket === null) return;
  if (headerLines === true) socket.write('HTTP/1.1 200 OK\r\n');
  if (interim === true) every(response, () => socket.write('HTTP/1.1 102 Processing\r\n\r\n'));
  else if (headerLines === true) every(response, () => socket.write('x-more: of it\r\n'));
}

/** Does something every few milliseconds until the connection is closed. */
function every(response: ServerResponse, act: () => void): void {
  const timer = setInterval(act, 20);
  response.once('close', () => clearInterval(timer));
}

function send(
  response: ServerResponse,
  body: Buffer,
  { cutAfter, hangAfter, dripAfter, then }: Trick,
): void {
  if (dripAfter !== undefined) {
    let at = dripAfter;
    response.write(body.subarray(0, at));
    every(response, () => response.write(body.subarray(at, (at += 1))));
    return;
  }
  if (cutAfter === undefined && hangAfter === undefined) {
    response.end(body, then);
    return;
  }
  response.write(body.subarray(0, cutAfter ?? hangAfter), () => {
    if (cutAfter !== undefined) response.destroy();
    then?.();
  });
}

function responseFor(
  file: ServedFile | undefined,
  requestHeaders: IncomingHttpHeaders,
): { status: number; headers: Record<string, string>; body: Buffer } {
  if (file === undefined) return { status: 404, headers: {}, body: Buffer.from('no such file') };
  const { bytes, etag, lastModified, ranges = true } = file;
  const headers = {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
  };
  const known = requestHeaders['if-none-match'];
  if (
    known === undefined
      ? lastModified !== undefined && requestHeaders['if-modified-since'] === lastModified
      : known === etag
  ) {
    return { status: 304, headers, body: Buffer.alloc(0) };
  }
  const start = /^bytes=(\d+)-$/u.exec(requestHeaders.range ?? '')?.[1];
  const condition = requestHeaders['if-range'];
  const same =
    condition === undefined ||
    condition === etag ||
    (etag === undefined && condition === lastModified);
  if (start === undefined || !ranges || !same) return { status: 200, headers, body: bytes };
  if (Number(start) >= bytes.length)
    return {
      status: 416,
      headers: { 'content-range': `bytes */${bytes.length}` },
      body: Buffer.alloc(0),
    };
  const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  return { status: 206, headers: { ...headers, ...range }, body: bytes.subarray(Number(start)) };
}

/**
 * A made-up file of a dataset: the same seed gives the same rows. It hardly compresses; a row takes
 * about 100 bytes.
 */
export function madeUpFile(dataset: DatasetName, rows: number, seed = 1): Buffer {
  return gzipSync(madeUpText(dataset, rows, seed), { level: 1 });
}

export function madeUpText(dataset: DatasetName, rows: number, seed = 1): string {
  const fields = headerOf(dataset).split('\t').length;
  let state = seed;
  const word = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state.toString(36);
  };
  const lines = Array.from({ length: rows }, (_, i) =>
    [`tt${String(i).padStart(7, '0')}`, ...Array.from({ length: fields - 1 }, word)].join('\t'),
  );
  return [headerOf(dataset), ...lines, ''].join('\n');
}
