import type { Logger } from '@marquee/process';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { addressOf } from '../auth/caller.ts';
import type { Metrics } from './metrics.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** How a call of gRPC has failed: its response has the status 200 all the same. */
    callFailure: { readonly status: number; readonly code: string } | null;
  }
}

/** The status of a response; of a call that has failed, the one that HTTP would have. */
export function outcomeOf(
  { callFailure }: FastifyRequest,
  { statusCode }: Pick<FastifyReply, 'statusCode'>,
): number {
  return callFailure?.status ?? statusCode;
}

/**
 * Writes a log line and a metric for each request. They name the route, not the URL, which may hold
 * a key. `made` is the id of what a request created, such as a run: the workers log it too.
 */
export function logRequests(fastify: FastifyInstance, log: Logger, metrics: Metrics): void {
  fastify.decorateRequest('callFailure', null);
  fastify.addHook('onResponse', (request, reply, done) => {
    const { id, method, caller, madeId, callFailure, routeOptions } = request;
    const { elapsedTime: ms } = reply;
    const status = outcomeOf(request, reply);
    const route = routeOptions.url ?? null;
    metrics.observeRequest(method, route ?? 'nowhere', status, ms / 1000);
    const line = {
      request: id,
      method,
      route,
      status,
      ms: Math.round(ms * 100) / 100,
      address: caller?.address ?? addressOf(request),
      key: caller?.key?.id ?? caller?.key?.person?.subject ?? caller?.key?.name ?? null,
      ...(madeId === null ? {} : { made: madeId }),
      ...(callFailure === null ? {} : { code: callFailure.code }),
    };
    log[accessPolicyOf(request).monitoring === true ? 'debug' : 'info'](line, 'request');
    done();
  });
}
