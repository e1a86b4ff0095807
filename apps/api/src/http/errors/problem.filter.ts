import type { Logger } from '@marquee/process';
import { isRetryable } from '@marquee/runs';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { sendMissingPage } from '../site/site.ts';
import {
  ProblemException,
  toProblem,
  type ProblemFields,
} from '../../problems/problem-exception.ts';
import { tooSlow } from '../../problems/too-slow.ts';

/**
 * Turns whatever was thrown into a problem answer. What is a fault of ours goes to the log, not to
 * the client.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const fields = describe(error, request);
    // 503 passes, and clients bring it about as well
    if (fields.status >= 500)
      this.#log[fields.status === 503 ? 'warn' : 'error'](
        {
          err: error,
          request: request.id,
          method: request.method,
          route: request.routeOptions.url ?? null,
        },
        fields.detail,
      );
    if (fields.code === 'no-such-route' && sendMissingPage(request, reply)) return;
    if (fields.status === 503) void reply.header('Retry-After', '5');
    if (error instanceof ProblemException) void reply.headers(error.headers);
    const { errorBody } = accessPolicyOf(request);
    if (errorBody === undefined || reply.raw.headersSent) sendProblem(reply, fields, request.id);
    else
      void reply.status(fields.status).header('Cache-Control', 'no-store').send(errorBody(fields));
  }
}

/**
 * Answers with a problem. One of an answer that has begun cannot be told any more: it is cut off,
 * and so seen not to be whole.
 */
export function sendProblem(reply: FastifyReply, fields: ProblemFields, requestId: string): void {
  if (reply.raw.headersSent) reply.raw.destroy();
  else
    void reply
      .status(fields.status)
      .headers({
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        'X-Request-Id': requestId,
      })
      .send(toProblem(fields, requestId));
}

function describe(
  error: unknown,
  { method, url }: Pick<FastifyRequest, 'method' | 'url'>,
): ProblemFields {
  if (error instanceof ProblemException) return error.fields;
  const status = statusOf(error);
  if (status === 404)
    return {
      status,
      code: 'no-such-route',
      detail: `There is nothing at ${method} ${url}.`,
      hint: 'GET /docs shows what there is.',
    };
  if (status === 415) {
    return {
      status,
      code: 'unsupported-media-type',
      detail: 'The body is of a type that is not taken.',
      hint: 'Bodies are JSON: send them with the header content-type: application/json.',
    };
  }
  if (status !== null && status < 500 && error instanceof Error) {
    return {
      status,
      code: CODES[status] ?? 'bad-request',
      detail: error.message,
      hint: 'GET /docs shows what each operation takes; bodies are JSON.',
    };
  }
  if (isRetryable(error)) {
    return {
      status: 503,
      code: 'unavailable',
      detail: 'The database or the queue does not answer.',
      hint: 'Try again in a few seconds; GET /health/ready tells when it is back.',
    };
  }
  if (error instanceof QueryFailedError && 'code' in error && error.code === QUERY_CANCELED) {
    return tooSlow().fields;
  }
  if (error instanceof Error && 'code' in error && NOT_PREPARED.has(error.code)) {
    return {
      status: 503,
      code: 'not-prepared',
      detail: 'A table that this is read from is not there.',
      hint: 'The loader makes those of search when it starts: is it running? GET /health/ready tells. An update makes any that was removed: POST /updatedata {"force":true}, or make update FORCE=1.',
    };
  }
  return {
    status: 500,
    code: 'internal',
    detail: 'Something went wrong on our side.',
    hint: 'The log of the API says more, under the request id.',
  };
}

/**
 * What PostgreSQL says of a schema or a table that nobody has made yet, and of a column or a
 * function that one by an earlier version has not.
 */
const NOT_PREPARED = new Set<unknown>(['3F000', '42P01', '42703', '42883']);

/** What PostgreSQL says when a statement ran into its time limit. */
const QUERY_CANCELED = '57014';

const CODES: Readonly<Record<number, string>> = {
  408: 'request-timeout',
  413: 'too-large',
  414: 'url-too-long',
};

/** The status that Nest or Fastify meant an error to have. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}
