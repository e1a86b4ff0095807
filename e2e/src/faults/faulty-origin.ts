import { statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATASET_NAMES, fileNameOf } from '@marquee/datasets';
import { serveSample, type SampleServer } from '@marquee/sample';
import type { Days } from '../sample-days.ts';

/**
 * Bodies come in pieces of so many bytes with so much time between, so that there is a middle to be
 * cut in.
 */
const CHUNK_BYTES = 16 * 1024;
const PAUSE_MS = 20;

/** The headers that matter, of a request and of an answer. */
const ASKED = ['range', 'if-range', 'if-none-match', 'if-modified-since'];
const ANSWERED = ['content-type', 'content-length', 'etag', 'last-modified', 'accept-ranges'];

/**
 * How a request for the rest of a file is answered wrongly, once: `other-version` with another
 * day's file as its server would send it, broken off; `other-bytes` with another day's bytes as if
 * they were the rest, as a cache that mixes versions up would.
 */
export type Lie = 'other-version' | 'other-bytes';

/**
 * The origin of the files of several days, of which one is served at a time. It stands before
 * honest servers, and can be made to misbehave.
 */
export class FaultyOrigin {
  /**
   * Told of each piece of a body: how much of all bodies of one day has been sent since {@link
   * serve}, from 0 to 1.
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

  /** Serves a day's files from now on, honestly. */
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

  /** Breaks off all that is being sent, and so many of the next bodies after their first piece. */
  cut(more: number): void {
    this.#cuts = more;
    for (const response of this.#responses) response.destroy();
  }

  /**
   * Breaks off all that is being sent, and answers the next requests that want to go on from there
   * with another day's file.
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
      // without the size, which would tell
      ...(range === null ? {} : { 'content-range': mixesUp ? range.replace(/\d+$/u, '*') : range }),
    });
    await this.#send(response, Buffer.from(await got.arrayBuffer()), lie?.how === 'other-version');
  }

  async #send(response: ServerResponse, body: Buffer, isBrokenOff: boolean): Promise<void> {
    const isCut = body.length > CHUNK_BYTES && (isBrokenOff || this.#cuts-- > 0);
    this.#responses.add(response);
    // that of one that was destroyed
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

/** Those of some headers that are there. */
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
