import { statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATASET_NAMES, fileNameOf } from '@marquee/datasets';
import { serveSample, type SampleServer } from '@marquee/sample';
import type { Days } from '../sample-days.ts';

/** Responses are sent in chunks with pauses, so that they can be aborted in the middle. */
const CHUNK_BYTES = 16 * 1024;
const PAUSE_MS = 20;

/** Forwarded headers of requests and responses. */
const ASKED = ['range', 'if-range', 'if-none-match', 'if-modified-since'];
const ANSWERED = ['content-type', 'content-length', 'etag', 'last-modified', 'accept-ranges'];

/**
 * Wrong response to a range request: `other-version` sends another day's file, as a changed origin
 * would, and aborts; `other-bytes` sends another day's bytes as if they were the rest, like a cache
 * that mixes versions.
 */
export type Lie = 'other-version' | 'other-bytes';

/**
 * An origin that serves one of several days. A proxy in front of correct servers, which can inject
 * errors.
 */
export class FaultyOrigin {
  /**
   * Called after each chunk with the fraction of the day's bytes sent since {@link serve}, from 0
   * to 1.
   */
  onProgress: (part: number) => void = () => undefined;
  readonly url: string;
  readonly #server: Server;
  readonly #servers: readonly SampleServer[];
  readonly #days: Days;
  readonly #responses = new Set<ServerResponse>();
  #day = 0;
  #sentBytes = 0;
  #totalBytes = 1;
  #cuts = 0;
  #lie: { readonly how: Lie; readonly day: number; left: number } | null = null;

  private constructor(server: Server, servers: readonly SampleServer[], days: Days) {
    this.#server = server;
    this.#servers = servers;
    this.#days = days;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) =>
        void this.#answer(request, response).catch(() => response.destroy()),
    );
  }

  static async start(days: Days, count: number): Promise<FaultyOrigin> {
    const servers = await Promise.all(
      Array.from({ length: count }, async (_, day) =>
        serveSample({ folder: days.day(day), port: 0 }),
      ),
    );
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyOrigin(server, servers, days);
  }

  /** Serves the files of a day from now on, without errors. */
  serve(day: number): void {
    this.#day = day;
    this.#sentBytes = 0;
    this.#cuts = 0;
    this.#lie = null;
    this.#totalBytes = DATASET_NAMES.reduce(
      (sum, dataset) => sum + statSync(join(this.#days.day(day), fileNameOf(dataset))).size,
      0,
    );
  }

  /** Aborts all current responses, and this number of later ones after their first chunk. */
  cut(more: number): void {
    this.#cuts = more;
    for (const response of this.#responses) response.destroy();
  }

  /**
   * Aborts all current responses, and answers the range requests that resume them with another
   * day's file.
   */
  lie(how: Lie, day: number): void {
    this.#lie = { how, day, left: this.#responses.size };
    for (const response of this.#responses) response.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const lie =
      request.headers.range !== undefined && this.#lie !== null && this.#lie.left-- > 0
        ? this.#lie
        : null;
    const mixesUp = lie?.how === 'other-bytes';
    const { url } = this.#servers[lie?.day ?? this.#day] as SampleServer;
    const got = await fetch(url + (request.url ?? ''), {
      headers: headersOf(mixesUp ? ['range'] : ASKED, (name) => request.headers[name]),
    });
    const range = got.headers.get('content-range');
    response.writeHead(got.status, {
      ...headersOf(mixesUp ? ['content-type', 'content-length'] : ANSWERED, (name) =>
        got.headers.get(name),
      ),
      // without the size, which would reveal it
      ...(range === null ? {} : { 'content-range': mixesUp ? range.replace(/\d+$/u, '*') : range }),
    });
    await this.#send(response, Buffer.from(await got.arrayBuffer()), lie?.how === 'other-version');
  }

  async #send(response: ServerResponse, body: Buffer, isBrokenOff: boolean): Promise<void> {
    const isCut = body.length > CHUNK_BYTES && (isBrokenOff || this.#cuts-- > 0);
    this.#responses.add(response);
    // of a destroyed response
    response.on('error', () => undefined);
    try {
      for (let at = 0; at < body.length && !response.destroyed; at += CHUNK_BYTES) {
        const piece = body.subarray(at, at + CHUNK_BYTES);
        response.write(piece);
        await sleep(PAUSE_MS);
        this.#sentBytes += piece.length;
        this.onProgress(this.#sentBytes / this.#totalBytes);
        if (isCut) response.destroy();
      }
    } finally {
      this.#responses.delete(response);
    }
    if (!response.destroyed) response.end();
  }
}

/** The headers of these names that are set. */
function headersOf(
  names: readonly string[],
  valueOf: (name: string) => string | string[] | null | undefined,
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = valueOf(name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
