import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
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
    if (raw.complete || !hasBody(request)) return;
    const isStreamed = accessPolicyOf(request).streamedBody === true;
    let received = raw.socket.bytesRead;
    const timer = setInterval(() => {
      if (raw.complete || raw.destroyed) clearInterval(timer);
      else if (isStreamed && (raw.socket.bytesRead > received || waitsForHandler(raw)))
        received = raw.socket.bytesRead;
      else fastify.server.emit('clientError', timeout(), raw.socket);
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
