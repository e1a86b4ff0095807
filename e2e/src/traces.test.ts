import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { Run, RunAccepted } from '@marquee/contract';
import { freePort } from '@marquee/process';
import { serveSample } from '@marquee/sample';
import { expect, inject, it, onTestFinished } from 'vitest';
import { send } from './raw-request.ts';
import { useDays } from './sample-days.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const days = useDays({ titles: 2000, days: 1 });

interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

interface SentTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { value: { stringValue: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

/** A collector of traces, by OTLP over HTTP. */
async function startCollector(): Promise<{ url: string; spans: CollectedSpan[] }> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { resource, scopeSpans } of (body as SentTraces).resourceSpans) {
        const service = resource.attributes[0]?.value.stringValue ?? '';
        spans.push(
          ...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))),
        );
      }
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

type LogLine = Readonly<Record<string, unknown>>;

/** Starts the built services as processes of their own. */
function startServices(env: Record<string, string>) {
  const lines: LogLine[] = [];
  const children: ChildProcess[] = ['api', 'downloader', 'loader', 'aggregator'].map((name) => {
    const child = spawn(process.execPath, [join(ROOT, 'apps', name, 'dist/main.js')], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as LogLine));
    return child;
  });
  const stop = async () => {
    const exits = children.map(async (child) => child.exitCode ?? (await once(child, 'exit')));
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(exits);
  };
  onTestFinished(stop);
  return { lines, stop };
}

it(
  'lead from a request through queue and database to the publish, as do the logs of all processes',
  { tags: ['long'] },
  async () => {
    const database = await createTestDatabase();
    const origin = await serveSample({ folder: days.day(0), port: 0 });
    onTestFinished(async () => {
      await origin.close();
      await database.remove();
    });
    const collector = await startCollector();
    const API_PORT = await freePort();
    const api = { apiUrl: `http://127.0.0.1:${API_PORT}` };
    const { lines, stop } = startServices({
      DATABASE_URL: database.url,
      QUEUE_URL: database.url,
      SNAPSHOT_DIR: join(inject('sharedFolder'), `traces-${process.pid}`),
      DATASETS_URL: origin.url,
      API_PORT: String(API_PORT),
      GRPC_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const ready = async () => (await fetch(`${api.apiUrl}/health/ready`)).status;
    const slowly = { timeout: 60_000, interval: 250 };
    await expect.poll(async () => ready().catch(() => 0), slowly).toBe(200);

    const traceId = randomBytes(16).toString('hex');
    const caller = randomBytes(8).toString('hex');
    const answer = await send(
      api,
      'POST',
      '/updatedata',
      { traceparent: `00-${traceId}-${caller}-01` },
      '{}',
    );
    const request = String(answer.headers['x-request-id']);
    const { id } = RunAccepted.parse(JSON.parse(answer.text));
    const state = async () =>
      Run.parse(JSON.parse((await send(api, 'GET', `/runs/${id}`)).text)).state;
    await expect.poll(state, slowly).toBe('succeeded');
    const isMerged = ({ msg, request: of }: LogLine) =>
      msg === 'aggregate is done' && of === request;
    await expect.poll(() => lines.some(isMerged), slowly).toBe(true);
    await stop();

    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const root = spans.find(({ parentSpanId }) => parentSpanId === caller);
    expect(root).toMatchObject({ name: 'POST /updatedata', service: 'marquee-api' });
    const pathOf = ({ name, parentSpanId = '' }: CollectedSpan): string => {
      const parent = byId.get(parentSpanId);
      return parent === undefined ? name : `${pathOf(parent)} > ${name}`;
    };
    const paths = new Set(spans.map((span) => `${span.service}: ${pathOf(span)}`));
    for (const path of [
      'marquee-api: POST /updatedata > database',
      'marquee-downloader: POST /updatedata > download title.basics > download: fetching',
      'marquee-loader: POST /updatedata > load title.basics > database',
      'marquee-loader: POST /updatedata > load title.principals > load: copying',
      'marquee-loader: POST /updatedata > publish > publish: publishing',
      'marquee-loader: POST /updatedata > publish > database',
      'marquee-aggregator: POST /updatedata > publish > aggregate > aggregate: following publishes',
    ])
      expect([...paths]).toContain(path);
    for (const path of paths) expect(path).toContain(': POST /updatedata');

    // by the run's id, or by that of the request
    const ofRun = lines.filter((line) => line['run'] === id || line['made'] === id);
    expect(new Set(ofRun.map(({ name }) => name))).toEqual(
      new Set(['api', 'downloader', 'loader']),
    );
    for (const line of ofRun) expect(line).toMatchObject({ request, trace: traceId });
    expect(ofRun).toContainEqual(
      expect.objectContaining({ msg: 'load is done', job: 'load', dataset: 'title.ratings' }),
    );
    const ofRequest = new Set(
      lines.filter((line) => line['request'] === request).map(({ name }) => name),
    );
    expect(ofRequest).toEqual(new Set(['api', 'downloader', 'loader', 'aggregator']));
  },
);
