import { withLogFields } from '@marquee/process';
import type { FastifyInstance } from 'fastify';

/**
 * Puts the id of a request on every log line that is written for it, and on the jobs that it adds.
 * Call it before all other hooks are added.
 */
export function addRequestContext(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ id }, _, done) => withLogFields({ request: id }, done));
  // the body has been read in the context of its connection
  fastify.addHook('preValidation', ({ id }, _, done) => withLogFields({ request: id }, done));
}
