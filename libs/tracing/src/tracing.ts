import { createRequire } from 'node:module';
import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import { StatementLimit } from './statement-limit.ts';

/** The name of the span of a statement. */
export const STATEMENT = 'database';

/**
 * Makes a span for each statement of a request or job and for each wait for a connection. Spans hold
 * the text of statements, never their values. There is one of it in a process, as it patches pg.
 */
const PG = new PgInstrumentation({
  enabled: false,
  // what belongs to no request makes no spans: polls, webhooks
  requireParentSpan: true,
  requestHook(span, { query: { name } }) {
    span.updateName(STATEMENT);
    if (name !== undefined && name !== '') span.setAttribute('db.operation.name', name);
  },
});

interface TracingOptions {
  /** Such as `marquee-api`. */
  readonly service: string;
  /** Of a collector, such as `http://127.0.0.1:4318`; traces go to `/v1/traces` there. */
  readonly endpoint: string;
  readonly proxies: Proxies;
  /** Whether the spans are of jobs, which may have any number of statements. */
  readonly ofJobs: boolean;
}

/**
 * Sends spans of this process, and of their statements, to `OTEL_EXPORTER_OTLP_ENDPOINT`. Import it
 * only where that is set: it patches pg for the whole process. What makes spans uses OpenTelemetry's
 * API, which does nothing without this.
 */
export class Tracing {
  readonly tracer: Tracer;
  readonly #provider: TracerProvider;

  constructor({ service, endpoint, proxies, ofJobs }: TracingOptions) {
    const url = `${endpoint.replace(/\/$/u, '')}/v1/traces`;
    const agent = proxyAgentFor(new URL(url), proxies);
    const exporter = new OTLPTraceExporter({
      url,
      ...(agent && { httpAgentOptions: () => agent }),
    });
    const sending = new BatchSpanProcessor({ exporter });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      spanProcessors: [ofJobs ? new StatementLimit(sending) : sending],
    });
    this.tracer = this.#provider.getTracer(service);
    trace.setGlobalTracerProvider(this.#provider);
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    // jobs take a connection for each transaction
    PG.setConfig({ ...PG.getConfig(), ignoreConnectSpans: ofJobs });
    this.#traceDatabase();
  }

  /** Sends the spans that are left, and makes no more. */
  async close(): Promise<void> {
    PG.disable();
    context.disable();
    propagation.disable();
    trace.disable();
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
