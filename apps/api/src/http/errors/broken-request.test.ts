import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLog } from '@marquee/process';
import { expect, it } from 'vitest';
import { answerBrokenRequest } from './broken-request.ts';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** What a client reads that sends garbage after a request, as soon as the server has taken that. */
async function sendGarbageAfterRequest(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.on('clientError', answerBrokenRequest(createLog('test', 'silent')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const received = text(socket);
  server.once('request', () => setImmediate(() => socket.write('garbage\r\n\r\n')));
  socket.write(GET);
  try {
    return await received;
  } finally {
    server.close();
  }
}

// Node keeps the response of a socket in `socket._httpMessage`, which no documentation mentions: a
// version that renames it fails here
it('does not write an error into a response that has begun: the connection is cut', async () => {
  const received = await sendGarbageAfterRequest((_, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('the first part of the body');
  });
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
  expect(received.endsWith('the first part of the body')).toBe(true);
});

it('answers with an error where no response has begun, and closes the connection', async () => {
  const received = await sendGarbageAfterRequest(() => undefined);
  expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/u);
  expect(received).toContain('"code":"broken-request"');
});

it('answers with an error after a response that has ended', async () => {
  const received = await sendGarbageAfterRequest((_, response) => response.end('whole'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*wholeHTTP\/1\.1 400 Bad Request\r\n/u);
});

it.each([
  ['of a client that never closes its side', createServer(), 'garbage\r\n\r\n'],
  ['whose handshake takes too long', createTlsServer({ handshakeTimeout: 20 }), '\u0016'],
])('keeps no connection %s', async (_, server, sent) => {
  server.on('clientError', answerBrokenRequest(createLog('test', 'silent')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined).resume();
  const [accepted] = (await once(server, 'connection')) as [Socket];
  socket.write(sent);
  await once(accepted, 'close');
  socket.destroy();
  server.close();
});
