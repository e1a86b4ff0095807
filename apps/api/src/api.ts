import compress from '@fastify/compress';
import cors from '@fastify/cors';
import { hash, randomUUID } from 'node:crypto';
import { migrate } from '@marquee/catalogue';
import { proxiesOf } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import { prepareQueue, RunQueue, UpdateSchedule } from '@marquee/runs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { ApiModule } from './api.module.ts';
import { AuditLog } from './http/audit/audit-log.ts';
import { addAuditHook } from './http/audit/audit-hook.ts';
import { addHttpCaching } from './http/caching/http-caching.ts';
import { ApiConfig } from './config.ts';
import { Database } from './database/database.ts';
import { poolOf } from './database/pool.ts';
import { describeApi, queryParametersOf } from './document.ts';
import { declareAccess, PUBLIC } from './http/auth/access-policy.ts';
import { addRequestGuard } from './http/guard/request-guard.ts';
import { RouteTable } from './http/guard/route-table.ts';
import { exposureOf, noKey } from './http/auth/exposure.ts';
import { encodedBody } from './http/guard/request-errors.ts';
import { addSecurityHeaders } from './http/guard/security-headers.ts';
import { SearchLimits } from './read-models/title-lists/search-limits.ts';
import { Shutdown } from './resources/health/shutdown.ts';
import { ApiKeys } from './http/auth/api-keys.ts';
import { RateLimits } from './http/rate-limits/rate-limits.ts';
import { endSlowExports } from './http/formats/least-rate.ts';
import { logRequests } from './http/observability/access-log.ts';
import { Metrics } from './http/observability/metrics.ts';
import { InputPipe } from './http/errors/input-pipe.ts';
import { answerBrokenRequest } from './http/errors/broken-request.ts';
import { KnownParameters } from './http/errors/known-parameters.ts';
import { ProblemFilter, sendProblem } from './http/errors/problem.filter.ts';
import { PublishedWatch } from './database/published-watch.ts';
import { serveSite } from './http/site/site.ts';
import { API_TIMINGS, type ApiTimings } from './timings.ts';
import { Tracing } from './http/observability/tracing.ts';

export { ApiConfig, type ApiTimings, type SearchLimits };

/** Everything we take in is a few names and numbers. */
const MAX_BODY_BYTES = 64 * 1024;

/** Smaller answers fit a packet or two as they are. */
const COMPRESS_FROM_BYTES = 1024;

const CLOSE_IDLE_MS = 100;

/**
 * Builds the API on its database and queue, without listening yet.
 *
 * @param queue is closed by whoever made it
 * @throws ConfigError when others than this machine could operate it, or nobody could
 */
export async function createApi(
  config: ApiConfig,
  queue: RunQueue,
  log: Logger,
  timings: ApiTimings,
  limits: SearchLimits,
): Promise<NestFastifyApplication> {
  const exposure = exposureOf(config);
  const adapter = createAdapter(config, log);
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.of({ config, exposure, queue, log, timings, limits }),
    adapter,
    { logger: false, abortOnError: false, bodyParser: false },
  );
  const fastify = adapter.getInstance<FastifyInstance>();
  const keys = app.get(ApiKeys);
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'a request was answered, but not all that goes with it was done');
  try {
    if (exposure.exposed && exposure.operating === 'keyed' && !(await keys.hasOperator()))
      throw noKey();
    observe(config, app, fastify);
    const routes = new RouteTable(fastify);
    await addPlugins(fastify, config);
    endSlowExports(
      fastify,
      {
        bytesPerSecond: config.EXPORT_LEAST_BYTES_PER_SECOND,
        windowMs: timings.exportWindowMs,
      },
      (request) => log.info({ request }, 'an export was ended, as its client reads too slowly'),
    );
    addRequestGuard(fastify, {
      exposure,
      keys,
      limits: app.get(RateLimits),
      allowedOrigins: config.CORS_ORIGINS ?? [],
      isStopping: () => app.get(Shutdown).hasBegun,
      onError,
      routes,
    });
    takeJsonOnly(fastify);
    const document = describeOnce(app, fastify, routes);
    addHttpCaching(fastify, {
      watch: app.get(PublishedWatch),
      schedule: config,
      maxBytes: config.API_CACHE_MB * 2 ** 20,
      documentHash: () => document().hash,
    });
    addAuditHook(fastify, app.get(AuditLog), onError);
    logRequests(fastify, log, app.get(Metrics));
    app.useGlobalGuards(new KnownParameters(() => document().queryParameters));
    app.useGlobalPipes(new InputPipe());
    app.useGlobalFilters(new ProblemFilter(log));
    await serveSite(fastify);
    declareAccess(fastify, ['/docs', '/openapi.json'], PUBLIC);
    SwaggerModule.setup('docs', app, () => document().content, {
      jsonDocumentUrl: 'openapi.json',
      customSiteTitle: 'marquee',
    });
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

/** The OpenAPI document, made once, when all routes are registered. */
function describeOnce(
  app: NestFastifyApplication,
  fastify: FastifyInstance,
  routes: RouteTable,
): () => ApiDocument {
  let document: ApiDocument | null = null;
  const describe = () => {
    const content = describeApi(app, routes);
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

function createAdapter({ TRUSTED_PROXIES: trustProxy }: ApiConfig, log: Logger): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    // a body that drips is given up, and one connection cannot have any number of answers made and
    // waiting
    requestTimeout: 15_000,
    maxRequestsPerSocket: 1000,
    // one that no restart gives out again, and that nobody guesses
    genReqId: () => randomUUID(),
    // OMDb's clients ask for /omdb/?i=…
    routerOptions: { ignoreTrailingSlash: true },
    trustProxy: trustProxy ?? false,
    // the door does what Node and Fastify would, in the shape of all errors
    return503OnClosing: false,
    http: { requireHostHeader: false },
    clientErrorHandler: answerBrokenRequest(log),
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(
        reply,
        {
          status: error.statusCode ?? 400,
          code: 'bad-request',
          detail: error.message,
          hint: 'GET /docs shows what there is.',
        },
        request.id,
      ),
  });
}

/**
 * Lets the pools be seen; and spans be made, where somebody takes them: before all else, so that
 * they hold all else.
 */
function observe(config: ApiConfig, app: NestFastifyApplication, fastify: FastifyInstance): void {
  const pools = { queries: poolOf(app.get(DataSource)), ...app.get(Database).pools };
  for (const [name, pool] of Object.entries(pools)) app.get(Metrics).addPool(name, pool);
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  const tracing = new Tracing(config.OTEL_EXPORTER_OTLP_ENDPOINT, proxiesOf(config));
  tracing.traceRequests(fastify);
  for (const pool of Object.values(pools)) tracing.traceDatabase(pool);
  app.get(Shutdown).afterwards(() => tracing.close());
}

/**
 * Ready-made headers, preflight answers and compression, before the door: a refusal needs them too.
 */
async function addPlugins(
  fastify: FastifyInstance,
  { CORS_ORIGINS: origin }: ApiConfig,
): Promise<void> {
  addSecurityHeaders(fastify);
  if (origin !== undefined) {
    declareAccess(fastify, ['*'], PUBLIC);
    await fastify.register(cors, {
      origin,
      methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowedHeaders: ['Authorization', 'X-API-Key', 'Content-Type', 'If-None-Match'],
      exposedHeaders: ['ETag', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
      maxAge: 3600,
    });
  }
  await fastify.register(compress, {
    threshold: COMPRESS_FROM_BYTES,
    customTypes: /^text\/(?!event-stream)|[+/]json(?:;|$)|x-ndjson|javascript/u,
    // bodies are small, and one that is not after it has been unpacked is not asked for
    globalDecompression: false,
  });
}

/**
 * Leaves JSON as the one kind of body there is: a page on any website can send text or a form to a
 * local server, but not JSON. An empty body is no body, whatever it is said to be.
 */
function takeJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding !== 'identity') throw encodedBody(encoding);
    if (body === '') done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}

/** The schedule lives in the queue, and must be gone before whoever made that closes it. */
async function closeAll(app: NestFastifyApplication): Promise<void> {
  await app.get(UpdateSchedule).close();
  const server = app.getHttpServer();
  // Node closes those that are idle when it is told to, but waits for one that becomes so later as
  // long as its client may come again
  const closing = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(closing);
  }
}

/**
 * Brings the API up.
 *
 * @param timings those that are not the defaults, for tests
 * @param searchLimits the same
 * @returns takes it down: what is under way is finished first
 * @throws ConfigError when others than this machine could operate it, or nobody could
 */
export async function startApi(
  config: ApiConfig,
  log: Logger,
  timings: Partial<ApiTimings> = {},
  searchLimits: Partial<SearchLimits> = {},
): Promise<() => Promise<void>> {
  exposureOf(config);
  await migrate(config.DATABASE_URL);
  await prepareQueue(config.QUEUE_URL);
  const queue = new RunQueue(config.QUEUE_URL, (error) =>
    log.warn({ err: error }, 'lost a connection to the queue'),
  );
  try {
    await queue.ready();
    const app = await createApi(
      config,
      queue,
      log,
      { ...API_TIMINGS, ...timings },
      new SearchLimits(searchLimits),
    );
    await app.listen(config.API_PORT, config.API_HOST);
    log.info(`listening on ${await app.getUrl()}`);
    return async () => {
      await closeAll(app);
      await queue.close();
    };
  } catch (error) {
    await queue.close();
    throw error;
  }
}
