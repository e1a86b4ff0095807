import { withLogFields, type LogFields } from '@marquee/process';
import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { JobOrigin } from './job-origin.ts';

/** Of the process: it may have been set after this module was imported. */
function tracer(): Tracer {
  return trace.getTracer('marquee-runs');
}

/**
 * Does a job for its origin: its log lines have these fields and the request that started it, and its
 * span is part of that request's trace.
 *
 * @param work gets what makes spans of its phases
 */
export async function inJob<T>(
  fields: LogFields & { readonly job: string },
  { request, traceparent }: JobOrigin,
  work: (phases: JobPhases) => Promise<T>,
): Promise<T> {
  const parent = propagation.extract(ROOT_CONTEXT, traceparent === null ? {} : { traceparent });
  const attributes = Object.fromEntries(
    Object.entries({ ...fields, request: request ?? undefined }).map(([name, value]) => [
      `marquee.${name}`,
      value,
    ]),
  );
  const { job, dataset = null, source = dataset } = fields;
  const span = tracer().startSpan(
    [job, source].filter((part) => part !== null).join(' '),
    { kind: SpanKind.CONSUMER, attributes },
    parent,
  );
  const within = trace.setSpan(parent, span);
  const { traceId } = span.spanContext();
  const about = {
    ...fields,
    ...(request !== null && { request }),
    ...(isSpanContextValid(span.spanContext()) && { trace: traceId }),
  };
  const phases = new JobPhases(job, within);
  try {
    return await context.with(within, async () => withLogFields(about, async () => work(phases)));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    phases.end();
    span.end();
  }
}

/** Makes a span of each phase of a job, from one report to the next. */
export class JobPhases {
  readonly #job: string;
  readonly #parent: Context;
  #phase: string | null = null;
  #span: Span | null = null;

  constructor(job: string, parent: Context) {
    this.#job = job;
    this.#parent = parent;
  }

  /** @param phase null for none */
  enter(phase: string | null): void {
    if (phase === this.#phase) return;
    this.end();
    this.#phase = phase;
    if (phase !== null) this.#span = tracer().startSpan(`${this.#job}: ${phase}`, {}, this.#parent);
  }

  end(): void {
    this.#span?.end();
    this.#span = null;
    this.#phase = null;
  }
}
