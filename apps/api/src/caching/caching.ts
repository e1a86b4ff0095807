import { hash } from 'node:crypto';
import { CronExpressionParser } from 'cron-parser';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiConfig } from '../config.ts';
import { areaOf } from '../door/areas.ts';
import { formatOf } from '../lists/formats.ts';
import type { PublishedWatch } from '../published/watch.ts';
import { Answers } from './answers.ts';

/** How answers may be kept. */
export interface CachingOptions {
  readonly watch: PublishedWatch;
  readonly schedule: Pick<ApiConfig, 'UPDATE_SCHEDULE' | 'UPDATE_TIME_ZONE'>;
  /** How much memory answers may be kept in, in bytes. */
  readonly memory: number;
  /** Changes with the shapes of the answers, so that a new version of the program is not taken for the old one. */
  readonly shapes: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the answer will be marked with, if it is one of published data and good. */
    etag: string | null;
  }
}

/**
 * Lets clients and caches keep what was published until there can be something new, and keeps what was last asked for in memory as long. Who asks for
 * what it has already is told so here, and what somebody has asked for before is answered, before anything is asked of the database. Answers with the mark
 * of what was published when they were asked for: one that is made while something else is being published may hold the newer, and is asked for once more.
 */
export function keepPublished(fastify: FastifyInstance, { watch, schedule, memory, shapes }: CachingOptions): void {
  const answers = new Answers(memory);
  const nextUpdate = nextDue(schedule);
  fastify.decorateRequest('etag', null);

  fastify.addHook('preHandler', (request, reply, done) => {
    const { version } = watch;
    if (version === null || !isOfPublished(request)) {
      done();
      return;
    }
    request.etag = etagOf(request, version, shapes);
    if (matches(request.headers['if-none-match'], request.etag)) {
      void mark(request, reply, request.etag).status(304).send();
      return;
    }
    // while a run is going, something else may be published and not heard of yet: who has seen the new is not given the old
    const answer = request.method === 'GET' && !watch.isRunning ? answers.get(request.etag) : undefined;
    if (answer === undefined) done();
    else void reply.header('Content-Type', answer.type).send(answer.body);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { etag, method } = request;
    if (etag !== null && reply.statusCode === 200) {
      mark(request, reply, etag);
      if (method === 'GET' && !watch.isRunning && typeof payload === 'string') answers.keep(etag, { body: payload, type: String(reply.getHeader('content-type')) });
    }
    // no cache guesses how long an error or the state of a run is good for
    else if (!reply.hasHeader('cache-control')) void reply.header('Cache-Control', 'no-store');
    done(null, payload);
  });

  function mark(request: FastifyRequest, reply: FastifyReply, etag: string): FastifyReply {
    const who = request.caller?.key ? 'private' : 'public';
    const seconds = watch.isRunning ? 0 : Math.floor((nextUpdate() - Date.now()) / 1000);
    return reply
      .header('ETag', etag)
      .header('Cache-Control', seconds > 0 ? `${who}, max-age=${seconds}` : `${who}, no-cache`)
      .header('Vary', [...new Set([...String(reply.getHeader('vary') ?? '').split(/ *, */u).filter(Boolean), ...VARY])].join(', '));
  }
}

const VARY = ['Accept', 'Accept-Encoding', 'Authorization', 'X-API-Key'];

function isOfPublished({ method, routeOptions }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && areaOf(routeOptions.url).published === true;
}

/** Weak, as compression makes other bytes of the same answer; what `format` asks for stands in the URL. What a key may read does not differ, but what is said of who may keep it does. */
function etagOf({ url, headers, caller }: FastifyRequest, version: string, shapes: string): string {
  const asked = JSON.stringify([version, shapes, url, formatOf(undefined, headers.accept), caller?.key ? 'keyed' : '']);
  return `W/"${hash('sha256', asked, 'base64url').slice(0, 22)}"`;
}

/** Whether one of the marks that a client has is this one. `*` stands for any, and would be true of an answer that nobody has seen. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((mark) => mark.trim().replace(/^(?!W\/)/u, 'W/') === etag);
}

/** When the next update is due by the schedule, in ms since 1970; 0 where there is none. */
function nextDue({ UPDATE_SCHEDULE: cron, UPDATE_TIME_ZONE: tz }: CachingOptions['schedule']): () => number {
  if (cron === undefined) return () => 0;
  let next = 0;
  return () => {
    if (next <= Date.now()) next = CronExpressionParser.parse(cron, { tz }).next().getTime();
    return next;
  };
}
