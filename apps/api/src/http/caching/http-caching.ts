import { hash } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiConfig } from '../../config.ts';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { formatOf, vary } from '../formats/formats.ts';
import type { PublishedWatch } from '../../database/published-watch.ts';
import { ResponseCache } from './response-cache.ts';

interface CachingOptions {
  readonly watch: PublishedWatch;
  readonly schedule: Pick<
    ApiConfig,
    'UPDATE_SCHEDULE' | 'UPDATE_TIME_ZONE' | 'UPDATE_JITTER_SECONDS'
  >;
  /** Limit of the response cache in bytes; 0 for no cache. */
  readonly maxBytes: number;
  /** A hash of the OpenAPI document: a new version of the program gets new ETags. */
  readonly documentHash: () => string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The version of the data that the route reads, when the request came, and the ETag of a response with the
     * status 200; null unless the route is @Published and the version is known.
     */
    published: { readonly version: string; readonly etag: string } | null;
  }
}

/**
 * Caches responses of @Published routes, at clients by ETag and Cache-Control and in memory. The
 * rules, for GET and HEAD; "before" is in preHandler, before the database is read, and "after" in
 * onSend:
 *
 * | when   | state                                      | answer                               |
 * |--------|--------------------------------------------|--------------------------------------|
 * | before | the version is unknown                     | from the database, no-store          |
 * | before | If-None-Match has the current ETag         | 304                                  |
 * | before | GET, in the cache, and no run              | from the cache                       |
 * | before | otherwise                                  | from the database                    |
 * | after  | 200, no run, and the version is unchanged  | ETag, max-age; stored in the cache   |
 * | after  | 200, a run, or another version since       | ETag, no-cache; not stored           |
 * | after  | any other status or route                  | no-store, unless the handler sets it |
 *
 * During a run the next version may be visible before the watch knows of it. A client that has seen
 * it must not get the older response from the cache, and a response made meanwhile may hold either
 * version under the ETag of the older: no-cache makes the client ask again. `max-age` ends when the
 * next update is due, and is no-cache without a schedule: see {@link nextDue}. On routes of movies
 * it is always no-cache, as merges follow no schedule; their version is that of the merges too.
 */
export function addHttpCaching(
  fastify: FastifyInstance,
  { watch, schedule, maxBytes, documentHash }: CachingOptions,
): void {
  const cache = new ResponseCache(maxBytes);
  const nextUpdate = nextDue(schedule);
  fastify.decorateRequest('published', null);

  fastify.addHook('preHandler', (request, reply, done) => {
    const version = versionFor(request);
    if (version === null || !isOfPublished(request)) {
      done();
      return;
    }
    const etag = etagOf(request, version, documentHash());
    request.published = { version, etag };
    if (matches(request.headers['if-none-match'], etag)) {
      void setCacheHeaders(request, reply, etag, !watch.isRunning).status(304).send();
      return;
    }
    const cached = request.method === 'GET' && !watch.isRunning ? cache.get(etag) : undefined;
    if (cached === undefined) done();
    else void reply.header('Content-Type', cached.type).send(cached.body);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { published, method } = request;
    if (published !== null && reply.statusCode === 200) {
      const { version, etag } = published;
      const isCurrent = !watch.isRunning && versionFor(request) === version;
      setCacheHeaders(request, reply, etag, isCurrent);
      if (method === 'GET' && isCurrent && typeof payload === 'string')
        cache.set(etag, { body: payload, type: String(reply.getHeader('content-type')) });
    }
    // without the header, caches would estimate how long an error or a run's state stays valid
    else if (!reply.hasHeader('cache-control')) void reply.header('Cache-Control', 'no-store');
    done(null, payload);
  });

  function versionFor(request: FastifyRequest): string | null {
    const { version, moviesVersion } = watch;
    if (accessPolicyOf(request).movies !== true) return version;
    return version === null || moviesVersion === null ? null : `${version} ${moviesVersion}`;
  }

  function setCacheHeaders(
    request: FastifyRequest,
    reply: FastifyReply,
    etag: string,
    isCurrent: boolean,
  ): FastifyReply {
    const scope = request.caller?.key ? 'private' : 'public';
    const isScheduled = isCurrent && accessPolicyOf(request).movies !== true;
    const seconds = isScheduled ? Math.floor((nextUpdate() - Date.now()) / 1000) : 0;
    vary(reply, VARY);
    const { dataFrom } = watch;
    if (dataFrom !== null && versionFor(request) === request.published?.version)
      void reply.header(DATA_FROM, dataFrom.toISOString());
    return reply
      .header('ETag', etag)
      .header('Cache-Control', seconds > 0 ? `${scope}, max-age=${seconds}` : `${scope}, no-cache`);
  }
}

/** Which day an answer is of, the same in all regions: when the newest published snapshot was downloaded. */
const DATA_FROM = 'Marquee-Data-From';

const VARY = ['Accept', 'Accept-Encoding', 'Authorization', 'X-API-Key', 'Cookie'];

function isOfPublished(request: FastifyRequest): boolean {
  const { method } = request;
  const { published, call } = accessPolicyOf(request);
  return (method === 'GET' || method === 'HEAD') && published === true && call === undefined;
}

/**
 * A weak ETag: compression changes the bytes of the same response. The parameter `format` is part
 * of the URL. Requests with a key get other ETags than those without: their Cache-Control differs.
 */
function etagOf(
  { url, headers, caller }: FastifyRequest,
  version: string,
  documentHash: string,
): string {
  const parts = JSON.stringify([
    version,
    documentHash,
    url,
    formatOf(undefined, headers.accept),
    caller?.key ? 'keyed' : '',
  ]);
  return `W/"${hash('sha256', parts, 'base64url').slice(0, 22)}"`;
}

/**
 * Whether If-None-Match has this ETag. `*` does not match: it is true of any response, even one
 * that the client has never seen.
 */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^(?!W\/)/u, 'W/') === etag);
}

/**
 * When the next scheduled update is due, in ms since 1970. 0 without a schedule, and within the
 * jitter after a due time: that update may not have begun yet.
 */
export function nextDue({
  UPDATE_SCHEDULE: cron,
  UPDATE_TIME_ZONE: tz,
  UPDATE_JITTER_SECONDS: jitter,
}: CachingOptions['schedule']): () => number {
  if (cron === undefined) return () => 0;
  let [last, next] = [0, 0];
  return () => {
    const now = Date.now();
    if (next <= now) {
      // one that is due at this very moment is the last one, not the next
      last = CronExpressionParser.parse(cron, { tz, currentDate: now + 1 })
        .prev()
        .getTime();
      next = CronExpressionParser.parse(cron, { tz, currentDate: now }).next().getTime();
    }
    return now < last + jitter * 1000 ? 0 : next;
  };
}
