import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessPolicyOf, policyOfConfig } from '../auth/access-policy.ts';
import { encodedBody, unexpectedLines } from '../guard/request-errors.ts';

/**
 * Accepts JSON bodies only, and NDJSON where a route's policy says so (CSRF): a page of any website
 * can send text or a form to a local server without a preflight request, but neither of these. An
 * empty body counts as none.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    expectUnencoded(request);
    if (body === '') done(null, undefined);
    else void parse(request, body.toString(), done);
  });
  fastify.addContentTypeParser(
    ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    { parseAs: 'string' },
    (request, body, done) => {
      expectUnencoded(request);
      const { ndjson } = accessPolicyOf(request);
      if (ndjson === undefined) throw unexpectedLines();
      done(null, ndjson.read(body.toString()));
    },
  );
  fastify.addHook('onRoute', (route) => {
    const { ndjson } = policyOfConfig(route.config);
    if (ndjson !== undefined) route.bodyLimit = ndjson.maxBytes;
  });
}

/** Compressed bodies are rejected: a small one could unpack to any size. */
function expectUnencoded({ headers }: FastifyRequest): void {
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (encoding !== 'identity') throw encodedBody(encoding);
}
