import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyInstance } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { REQUEST_TIMEOUT } from '../errors/broken-request.ts';
import { hasBody } from './request-bodies.ts';

/**
 * Ends requests whose body comes too slowly. A body has to be complete within the limit; of a
 * streamed one, bytes have to arrive within it. Node's own `requestTimeout` has one limit for all
 * requests, and would end every large upload.
 *
 * @param limitMs in milliseconds
 */
export function endSlowBodies(fastify: FastifyInstance, limitMs: number): void {
  fastify.addHook('onRequest', (request, _, done) => {
    done();
    const { raw } = request;
    // HTTP/2 announces no body: a stream that is open may bring one
    if (raw.complete || !(hasBody(request) || raw.httpVersionMajor === 2)) return;
    // the body of an injected request is whole, and comes over no socket
    if (!(raw.socket instanceof Socket)) return;
    const { streamedBody, call } = accessPolicyOf(request);
    const isStreamed = streamedBody === true || call === 'stream';
    let received = raw.socket.bytesRead;
    const timer = setInterval(() => {
      if (raw.complete || raw.destroyed) clearInterval(timer);
      else if (isStreamed && (raw.socket.bytesRead > received || waitsForHandler(raw)))
        received = raw.socket.bytesRead;
      else if (call === undefined) fastify.server.emit('clientError', timeout(), raw.socket);
      else {
        // the handler of a call answers it in the protocol of the call
        request.callFailure = REQUEST_TIMEOUT;
        raw.destroy(new ConnectError(REQUEST_TIMEOUT.detail, Code.DeadlineExceeded));
      }
    }, limitMs).unref();
    raw.once('close', () => clearInterval(timer));
  });
}

/** Whether bytes of a body wait for the handler, not for the client. */
function waitsForHandler(raw: IncomingMessage): boolean {
  return raw.readableLength > 0;
}

/** The error that Node gives a request which is too slow. */
function timeout(): Error {
  return Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}
