import { randomUUID } from 'node:crypto';
import type { Logger } from '@marquee/process';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiConfig } from './config.ts';
import { answerBrokenRequest, endWithProblem } from './http/errors/broken-request.ts';
import { sendProblem } from './http/errors/problem.filter.ts';
import { answerPlainRequests, TLS_REQUIRED } from './http/tls/plain-requests.ts';
import type { ServerCertificate } from './http/tls/server-certificate.ts';
import type { ApiTimings } from './timings.ts';

/** Requests contain a few names and numbers. */
const MAX_BODY_BYTES = 64 * 1024;

/** How often Node looks for connections whose head is late: a half minute by default. */
const HEAD_CHECK_MS = 1000;

/** The server below Nest: over TLS if there is a certificate. */
export function createAdapter(
  { TRUSTED_PROXIES: trustProxy }: ApiConfig,
  log: Logger,
  { headMs }: ApiTimings,
  certificate: ServerCertificate | null,
): FastifyAdapter {
  // against clients that send headers byte by byte; endSlowBodies has the limit of bodies
  const http = {
    requireHostHeader: false,
    headersTimeout: headMs,
    connectionsCheckingInterval: Math.min(HEAD_CHECK_MS, headMs),
  };
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    // against clients that pipeline any number of requests
    maxRequestsPerSocket: 1000,
    // unique across restarts, and impossible to guess
    genReqId: () => randomUUID(),
    // OMDb's clients request /omdb/?i=…
    routerOptions: { ignoreTrailingSlash: true },
    trustProxy: trustProxy ?? false,
    // the request guard answers these cases, with problem+json
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest(log),
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(
        reply,
        {
          status: error.statusCode ?? 400,
          code: 'bad-request',
          detail: error.message,
          hint: 'GET /docs lists the operations.',
        },
        request.id,
      ),
  };
  return certificate === null
    ? new FastifyAdapter({ ...options, http })
    : new FastifyAdapter({
        ...options,
        https: { ...http, ...certificate.options, handshakeTimeout: headMs },
      });
}

/** Serves new certificates as they come, and answers what speaks no TLS. @returns stops it */
export function followCertificate(
  certificate: ServerCertificate,
  fastify: FastifyInstance,
  log: Logger,
  { certificateMs, headMs }: ApiTimings,
): () => Promise<void> {
  certificate.serve(fastify.server);
  answerPlainRequests(fastify.server, headMs, (socket) => endWithProblem(socket, TLS_REQUIRED));
  return certificate.follow(certificateMs, log);
}
