import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@connectrpc/connect';
import { ApiConfig, startApi } from '@marquee/api';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { RunAccepted } from '@marquee/contract';
import { freePort } from '@marquee/process';
import { Health, MovieQueryService } from '@marquee/proto';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf, PROTOCOLS } from './grpc-clients.ts';
import { bearer, send } from './raw-request.ts';
import { startSystem, useSharedSystem } from './system.ts';

const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;
const TITLE = '/titles/tt0000001';
const GET_MOVIE = `/${MovieQueryService.typeName}/${MovieQueryService.method.getMovie.name}`;
const CHECK = `/${Health.typeName}/${Health.method.check.name}`;

const open = useSharedSystem(() => ({ workers: false }));
beforeAll(async () => {
  await open.query(
    `insert into imdb.title_basics values ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', false, 1977, null, 104, '{Drama}')`,
  );
});

describe('the metrics', () => {
  it('are in the format of Prometheus', async () => {
    await send(open, 'GET', TITLE);
    const { text, headers } = await send(open, 'GET', '/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(
      /marquee_http_request_duration_seconds_count\{method="GET",route="\/titles\/:tconst",status="200"\} \d+/u,
    );
    for (const pool of ['queries', 'lookups', 'prepared', 'streams'])
      expect(text).toContain(`marquee_pool{pool="${pool}",state="idle"} `);
    expect(text).toMatch(/marquee_queue_jobs\{queue="loader",state="waiting"\} 0/u);
    expect(text).toMatch(/marquee_queue_jobs\{queue="downloader",state="prioritized"\} 0/u);
    expect(text).toMatch(/marquee_queue_jobs\{queue="extractor",state="waiting"\} 0/u);
    expect(text).toMatch(/marquee_queue_jobs\{queue="aggregator",state="waiting"\} 0/u);
    expect(text).toMatch(/marquee_up\{what="database"\} 1/u);
    expect(text).toMatch(/marquee_rows\{dataset="title.basics"\} \d+/u);
  });

  it('tell what is to be done for sources, since when, and how deliveries fared', async () => {
    await open.query(
      `insert into sources.source (id, definition, definition_hash, origin, priority) values ('mine', '{}', sha256('mine'), 'api', 10)`,
    );
    await open.query(
      `insert into sources.delivery (source, file, name, sha256, bytes, received_by, state)
       select 'mine', 'ratings', 'ratings.csv', sha256('file'), 3, 'ada', state from unnest('{failed,taken,taken}'::text[]) state`,
    );
    await open.query(
      `insert into sources.pending (source, record_id, since) values ('mine', '1', now() - interval '1 hour'), ('mine', '2', now())`,
    );
    const { text } = await send(open, 'GET', '/metrics');
    expect(text).toMatch(/marquee_sources_pending\{what="records"\} 2\n/u);
    expect(text).toMatch(/marquee_sources_pending\{what="movies"\} 0\n/u);
    expect(text).toMatch(/marquee_sources_pending_age_seconds\{what="records"\} 36\d\d/u);
    expect(text).toMatch(/marquee_sources_pending_age_seconds\{what="movies"\} 0\n/u);
    expect(text).toContain('marquee_deliveries{source="mine",state="taken"} 2');
    expect(text).toContain('marquee_deliveries{source="mine",state="failed"} 1');
  });

  it('are complete for concurrent requests, including waiting jobs of the queue', async () => {
    const id = await open.start('/updatedata', { force: true });
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => send(open, 'GET', '/metrics')),
    );
    for (const { text } of answers) {
      expect(text).toMatch(/marquee_queue_jobs\{queue="downloader",state="prioritized"\} 7/u);
      expect(text).toMatch(/marquee_queue_jobs\{queue="loader",state="waiting-children"\} 8/u);
      expect(text).toMatch(/marquee_rows\{dataset="title.basics"\} \d+/u);
    }
    expect((await open.ask('POST', `/runs/${id}/cancel`)).status).toBe(202);
  });
});

describe('traces', () => {
  it('are sent if configured: a span of the request below its caller, and spans of the database below that', async () => {
    const spans: Record<string, unknown>[] = [];
    const collector = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const sent = JSON.parse(Buffer.concat(chunks).toString()) as {
          resourceSpans: {
            resource: { attributes: unknown };
            scopeSpans: { spans: Record<string, unknown>[] }[];
          }[];
        };
        for (const { resource, scopeSpans } of sent.resourceSpans) {
          expect(resource.attributes).toEqual([
            { key: 'service.name', value: { stringValue: 'marquee-api' } },
          ]);
          spans.push(...scopeSpans.flatMap((scope) => scope.spans));
        }
        response.end('{}');
      })();
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const system = await startSystem({
      grpc: true,
      api: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      },
    });
    const traceId = randomBytes(16).toString('hex');
    expect(
      (
        await send(system, 'GET', '/published', {
          traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
        })
      ).status,
    ).toBe(200);
    // its file is missing: the run fails, but has jobs
    const started = await send(
      system,
      'POST',
      '/run-downloader',
      { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
      '{"datasets":["title.ratings"]}',
    );
    await system.ended(RunAccepted.parse(JSON.parse(started.text)).id);
    await system.query('alter table movies.movie rename to hidden');
    const movies = createClient(MovieQueryService, PROTOCOLS.gRPC(system));
    expect((await errorOf(movies.listMovies({}))).problem?.code).toBe('not-prepared');
    // stopping sends the remaining spans
    await system.stop();
    collector.close();
    const ours = spans.filter((span) => span['traceId'] === traceId);
    const request = ours.find(({ name }) => name === 'GET /published');
    const database = ours.filter(
      ({ name, parentSpanId }) => name === 'database' && parentSpanId === request?.['spanId'],
    );
    expect(request).toBeDefined();
    expect(database.length).toBeGreaterThan(0);
    expect(JSON.stringify(database)).toContain('from ingest.data_control');
    // the jobs are below the request, whose body came between; the statements of each below both
    const start = ours.find(({ name }) => name === 'POST /run-downloader');
    const jobs = ours.filter(({ name }) => name === 'download title.ratings' || name === 'record');
    expect(jobs).toHaveLength(2);
    for (const job of jobs) {
      expect(job['parentSpanId']).toBe(start?.['spanId']);
      expect(JSON.stringify(job['attributes'])).toContain(String(started.headers['x-request-id']));
    }
    for (const { spanId } of [start, ...jobs].filter((span) => span !== undefined))
      expect(
        ours.some((span) => span['name'] === 'database' && span['parentSpanId'] === spanId),
      ).toBe(true);
    // of the HTTP response, the status is 200
    const failed = spans.find(
      ({ name }) => name === 'POST /marquee.v1.MovieQueryService/ListMovies',
    );
    expect(failed?.['status']).toEqual({ code: 2 });
  });
});

describe('the access log', () => {
  it('has key, route, time and duration of each request, and no secret', async () => {
    const database = await createTestDatabase();
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const port = await freePort();
    const stop = await startApi(
      ApiConfig.parse({
        DATABASE_URL: database.url,
        QUEUE_URL: database.url,
        SNAPSHOT_DIR: 'none',
        API_PORT: port,
        API_ADMIN_KEY: ADMIN,
      }),
      log,
    );
    const system = { apiUrl: `http://127.0.0.1:${port}` };
    const { headers } = await send(system, 'GET', `${TITLE}?x=1`, bearer(ADMIN));
    await send(system, 'GET', `/omdb?i=tt0000001&apikey=${ADMIN}`);
    await send(system, 'GET', '/health/live');
    const { id: run } = JSON.parse(
      (await send(system, 'POST', '/run-downloader', bearer(ADMIN))).text,
    ) as { id: string };
    // one byte of a message of nine, and an empty message
    const [broken, empty] = [Uint8Array.of(0, 0, 0, 0, 9, 0), new Uint8Array(5)];
    for (const [protocol, method, body, status] of [
      ['grpc', GET_MOVIE, broken, 200],
      ['grpc-web+proto', GET_MOVIE, broken, 200],
      ['proto', GET_MOVIE, broken, 500],
      ['grpc', CHECK, empty, 200],
    ] as const) {
      const response = await fetch(`${system.apiUrl}${method}`, {
        method: 'POST',
        headers: { 'content-type': `application/${protocol}`, ...bearer(ADMIN) },
        body,
      });
      await response.arrayBuffer();
      expect(response.status).toBe(status);
    }
    await stop();
    await database.remove();
    const requests = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request');
    expect(requests).toMatchObject([
      {
        level: 30,
        request: headers['x-request-id'],
        method: 'GET',
        route: '/titles/:tconst',
        status: 400,
        address: '127.0.0.1',
        key: 'API_ADMIN_KEY',
        ms: expect.any(Number) as number,
        time: expect.any(Number) as number,
      },
      { level: 30, route: '/omdb', status: 200, key: 'API_ADMIN_KEY' },
      { level: 20, route: '/health/live', status: 200, key: null },
      {
        level: 30,
        method: 'POST',
        route: '/run-downloader',
        status: 202,
        key: 'API_ADMIN_KEY',
        made: run,
      },
      // of a call, the status that the HTTP API would answer
      { level: 30, method: 'POST', route: GET_MOVIE, status: 400, code: 'invalidargument' },
      { level: 30, method: 'POST', route: GET_MOVIE, status: 400, code: 'invalidargument' },
      { level: 30, method: 'POST', route: GET_MOVIE, status: 400, code: 'internal' },
      { level: 20, method: 'POST', route: CHECK, status: 200 },
    ]);
    expect(requests.at(-1)).not.toHaveProperty('code');
    expect(lines.join('')).not.toContain(ADMIN);
  });
});
