import type { Logger } from '@marquee/process';
import type { FastifyInstance } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import type { Metrics } from './metrics.ts';

/**
 * A line in the log and a measurement for each request that has been answered. Routes stand there
 * as they were declared: a URL may hold a key. What a request has started, as a run, stands there
 * by its id, by which the workers' logs go on.
 */
export function watchRequests(fastify: FastifyInstance, log: Logger, metrics: Metrics): void {
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
