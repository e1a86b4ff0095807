import compress from '@fastify/compress';
import cors from '@fastify/cors';
import { hash } from 'node:crypto';
import type { Server } from 'node:net';
import { migrate } from '@marquee/catalogue';
import { proxiesOf } from '@marquee/network/proxies';
import { portTaken, type Logger } from '@marquee/process';
import { checkConnections, prepareQueue, RunQueue, Schedule } from '@marquee/runs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { createAdapter, followCertificate } from './adapter.ts';
import { ApiModule } from './api.module.ts';
import { AuditLog } from './http/audit/audit-log.ts';
import { addAuditHook } from './http/audit/audit-hook.ts';
import { addReplicaReads } from './http/caching/replica-reads.ts';
import { addHttpCaching } from './http/caching/http-caching.ts';
import { ApiConfig } from './config.ts';
import { Connections } from './database/connections.ts';
import { Database } from './database/database.ts';
import { listenForCalls } from './grpc/call-server.ts';
import { isCall, serveCalls, type CallParts } from './grpc/serve-calls.ts';
import { describeApi, queryParametersOf } from './document.ts';
import { declareAccess, PUBLIC } from './http/auth/access-policy.ts';
import { addRequestGuard } from './http/guard/request-guard.ts';
import { RouteTable } from './http/guard/route-table.ts';
import { oidcSettingsOf } from './http/auth/oidc-settings.ts';
import { exposureOf, noOperatorKey, type Exposure } from './http/auth/exposure.ts';
import { endSlowBodies } from './http/formats/slow-bodies.ts';
import { allowAnyOrigin, CORS } from './http/guard/any-origin.ts';
import { limitConnections } from './http/guard/connection-limit.ts';
import { addSecurityHeaders } from './http/guard/security-headers.ts';
import { addShutdownHooks } from './http/guard/shutdown-hooks.ts';
import { PathMetrics } from './read-models/title-lists/path-metrics.ts';
import { SearchLimits } from './read-models/title-lists/search-limits.ts';
import { Vocabularies } from './read-models/vocabularies/vocabularies.ts';
import { Deliveries } from './resources/deliveries/deliveries.ts';
import { Readiness } from './resources/health/readiness.ts';
import { Shutdown } from './resources/health/shutdown.ts';
import { EventLog } from './resources/events/event-log.ts';
import { RunReader } from './resources/runs/run-reader.ts';
import { ApiKeys } from './http/auth/api-keys.ts';
import { Sessions } from './http/auth/sessions.ts';
import { SignIn } from './http/auth/sign-in.ts';
import { RateLimits } from './http/rate-limits/rate-limits.ts';
import { acceptBodies } from './http/formats/request-bodies.ts';
import { endSlowExports } from './http/formats/slow-exports.ts';
import { logRequests } from './http/observability/access-log.ts';
import { Metrics } from './http/observability/metrics.ts';
import { addRequestContext } from './http/observability/request-context.ts';
import { InputPipe } from './http/errors/input-pipe.ts';
import { answerConnect } from './http/errors/broken-request.ts';
import { KnownParameters } from './http/errors/known-parameters.ts';
import { answerProblems, ProblemFilter } from './http/errors/problem.filter.ts';
import { PublishedWatch } from './database/published-watch.ts';
import { ReadServers } from './database/read-servers.ts';
import { serveSite } from './http/site/site.ts';
import { ServerCertificate } from './http/tls/server-certificate.ts';
import { API_TIMINGS, type ApiTimings } from './timings.ts';

export { ApiConfig, type ApiTimings, type SearchLimits };

/** Smaller responses fit into a packet or two without compression. */
const COMPRESS_FROM_BYTES = 1024;

const CLOSE_IDLE_MS = 100;

/**
 * Builds the API on its database and queue, without listening yet.
 *
 * @param queue stays open: its creator closes it
 * @throws ConfigError when other machines could operate it without a key, or no key could
 */
async function createApi(
  config: ApiConfig,
  queue: RunQueue,
  log: Logger,
  timings: ApiTimings,
  searchLimits: SearchLimits,
  certificate: ServerCertificate | null,
): Promise<NestFastifyApplication> {
  const exposure = exposureOf(config);
  const adapter = createAdapter(config, log, timings, certificate);
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.of({ config, exposure, queue, log, timings, limits: searchLimits }),
    adapter,
    { logger: false, abortOnError: false, bodyParser: false },
  );
  const fastify = adapter.getInstance<FastifyInstance>();
  const keys = app.get(ApiKeys);
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'failed to record the use of a key or the end of an audit entry');
  try {
    if (exposure.exposed && exposure.operating === 'keyed' && !(await keys.hasOperator()))
      throw noOperatorKey();
    await observe(config, app, fastify);
    fastify.server.on('connect', answerConnect);
    if (certificate !== null) {
      app.get(Metrics).setCertificate(certificate);
      app.get(Shutdown).afterwards(followCertificate(certificate, fastify, log, timings));
    }
    limitConnections(fastify.server, config);
    const routes = new RouteTable(fastify);
    await addPlugins(fastify, config, certificate);
    const minimumRate = {
      bytesPerSecond: config.EXPORT_LEAST_BYTES_PER_SECOND,
      windowMs: timings.exportWindowMs,
    };
    endSlowExports(fastify, minimumRate, (request) =>
      log.info({ request }, 'ended an export that its client reads too slowly'),
    );
    addRequestGuard(fastify, {
      exposure,
      keys,
      sessions: app.get(Sessions),
      people: app.get(SignIn).parts,
      limits: app.get(RateLimits),
      allowedOrigins: config.CORS_ORIGINS ?? [],
      wantsClientCertificates: certificate?.wantsClientCertificates ?? false,
      onError,
      routes,
    });
    addShutdownHooks(fastify, app.get(Shutdown), () => {
      app.get(EventLog).close();
      app.get(RunReader).close();
    });
    acceptBodies(fastify);
    endSlowBodies(fastify, timings.bodyMs);
    const document = describeOnce(app, fastify, routes, exposure);
    addHttpCaching(fastify, {
      watch: app.get(PublishedWatch),
      schedule: config,
      maxBytes: config.API_CACHE_MB * 2 ** 20,
      documentHash: () => document().hash,
    });
    addReplicaReads(fastify, app.get(ReadServers), app.get(PublishedWatch));
    addAuditHook(fastify, app.get(AuditLog), onError);
    logRequests(fastify, log, app.get(Metrics));
    const inputs = new InputPipe(app.get(Vocabularies));
    app.useGlobalGuards(new KnownParameters(() => document().queryParameters));
    app.useGlobalPipes(inputs);
    app.useGlobalFilters(new ProblemFilter(log));
    await serveSite(fastify, answerProblems(log));
    await serveCalls(fastify, callPartsOf(app, { inputs, minimumRate, timings, log, onError }));
    declareAccess(fastify, ['/docs', '/openapi.json'], PUBLIC);
    serveDocument(app, () => document().content);
    return app;
  } catch (error) {
    await closeAll(app);
    throw error;
  }
}

interface ApiDocument {
  readonly content: OpenAPIObject;
  readonly hash: string;
  /** By method and route, such as `GET /titles/:tconst`. */
  readonly queryParameters: ReadonlyMap<string, readonly string[]>;
}

/** Serves the OpenAPI document, and a page that shows it. */
function serveDocument(app: NestFastifyApplication, read: () => OpenAPIObject): void {
  SwaggerModule.setup('docs', app, read, {
    jsonDocumentUrl: 'openapi.json',
    // else the page takes it from its own query, ?url=
    swaggerUrl: '/openapi.json',
    customSiteTitle: 'marquee API',
    // the bar of Swagger UI's maker leads nowhere here
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerOptions: {
      filter: true,
      defaultModelsExpandDepth: 0,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      // colours block the page for seconds on large answers, such as all episodes of a series
      syntaxHighlight: { activated: false },
    },
  });
}

/** The OpenAPI document, made once, when all routes are registered. */
function describeOnce(
  app: NestFastifyApplication,
  fastify: FastifyInstance,
  routes: RouteTable,
  exposure: Exposure,
): () => ApiDocument {
  let document: ApiDocument | null = null;
  const describe = () => {
    const content = describeApi(app, routes, exposure);
    return {
      content,
      hash: hash('sha256', JSON.stringify(content), 'base64url'),
      queryParameters: queryParametersOf(content),
    };
  };
  const read = () => (document ??= describe());
  // so that no request waits for it
  fastify.addHook('onReady', (done) => {
    read();
    done();
  });
  return read;
}

/**
 * Adds the pools to the metrics, and the id of each request to its log lines; traces requests if a
 * collector is configured. Comes before all other hooks, so that spans and lines include them.
 */
async function observe(
  config: ApiConfig,
  app: NestFastifyApplication,
  fastify: FastifyInstance,
): Promise<void> {
  const { pools } = app.get(Connections);
  for (const [name, pool] of Object.entries(pools)) app.get(Metrics).addPool(name, pool);
  for (const replica of app.get(ReadServers).replicas)
    for (const [name, pool] of Object.entries(replica.pools))
      app.get(Metrics).addPool(`${name} of ${replica.name}`, pool);
  addRequestContext(fastify);
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return;
  const [{ Tracing }, { traceRequests }] = await Promise.all([
    import('@marquee/tracing/tracing'),
    import('./http/observability/tracing.ts'),
  ]);
  const proxies = proxiesOf(config);
  const tracing = new Tracing({ service: 'marquee-api', endpoint, proxies, ofJobs: false });
  traceRequests(fastify, tracing.tracer);
  app.get(Shutdown).afterwards(() => tracing.close());
}

/**
 * Security headers, CORS and compression. They come before the request guard, whose error responses
 * need them too.
 */
async function addPlugins(
  fastify: FastifyInstance,
  { API_NAMES: names, CORS_ORIGINS: origin }: ApiConfig,
  certificate: ServerCertificate | null,
): Promise<void> {
  addSecurityHeaders(fastify, new Set(certificate === null ? [] : names));
  allowAnyOrigin(fastify);
  if (origin !== undefined) {
    declareAccess(fastify, ['*'], PUBLIC);
    await fastify.register(cors, { origin, ...CORS });
  }
  await fastify.register(compress, {
    threshold: COMPRESS_FROM_BYTES,
    customTypes: /^text\/(?!event-stream)|[+/]json(?:;|$)|\+xml(?:;|$)|x-ndjson|javascript/u,
    // compressed request bodies are rejected: a small one could unpack to any size
    globalDecompression: false,
  });
}

/** Closes the API. The schedule uses the queue, and must end before the queue is closed. */
async function closeAll(app: NestFastifyApplication): Promise<void> {
  await app.get(Schedule).close();
  const server = app.getHttpServer();
  // Node closes connections that are idle now, but waits for one that becomes idle later until its
  // keep-alive timeout
  const closing = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(closing);
  }
}

/** What the services of gRPC need of the API. */
function callPartsOf(
  app: NestFastifyApplication,
  {
    timings,
    ...others
  }: Pick<CallParts, 'inputs' | 'minimumRate' | 'log' | 'onError'> & { timings: ApiTimings },
): CallParts {
  return {
    ...others,
    database: app.get(Database),
    limits: app.get(SearchLimits),
    pathMetrics: app.get(PathMetrics),
    deliveries: app.get(Deliveries),
    audit: app.get(AuditLog),
    readiness: app.get(Readiness),
    stopping: app.get(Shutdown).signal,
    pollMs: timings.callPollMs,
  };
}

/**
 * Listens for calls of gRPC. Without its port the API serves all else, and the calls by gRPC-Web and
 * Connect: a second stack on a machine needs no port for what nobody uses.
 *
 * @returns stops it
 */
async function startCalls(
  app: NestFastifyApplication,
  config: ApiConfig,
  log: Logger,
  headMs: number,
  certificate: ServerCertificate | null,
): Promise<() => Promise<void>> {
  const { GRPC_PORT: port, API_HOST: host } = config;
  if (port === 0) return async () => Promise.resolve();
  const fastify = app.getHttpAdapter().getInstance();
  try {
    const prepare = (http2: Server) => limitConnections(http2, config);
    const options = { port, host, headMs, isCall, certificate, prepare };
    const server = await listenForCalls(fastify, options);
    log.info(`listening for gRPC on ${host}:${server.port}`);
    return server.stop;
  } catch (error) {
    log.warn({ err: error }, portTaken('gRPC', port, 'GRPC_PORT', host));
    return async () => Promise.resolve();
  }
}

/**
 * Starts the API.
 *
 * @param timings those that differ from the defaults, for tests
 * @param searchLimits the same
 * @returns stops the API: it drains, then finishes the requests in progress
 * @throws ConfigError when other machines could operate it without a key, no key could, or the
 *   settings of the sign-in do not suffice
 */
export async function startApi(
  config: ApiConfig,
  log: Logger,
  timings: Partial<ApiTimings> = {},
  searchLimits: Partial<SearchLimits> = {},
): Promise<() => Promise<void>> {
  oidcSettingsOf(config, exposureOf(config));
  const certificate = ServerCertificate.open(config);
  await migrate(config.DATABASE_URL);
  await prepareQueue(config.QUEUE_URL);
  const queue = new RunQueue(config.QUEUE_URL, (error) =>
    log.warn({ err: error }, 'lost a connection to the queue'),
  );
  try {
    await queue.ready();
    await checkConnections('api', config, queue, log);
    const app = await createApi(
      config,
      queue,
      log,
      { ...API_TIMINGS, ...timings },
      new SearchLimits(searchLimits),
      certificate,
    );
    await app.listen(config.API_PORT, config.API_HOST);
    log.info(`listening on ${await app.getUrl()}`);
    const { headMs = API_TIMINGS.headMs } = timings;
    const stopCalls = await startCalls(app, config, log, headMs, certificate);
    return async () => {
      await app.get(Shutdown).drain(config.DRAIN_SECONDS);
      app.get(Shutdown).begin();
      await stopCalls();
      await closeAll(app);
      await queue.close();
    };
  } catch (error) {
    await queue.close();
    throw error;
  }
}
