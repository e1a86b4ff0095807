import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * What a shutdown means for connections.
 *
 * While the server drains, each answer closes its connection: its client opens the next one where
 * others send it. Else a request would be lost that is on its way on a connection when this ends.
 *
 * Streams of events end only when the server stops listening, as an EventSource connects again at
 * once. So connections without a request end too, such as browsers open in advance: Node counts them
 * as busy, and would take a request on them.
 *
 * @param endStreams called when the server stops listening
 */
export function addShutdownHooks(
  fastify: FastifyInstance,
  shutdown: { readonly isDraining: boolean },
  endStreams: () => void,
): void {
  const sockets = new Set<Socket>();
  // over TLS, `connection` gives the socket below
  const event = 'setSecureContext' in fastify.server ? 'secureConnection' : 'connection';
  fastify.server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  fastify.addHook('onRequest', ({ raw }, reply, done) => {
    // on the raw answer, as answers that are written there have it too; HTTP/2 has no such header
    if (shutdown.isDraining && raw.httpVersionMajor === 1)
      reply.raw.setHeader('Connection', 'close');
    done();
  });
  fastify.addHook('preClose', (done) => {
    endStreams();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}
