import type { FastifyInstance } from 'fastify';
import type { PublishedWatch } from '../../database/published-watch.ts';
import type { ReadServers } from '../../database/read-servers.ts';
import { accessPolicyOf, isReading } from '../auth/access-policy.ts';

/**
 * Lets replicas answer the routes that read the catalogue alone, which is what their access policy
 * declares. Everything else reads on the primary: keys, runs, sources, what people have decided.
 *
 * What this process has changed is noted before it says so: replicas answer again when they have
 * replayed it.
 */
export function addReplicaReads(
  fastify: FastifyInstance,
  servers: ReadServers,
  watch: PublishedWatch,
): void {
  if (servers.replicas.length === 0) return;
  fastify.addHook('preHandler', (request, _, done) => {
    const { published, movies } = accessPolicyOf(request);
    if (published !== true) done();
    else servers.during(movies === true ? 'movies' : 'published', done);
  });
  fastify.addHook('onSend', (request, _, payload, done) => {
    if (!isReading(request.method) && accessPolicyOf(request).published !== true) watch.noteWrite();
    done(null, payload);
  });
}
