import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientBase, Pool } from 'pg';

/**
 * Spans of requests and of what they ask the database, sent to where `OTEL_EXPORTER_OTLP_ENDPOINT`
 * says. Made only where that is set: else nothing of it runs.
 */
export class Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #current = new AsyncLocalStorage<Context>();

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
  }

  /**
   * A span for each request, under the caller's own where it has one. To be called before all other
   * hooks.
   */
  traceRequests(fastify: FastifyInstance): void {
    const spans = new WeakMap<FastifyRequest, Span>();
    fastify.addHook('onRequest', (request, _, done) => {
      const route = request.routeOptions.url;
      const parent = parentOf(request.headers['traceparent']);
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
      this.#current.run(trace.setSpan(parent, span), done);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      const span = spans.get(request);
      span?.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
      done();
    });
  }

  /**
   * A span for each statement on a pool's connections. It holds the statement's text, never its
   * values.
   */
  traceDatabase(pool: Pool): void {
    pool.on('connect', (client) => this.#traceClient(client));
    // who has waited for a connection goes on when another lets go of it, and would be taken for
    // that one
    const connect = pool.connect.bind(pool) as (then?: (...given: unknown[]) => void) => unknown;
    pool.connect = ((then?: (...given: unknown[]) => void) =>
      connect(then === undefined ? then : AsyncResource.bind(then))) as typeof pool.connect;
  }

  /** Sends what is left. */
  async close(): Promise<void> {
    await this.#provider.shutdown();
  }

  #traceClient(client: ClientBase): void {
    // pg has a form of it for each taste; all of them go through, and the last argument tells which
    // it is
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const traced = (...given: unknown[]): unknown => {
      const context = this.#current.getStore();
      if (context === undefined) return query(...given);
      const span = this.#tracer.startSpan(
        'database',
        {
          kind: SpanKind.CLIENT,
          attributes: { 'db.system.name': 'postgresql', ...describeStatement(given[0]) },
        },
        context,
      );
      const end = (error: unknown) => {
        if (error instanceof Error)
          span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
        span.end();
      };
      const callback = given.at(-1);
      if (typeof callback === 'function')
        return query(
          ...given.slice(0, -1),
          (error: unknown, result: unknown): unknown => (
            end(error),
            (callback as (...answer: unknown[]) => unknown)(error, result)
          ),
        );
      const answer = query(...given);
      if (answer instanceof Promise) answer.then(() => end(null), end);
      else end(null);
      return answer;
    };
    client.query = traced as typeof client.query;
  }
}

function describeStatement(statement: unknown): Record<string, string> {
  if (typeof statement === 'string') return { 'db.query.text': statement };
  const { text, name } = (typeof statement === 'object' && statement !== null ? statement : {}) as {
    text?: unknown;
    name?: unknown;
  };
  return {
    ...(typeof text === 'string' ? { 'db.query.text': text } : {}),
    ...(typeof name === 'string' ? { 'db.operation.name': name } : {}),
  };
}

/** The caller's span, from its header as W3C Trace Context has it. */
function parentOf(header: string | string[] | undefined): Context {
  const [, traceId, spanId, flags] =
    /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/u.exec(
      typeof header === 'string' ? header : '',
    ) ?? [];
  if (
    traceId === undefined ||
    spanId === undefined ||
    /^0+$/u.test(traceId) ||
    /^0+$/u.test(spanId)
  )
    return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    isRemote: true,
    traceFlags: Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED,
  });
}
