import { trace, ROOT_CONTEXT } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { StatementLimit } from './statement-limit.ts';

it('lets through a hundred quick statements of each job, and all other spans', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new StatementLimit(new SimpleSpanProcessor({ exporter }))],
  });
  const jobs = provider.getTracer('marquee-runs');
  const statements = provider.getTracer('@opentelemetry/instrumentation-pg');
  const job = (name: string) => {
    const span = jobs.startSpan(name);
    const within = trace.setSpan(ROOT_CONTEXT, span);
    for (let i = 0; i < 150; i++) {
      statements.startSpan(`${name} quick`, { startTime: 0 }, within).end(99);
      jobs.startSpan(`${name} phase`, {}, within).end();
    }
    for (let i = 0; i < 3; i++)
      statements.startSpan(`${name} slow`, { startTime: 0 }, within).end(100);
    span.end();
  };
  job('one');
  job('two');
  await provider.forceFlush();
  const counts = Map.groupBy(exporter.getFinishedSpans(), ({ name }) => name);
  for (const name of ['one', 'two'])
    expect(
      [name, `${name} quick`, `${name} phase`, `${name} slow`].map((of) => counts.get(of)?.length),
    ).toEqual([1, 100, 150, 3]);
  await provider.shutdown();
});
