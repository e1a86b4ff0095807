import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Problem } from '@marquee/contract';
import { onTestFinished } from 'vitest';

export { RUN, STEP } from '@marquee/contract/testing';

/** A request that the test API received. */
interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** JSON with status 200, or a function that makes a response for each request. */
type Answer = object | ((request: ReceivedRequest) => Response | Promise<Response>);

/** Answers by path, for GET, or by method and path: `POST /updatedata`. */
export type AnswersByPath = Readonly<Record<string, Answer>>;

/** A server with the answers of a test. Other requests get a problem document with status 404. */
export interface TestApi {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** The queries of the requests for a path, in their order. */
  queriesOf(path: string): Record<string, string>[];
}

/** Serves answers on a free port of 127.0.0.1 until the test has ended. */
export async function serveTestApi(answers: AnswersByPath): Promise<TestApi> {
  const requests: ReceivedRequest[] = [];
  const answer = async (incoming: IncomingMessage): Promise<Response> => {
    const { method = 'GET', url = '/', headers } = incoming;
    const request = { method, url, headers, body: await text(incoming) };
    requests.push(request);
    const [path = ''] = url.split('?');
    const given = answers[method === 'GET' ? path : `${method} ${path}`];
    if (typeof given === 'function')
      return (given as (request: ReceivedRequest) => Promise<Response>)(request);
    return given === undefined ? problem({ status: 404, code: 'not-found' }) : Response.json(given);
  };
  const server = createServer((request, reply) => {
    void answer(request).then(async ({ status, headers, body }) => {
      reply.writeHead(status, Object.fromEntries(headers)).flushHeaders();
      // the client may end a stream that has no end
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
    requests,
    queriesOf: (path) =>
      requests
        .map(({ url }) => new URL(url, 'http://127.0.0.1'))
        .filter(({ pathname }) => pathname === path)
        .map(({ searchParams }) => Object.fromEntries(searchParams)),
  };
}

/** A problem document of the API. */
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

/** A run as a server-sent event. */
export function runEvent(run: object): string {
  return `event: run\nid: 1\ndata: ${JSON.stringify(run)}\n\n`;
}

/** A stream of server-sent events that is written in these chunks, and then ends. */
export function eventStream(...chunks: (string | Uint8Array<ArrayBuffer>)[]): Response {
  return new Response(ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk))), {
    headers: { 'content-type': 'text/event-stream' },
  });
}
