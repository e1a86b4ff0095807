import { withLogFields } from '@marquee/process';
import {
  context,
  defaultTextMapGetter,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { outcomeOf } from './access-log.ts';

/**
 * Makes a span for each request, from its head to the end of its answer, under the caller's own span
 * if `traceparent` names one. Call it before all other hooks are added.
 */
export function traceRequests(fastify: FastifyInstance, tracer: Tracer): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  const enter = (request: FastifyRequest, done: () => void) => {
    const within = contexts.get(request) ?? ROOT_CONTEXT;
    const { traceId = '' } = trace.getSpanContext(within) ?? {};
    context.with(within, () => withLogFields({ trace: traceId }, done));
  };
  fastify.addHook('onRequest', (request, _, done) => {
    const route = request.routeOptions.url;
    const parent = propagation.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const attributes = {
      'http.request.method': request.method,
      'http.route': route ?? '',
      'marquee.request_id': request.id,
    };
    const span = tracer.startSpan(
      `${request.method} ${route ?? 'nowhere'}`,
      { kind: SpanKind.SERVER, attributes },
      parent,
    );
    contexts.set(request, trace.setSpan(parent, span));
    enter(request, done);
  });
  // the body has been read in the context of its connection
  fastify.addHook('preValidation', (request, _, done) => enter(request, done));
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = trace.getSpan(contexts.get(request) ?? ROOT_CONTEXT);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (outcomeOf(request, reply) >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
