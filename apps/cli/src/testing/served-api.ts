import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Problem } from '@marquee/contract';
import { onTestFinished } from 'vitest';

/** A request as the server has read it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** JSON with status 200, or a response made for each request. */
type Answer = object | ((asked: Asked) => Response | Promise<Response>);

/** What is answered, by `GET`'s path, or by method and path: `POST /updatedata`. */
export type AnswersByPath = Readonly<Record<string, Answer>>;

/** A server that answers as a test says; what has no answer is a problem document of 404. */
export interface ServedApi {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** The queries that a path was asked with, in their order. */
  queriesOf(path: string): Record<string, string>[];
}

/** Serves answers on a free port of 127.0.0.1 until the test has ended. */
export async function serveApi(answers: AnswersByPath): Promise<ServedApi> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage): Promise<Response> => {
    const { method = 'GET', url = '/', headers } = request;
    const one = { method, url, headers, body: await text(request) };
    asked.push(one);
    const [path = ''] = url.split('?');
    const given = answers[method === 'GET' ? path : `${method} ${path}`];
    if (typeof given === 'function') return (given as (asked: Asked) => Promise<Response>)(one);
    return given === undefined ? problem({ status: 404, code: 'not-found' }) : Response.json(given);
  };
  const server = createServer((request, reply) => {
    void answer(request).then(async ({ status, headers, body }) => {
      reply.writeHead(status, Object.fromEntries(headers)).flushHeaders();
      // a client may end a stream that has no end
      if (body === null) reply.end();
      else await pipeline(Readable.fromWeb(body), reply).catch(() => undefined);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    queriesOf: (path) =>
      asked
        .map(({ url }) => new URL(url, 'http://127.0.0.1'))
        .filter(({ pathname }) => pathname === path)
        .map(({ searchParams }) => Object.fromEntries(searchParams)),
  };
}

/** An error answer of the API. */
export function problem(given: Partial<Problem> & Pick<Problem, 'status'>): Response {
  const body = {
    type: 'urn:marquee:problem:test',
    title: 'Test',
    code: 'test',
    detail: 'No.',
    requestId: '0199aaaa-0000-7000-8000-000000000000',
    ...given,
  } satisfies Problem;
  return Response.json(body, {
    status: given.status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

/** A stream of server-sent events that is written in these chunks, and then ends. */
export function eventStream(...chunks: (string | Uint8Array<ArrayBuffer>)[]): Response {
  return new Response(ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk))), {
    headers: { 'content-type': 'text/event-stream' },
  });
}
