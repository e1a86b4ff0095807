import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { TestProxy } from '@marquee/network/testing';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { Tracing } from './tracing.ts';

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

/** Traces one request, and sends that away. */
async function traceOne(endpoint: string, env: Record<string, string>): Promise<void> {
  const tracing = new Tracing(endpoint, proxiesOf(ProxyConfig.parse(env)));
  const app = fastify();
  tracing.traceRequests(app);
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
