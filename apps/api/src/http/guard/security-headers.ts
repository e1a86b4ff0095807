import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** Allows what the site and /docs need: charts and Swagger UI use inline styles. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

const ONE_YEAR_SECONDS = 31_536_000;

/**
 * Adds helmet's security headers to every response. They are constant: helmet would compute them
 * again for each response.
 *
 * @param strictNames names of the server that browsers shall ask for by https alone from now on. Others
 *   are not told, as the rule holds for all ports of a name, such as localhost. Where a proxy ends
 *   TLS, the proxy can tell.
 */
export function addSecurityHeaders(
  fastify: FastifyInstance,
  strictNames: ReadonlySet<string> = new Set(),
): void {
  const headers = securityHeaders();
  fastify.addHook('onRequest', ({ hostname }, reply, done) => {
    void reply.headers(headers);
    if (strictNames.has(hostname.toLowerCase()))
      void reply.header('strict-transport-security', `max-age=${ONE_YEAR_SECONDS}`);
    done();
  });
}

/** The headers that helmet sets on a response. */
function securityHeaders(): Record<string, string> {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: false,
  })(answer.req, answer, () => undefined);
  return Object.fromEntries(
    Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
