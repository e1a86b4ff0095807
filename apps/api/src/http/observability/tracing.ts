import { createRequire } from 'node:module';
import {
  context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { outcomeOf } from './access-log.ts';

/**
 * Makes a span for each statement of a request and for each wait for a connection. Spans hold the
 * text of statements, never their values. There is one of it in a process, as it patches pg.
 */
const PG = new PgInstrumentation({
  enabled: false,
  // what belongs to no request makes no spans: polls, webhooks
  requireParentSpan: true,
  requestHook(span, { query: { name } }) {
    span.updateName('database');
    if (name !== undefined) span.setAttribute('db.operation.name', name);
  },
});

const CALLER = new W3CTraceContextPropagator();

/**
 * Sends spans of requests, and of their statements, to `OTEL_EXPORTER_OTLP_ENDPOINT`. Import it only
 * where that is set: it patches pg for the whole process.
 */
export class Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;

  /**
   * @param endpoint of a collector, such as `http://127.0.0.1:4318`; traces go to `/v1/traces`
   *   there
   */
  constructor(endpoint: string, proxies: Proxies) {
    const url = `${endpoint.replace(/\/$/u, '')}/v1/traces`;
    const agent = proxyAgentFor(new URL(url), proxies);
    const exporter = new OTLPTraceExporter({
      url,
      ...(agent && { httpAgentOptions: () => agent }),
    });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'marquee-api' }),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    this.#tracer = this.#provider.getTracer('marquee-api');
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    this.#traceDatabase();
  }

  /**
   * Makes a span for each request, from its head to the end of its answer, under the caller's own
   * span if `traceparent` names one. Call it before all other hooks are added.
   */
  traceRequests(fastify: FastifyInstance): void {
    const spans = new WeakMap<FastifyRequest, Span>();
    fastify.addHook('onRequest', (request, _, done) => {
      const route = request.routeOptions.url;
      const parent = CALLER.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
      const attributes = {
        'http.request.method': request.method,
        'http.route': route ?? '',
        'marquee.request_id': request.id,
      };
      const span = this.#tracer.startSpan(
        `${request.method} ${route ?? 'nowhere'}`,
        { kind: SpanKind.SERVER, attributes },
        parent,
      );
      spans.set(request, span);
      context.with(trace.setSpan(parent, span), done);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      const span = spans.get(request);
      span?.setAttribute('http.response.status_code', reply.statusCode);
      if (outcomeOf(request, reply) >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
      done();
    });
  }

  /** Sends the spans that are left, and makes no more. */
  async close(): Promise<void> {
    PG.disable();
    context.disable();
    await this.#provider.shutdown();
  }

  /**
   * The instrumentation patches a module when it is required. Our code imports pg, which needs no
   * loader hook: pg's exports for `import` and `require` are the same classes.
   */
  #traceDatabase(): void {
    PG.setTracerProvider(this.#provider);
    PG.enable();
    const require = createRequire(import.meta.url);
    require('pg');
    createRequire(require.resolve('pg'))('pg-pool');
  }
}
