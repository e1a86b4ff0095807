import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLog } from '@marquee/process';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import type { AccessPolicy } from '../auth/access-policy.ts';
import { answerBrokenRequest } from '../errors/broken-request.ts';
import { acceptBodies } from './request-bodies.ts';
import { endSlowBodies } from './slow-bodies.ts';

const LIMIT_MS = 150;

/** A server with a route for JSON and one for streams; the latter reads when it is told to. */
async function serve(mayRead: Promise<void>): Promise<number> {
  const server = fastify({ clientErrorHandler: answerBrokenRequest(createLog('test', 'silent')) });
  acceptBodies(server);
  endSlowBodies(server, LIMIT_MS);
  server.post('/json', () => 'done');
  const access = { streamedBody: true } as AccessPolicy;
  server.post('/stream', { config: { access } }, async ({ body }) => {
    await mayRead;
    return text(body as NodeJS.ReadableStream);
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => server.close());
  return (server.server.address() as AddressInfo).port;
}

/** Sends parts of a request, one each time that the limit is half over. @returns the answer */
async function send(port: number, path: string, ...parts: readonly string[]): Promise<string> {
  const length = path === '/json' ? 20 : parts.join('').length;
  const type = path === '/json' ? 'application/json' : 'text/csv';
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  const answer = text(socket);
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, LIMIT_MS / 2));
  }
  return answer;
}

it('answers 408 for a body of JSON that is not complete in time', async () => {
  const answer = await send(await serve(Promise.resolve()), '/json', '{', '"', 'a', '"', ':');
  expect(answer).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/su);
});

it('answers 408 for a streamed body that stops', async () => {
  const port = await serve(Promise.resolve());
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'POST /stream HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\nid,t',
  );
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/su);
});

it('waits for a streamed body that goes on, and for the handler that reads it', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const port = await serve(promise);
  const answer = send(port, '/stream', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  setTimeout(resolve, 6 * LIMIT_MS, undefined);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 .*abcdefgh$/su);
});
