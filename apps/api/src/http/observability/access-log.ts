import type { Logger } from '@marquee/process';
import type { FastifyInstance } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import type { Metrics } from './metrics.ts';

/**
 * Writes a log line and a metric for each request. They name the route, not the URL, which may hold
 * a key. `made` is the id of what a request created, such as a run: the workers log it too.
 */
export function logRequests(fastify: FastifyInstance, log: Logger, metrics: Metrics): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { id, method, caller, madeId, routeOptions } = request;
    const { elapsedTime: ms, statusCode: status } = reply;
    const route = routeOptions.url ?? null;
    metrics.observeRequest(method, route ?? 'nowhere', status, ms / 1000);
    const line = {
      request: id,
      method,
      route,
      status,
      ms: Math.round(ms * 100) / 100,
      address: caller?.address ?? request.ip,
      key: caller?.key?.id ?? caller?.key?.name ?? null,
      ...(madeId === null ? {} : { made: madeId }),
    };
    log[accessPolicyOf(request).monitoring === true ? 'debug' : 'info'](line, 'request');
    done();
  });
}
