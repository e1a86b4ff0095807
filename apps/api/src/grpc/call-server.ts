import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { ServerCertificate } from '../http/tls/server-certificate.ts';
import type { FastifyInstance } from 'fastify';

/** How long calls may go on after the server has been told to stop. */
const STOP_MS = 10_000;

/** A connection without calls or pings for as long is told to go, and ends after its last call. */
const IDLE_MS = 30 * 60_000;

/** As browsers and proxies have it. More calls of a client wait for their turn. */
const MAX_CALLS_OF_CONNECTION = 100;

interface CallServerOptions {
  readonly port: number;
  readonly host: string;
  /** How long a connection may take until it speaks HTTP/2. */
  readonly headMs: number;
  /** Whether a path is one of a service: others are not found. */
  readonly isCall: (path: string) => boolean;
  /** Null to speak without TLS. */
  readonly certificate: ServerCertificate | null;
  /** Called with the server before it listens. */
  readonly prepare: (server: Server) => void;
}

/**
 * Serves the calls of gRPC by HTTP/2: over TLS, where the client chooses it by ALPN, or without, which
 * clients have to know beforehand. Requests pass the same hooks as those of the HTTP server, as Fastify's router takes either.
 *
 * @returns the port, and what stops the server after its last call
 * @throws the system's error if it cannot listen
 */
export async function listenForCalls(
  fastify: FastifyInstance,
  { port, host, headMs, isCall, certificate, prepare }: CallServerOptions,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const sessions = new Set<ServerHttp2Session>();
  const settings = { maxConcurrentStreams: MAX_CALLS_OF_CONNECTION };
  const answer = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    if (!isCall(request.url)) response.writeHead(404).end();
    // the compatibility API of HTTP/2 has what Fastify uses of HTTP/1
    else
      fastify.routing(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
  const server =
    certificate === null
      ? createServer({ settings }, answer)
      : createSecureServer({ settings, ...certificate.options, handshakeTimeout: headMs }, answer);
  certificate?.serve(server);
  prepare(server);
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(IDLE_MS, () => session.close());
    // a client of HTTP/2 begins with its settings
    const late = setTimeout(() => session.destroy(), headMs);
    session.once('remoteSettings', () => clearTimeout(late));
    session.once('close', () => clearTimeout(late));
    // a client that breaks the protocol has its connection closed
    session.on('error', () => undefined);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.close();
      const late = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, STOP_MS);
      await closed;
      clearTimeout(late);
    },
  };
}
