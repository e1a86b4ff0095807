import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createPool } from '@marquee/catalogue';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { TestProxy } from '@marquee/network/testing';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { Tracing } from '@marquee/tracing/tracing';
import { traceRequests } from './tracing.ts';

/** A collector of traces, and what was sent to it. */
async function startCollector(): Promise<{ url: string; sent: string[] }> {
  const sent: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      sent.push(
        `${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''} ${body}`,
      );
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent };
}

function startTracing(endpoint: string, env: Record<string, string> = {}): Tracing {
  const proxies = proxiesOf(ProxyConfig.parse(env));
  return new Tracing({ service: 'marquee-api', endpoint, proxies, ofJobs: false });
}

/** Traces one request, and sends that away. */
async function traceOne(endpoint: string, env: Record<string, string>): Promise<void> {
  const tracing = startTracing(endpoint, env);
  const app = fastify();
  traceRequests(app, tracing.tracer);
  app.get('/films', () => 'many');
  await app.inject('/films');
  await tracing.close();
  await app.close();
}

it('sends traces through the proxy, to a host whose name only the proxy can resolve', async () => {
  const collector = await startCollector();
  await using proxy = await TestProxy.start(collector.url);
  await traceOne('http://otel.example.test:4318/', {
    HTTP_PROXY: proxy.url.replace('://', '://ada:p%40ssword@'),
  });
  expect(proxy.requests).toEqual([
    {
      method: 'CONNECT',
      target: 'otel.example.test:4318',
      authorization: `Basic ${Buffer.from('ada:p@ssword').toString('base64')}`,
    },
  ]);
  expect(collector.sent).toHaveLength(1);
  expect(collector.sent[0]).toMatch(/^POST otel\.example\.test:4318\/v1\/traces .*GET \/films/u);
});

it('sends traces directly to a collector of this machine', async () => {
  const collector = await startCollector();
  await using proxy = await TestProxy.start(collector.url);
  await traceOne(collector.url, { HTTP_PROXY: proxy.url });
  expect(proxy.requests).toEqual([]);
  expect(collector.sent).toHaveLength(1);
});

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** The spans of what a collector received as JSON. */
function spansOf(sent: readonly string[]): SentSpan[] {
  return sent
    .map((request) => JSON.parse(request.slice(request.indexOf('{'))) as SentTraces)
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
}

interface SentTraces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

it('puts each statement under its request, however it waited for a connection, and leaves its values out', async () => {
  const database = await createTestDatabase();
  const pool = createPool(database.url, 'the API', () => undefined, { max: 1 });
  const collector = await startCollector();
  const tracing = startTracing(collector.url);
  const app = fastify();
  traceRequests(app, tracing.tracer);
  const query = { name: 'echo', text: 'select $1::text as value, pg_sleep(0.01)' };
  app.get(
    '/by-promise',
    async () => (await pool.query<{ value: string }>({ ...query, values: ['hidden'] })).rows,
  );
  app.get('/by-callback', (_, reply) => {
    pool.connect((error, client, release) => {
      if (client === undefined) throw error ?? new Error('no client');
      client.query({ ...query, values: ['hidden'] }, (_failure, { rows }) => {
        release();
        void reply.send(rows);
      });
    });
  });
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => app.inject(i % 2 ? '/by-promise' : '/by-callback')),
  );
  await pool.query('select 2 as of_no_request');
  await app.close();
  await tracing.close();
  await pool.query('select 3 as untraced');
  await pool.end();
  await database.remove();

  const spans = spansOf(collector.sent);
  const requests = spans.filter(({ name }) => name.startsWith('GET /by-'));
  expect(requests).toHaveLength(10);
  for (const { traceId, spanId } of requests) {
    const below = spans.filter((span) => span.traceId === traceId && span.spanId !== spanId);
    expect(below.map(({ name }) => name).filter((name) => name === 'database')).toHaveLength(1);
    const top = below.filter(({ name }) => name === 'database' || name === 'pg-pool.connect');
    expect(top.map(({ parentSpanId }) => parentSpanId)).toEqual([spanId, spanId]);
  }
  expect(spans.filter(({ name }) => name === 'database')).toHaveLength(10);
  expect(collector.sent.join('')).toContain(query.text);
  expect(collector.sent.join('')).not.toContain('hidden');
});
