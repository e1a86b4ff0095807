import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessPolicyOf, policyOfConfig } from '../auth/access-policy.ts';
import {
  encodedBody,
  simpleType,
  unexpectedFile,
  unexpectedForm,
  unexpectedLines,
} from '../guard/request-errors.ts';

/** The type that streamed bodies are parsed as, whatever they are: JSON would be read as a whole. */
const STREAM = 'application/octet-stream';

/**
 * Types that a page of any website can send without a preflight request; it can also send a body
 * without a type.
 */
const SIMPLE_TYPES = new Set([
  '',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
]);

/**
 * Accepts JSON bodies, and NDJSON, streams or forms where a route's policy says so (CSRF): a page of
 * any website can send text or a form to a local server without a preflight request, but none of the
 * others. An empty body counts as none.
 */
export function acceptBodies(fastify: FastifyInstance): void {
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
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body, done) => {
      expectUnencoded(request);
      if (accessPolicyOf(request).formMaxBytes === undefined) throw unexpectedForm();
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    },
  );
  fastify.addHook('onRoute', (route) => {
    const { ndjson, formMaxBytes } = policyOfConfig(route.config);
    const maxBytes = ndjson?.maxBytes ?? formMaxBytes;
    if (maxBytes !== undefined) route.bodyLimit = maxBytes;
  });
  fastify.addHook('onRequest', (request, _, done) => {
    const { 'content-type': given } = request.headers;
    const isTyped = given !== undefined || hasBody(request);
    if (accessPolicyOf(request).streamedBody === true && isTyped) {
      const type = (given ?? '').replace(/;.*$/su, '').trim().toLowerCase();
      if (SIMPLE_TYPES.has(type)) throw simpleType(type);
      request.headers = { ...request.headers, 'content-type': STREAM };
    }
    done();
  });
  fastify.addContentTypeParser(STREAM, (request, payload, done) => {
    if (accessPolicyOf(request).streamedBody !== true) throw unexpectedFile();
    done(null, payload);
  });
}

/** A streamed body; empty when the request has none. */
export function bodyOf({ body }: Pick<FastifyRequest, 'body'>): Readable {
  return body instanceof Readable ? body : Readable.from([]);
}

/** Whether a request announces a body. */
export function hasBody({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Compressed bodies are rejected: a small one could unpack to any size. */
function expectUnencoded({ headers }: FastifyRequest): void {
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (encoding !== 'identity') throw encodedBody(encoding);
}
