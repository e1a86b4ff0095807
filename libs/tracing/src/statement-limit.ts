import type { Context } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { LRUCache } from 'lru-cache';

/** A statement that takes as long is always sent. */
const SLOW_MS = 100;

/** How many quick statements of each job are sent. */
const MOST_QUICK = 100;

/** How many jobs are remembered; some run at once. */
const JOBS = 1000;

/**
 * Lets through the spans of a job but for its quick statements beyond the first hundred: a merge of
 * movies has a statement for each thousand of them, and a trace should show what took long.
 */
export class StatementLimit implements SpanProcessor {
  readonly #next: SpanProcessor;
  /** Quick statements that were sent, by the id of their parent. */
  readonly #sent = new LRUCache<string, number>({ max: JOBS });

  /** @param next sends the spans */
  constructor(next: SpanProcessor) {
    this.#next = next;
  }

  onStart(span: Span, parent: Context): void {
    this.#next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    const isStatement = span.instrumentationScope.name.endsWith('instrumentation-pg');
    if (isStatement && hrTimeToMilliseconds(span.duration) < SLOW_MS) {
      const parent = span.parentSpanContext?.spanId ?? '';
      const sent = this.#sent.get(parent) ?? 0;
      if (sent >= MOST_QUICK) return;
      this.#sent.set(parent, sent + 1);
    }
    this.#next.onEnd(span);
  }

  async forceFlush(): Promise<void> {
    await this.#next.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.#next.shutdown();
  }
}
