import { hash } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiConfig } from '../../config.ts';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { formatOf, vary } from '../formats/formats.ts';
import type { PublishedWatch } from '../../database/published-watch.ts';
import { ResponseCache } from './response-cache.ts';

/** How answers may be kept. */
export interface CachingOptions {
  readonly watch: PublishedWatch;
  readonly schedule: Pick<
    ApiConfig,
    'UPDATE_SCHEDULE' | 'UPDATE_TIME_ZONE' | 'UPDATE_JITTER_SECONDS'
  >;
  /** How much memory answers may be kept in, in bytes. */
  readonly memory: number;
  /**
   * Changes with the shapes of the answers, so that a new version of the program is not taken for
   * the old one.
   */
  readonly shapes: () => string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * What was published when it came, and what the answer will be marked with, if it is one of
     * published data and good.
     */
    published: { readonly version: string; readonly etag: string } | null;
  }
}

/**
 * Lets clients and caches keep what was published until there can be something new, and keeps what
 * was last asked for in memory as long. Who asks for what it has already is told so here, and what
 * somebody has asked for before is answered, before anything is asked of the database. Answers with
 * the mark of what was published when they were asked for: one that is made while something else is
 * being published may hold the newer, and is asked for once more.
 */
export function addHttpCaching(
  fastify: FastifyInstance,
  { watch, schedule, memory, shapes }: CachingOptions,
): void {
  const answers = new ResponseCache(memory);
  const nextUpdate = nextDue(schedule);
  fastify.decorateRequest('published', null);

  fastify.addHook('preHandler', (request, reply, done) => {
    const { version } = watch;
    if (version === null || !isOfPublished(request)) {
      done();
      return;
    }
    const etag = etagOf(request, version, shapes());
    request.published = { version, etag };
    if (matches(request.headers['if-none-match'], etag)) {
      void mark(request, reply, etag).status(304).send();
      return;
    }
    // while a run is going, something else may be published and not heard of yet: who has seen the
    // new is not given the old
    const answer = request.method === 'GET' && !watch.isRunning ? answers.get(etag) : undefined;
    if (answer === undefined) done();
    else void reply.header('Content-Type', answer.type).send(answer.body);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { published, method } = request;
    if (published !== null && reply.statusCode === 200) {
      const { version, etag } = published;
      // it may be made of what was published before, or of what has been since
      const isSure = !watch.isRunning && watch.version === version;
      mark(request, reply, etag, isSure);
      if (method === 'GET' && isSure && typeof payload === 'string')
        answers.set(etag, { body: payload, type: String(reply.getHeader('content-type')) });
    }
    // no cache guesses how long an error or the state of a run is good for
    else if (!reply.hasHeader('cache-control')) void reply.header('Cache-Control', 'no-store');
    done(null, payload);
  });

  function mark(
    request: FastifyRequest,
    reply: FastifyReply,
    etag: string,
    isSure = !watch.isRunning,
  ): FastifyReply {
    const who = request.caller?.key ? 'private' : 'public';
    const seconds = isSure ? Math.floor((nextUpdate() - Date.now()) / 1000) : 0;
    vary(reply, VARY);
    return reply
      .header('ETag', etag)
      .header('Cache-Control', seconds > 0 ? `${who}, max-age=${seconds}` : `${who}, no-cache`);
  }
}

const VARY = ['Accept', 'Accept-Encoding', 'Authorization', 'X-API-Key'];

function isOfPublished(request: FastifyRequest): boolean {
  const { method } = request;
  return (method === 'GET' || method === 'HEAD') && accessPolicyOf(request).published === true;
}

/**
 * Weak, as compression makes other bytes of the same answer; what `format` asks for stands in the
 * URL. What a key may read does not differ, but what is said of who may keep it does.
 */
function etagOf({ url, headers, caller }: FastifyRequest, version: string, shapes: string): string {
  const asked = JSON.stringify([
    version,
    shapes,
    url,
    formatOf(undefined, headers.accept),
    caller?.key ? 'keyed' : '',
  ]);
  return `W/"${hash('sha256', asked, 'base64url').slice(0, 22)}"`;
}

/**
 * Whether one of the marks that a client has is this one. `*` stands for any, and would be true of
 * an answer that nobody has seen.
 */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((mark) => mark.trim().replace(/^(?!W\/)/u, 'W/') === etag);
}

/**
 * When the next update is due by the schedule, in ms since 1970; 0 where there is none, and while
 * one that is due may not have begun, which chance puts off.
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
      // the one of this very moment, if there is one, is the last
      last = CronExpressionParser.parse(cron, { tz, currentDate: now + 1 })
        .prev()
        .getTime();
      next = CronExpressionParser.parse(cron, { tz, currentDate: now }).next().getTime();
    }
    return now < last + jitter * 1000 ? 0 : next;
  };
}
