import { cors } from '@connectrpc/connect';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { accessPolicyOf, policyOfConfig, PUBLIC } from '../auth/access-policy.ts';

/** What pages of other websites may send and read. */
export const CORS = {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: [
    ...['Authorization', 'X-API-Key', 'If-None-Match'],
    // of the Model Context Protocol
    ...['MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name'],
    ...cors.allowedHeaders,
  ],
  exposedHeaders: [
    ...[
      'ETag',
      'Marquee-Data-From',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
    ],
    ...cors.exposedHeaders,
  ],
  maxAge: 3600,
};

const FOR_ALL = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': CORS.exposedHeaders.join(', '),
};

const PREFLIGHT = {
  ...FOR_ALL,
  'Access-Control-Allow-Methods': CORS.methods.join(', '),
  'Access-Control-Allow-Headers': CORS.allowedHeaders.join(', '),
  'Access-Control-Max-Age': String(CORS.maxAge),
};

/**
 * Lets pages of any website use the routes whose policy says so, and answers their preflight
 * requests. `*` keeps cookies away: such a page never reads as the visitor who is signed in. Comes
 * before the CORS of configured origins, which would refuse those preflight requests.
 */
export function allowAnyOrigin(fastify: FastifyInstance): void {
  const urls = new Set<string>();
  fastify.addHook('onRoute', ({ url, config }: RouteOptions) => {
    if (policyOfConfig(config).anyOrigin !== true || urls.has(url)) return;
    urls.add(url);
    fastify.options(url, { config: { access: { ...PUBLIC, anyOrigin: true } } }, () => undefined);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const isForAll = accessPolicyOf(request).anyOrigin === true;
    if (isForAll && request.method === 'OPTIONS') void reply.headers(PREFLIGHT).status(204).send();
    else {
      if (isForAll) void reply.headers(FOR_ALL);
      done();
    }
  });
}
