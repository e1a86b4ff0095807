import { SQLSTATE } from '@marquee/postgres/sqlstates';
import type { Logger } from '@marquee/process';
import { isRetryable } from '@marquee/runs';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessPolicyOf } from '../auth/access-policy.ts';
import { routeNotFound } from '../guard/request-errors.ts';
import { sendMissingPage } from '../site/site.ts';
import {
  ProblemException,
  toProblem,
  type ProblemFields,
} from '../../problems/problem-exception.ts';
import { busy, isBusy } from '../../problems/busy.ts';
import { tooSlow } from '../../problems/too-slow.ts';

/**
 * Turns every exception into an error response. Details of server errors go to the log, never to
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
    const fields = problemOf(error, request);
    logProblem(this.#log, request, error, fields);
    if (fields.code === 'no-such-route' && sendMissingPage(request, reply)) return;
    void reply.headers(headersOfProblem(error, fields));
    const { errorBody } = accessPolicyOf(request);
    if (errorBody === undefined || reply.raw.headersSent) sendProblem(reply, fields, request.id);
    else
      void reply.status(fields.status).header('Cache-Control', 'no-store').send(errorBody(fields));
  }
}

/** Answers the errors of routes that are not Nest's, which its filters do not reach. */
export function answerProblems(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const fields = problemOf(error, request);
    logProblem(log, request, error, fields);
    sendProblem(reply.headers(headersOfProblem(error, fields)), fields, request.id);
  };
}

/** Logs a fault of the server that ends a request. */
export function logProblem(
  log: Logger,
  { id, method, routeOptions }: FastifyRequest,
  error: unknown,
  { status, detail }: Pick<ProblemFields, 'status' | 'detail'>,
): void {
  // 503 is temporary, and clients can cause it
  if (status >= 500)
    log[status === 503 ? 'warn' : 'error'](
      { err: error, request: id, method, route: routeOptions.url ?? null },
      detail,
    );
}

/** The headers that an error adds to its response. */
export function headersOfProblem(
  error: unknown,
  { status }: Pick<ProblemFields, 'status'>,
): Readonly<Record<string, string>> {
  return {
    ...(status === 503 && { 'Retry-After': '5' }),
    ...(error instanceof ProblemException && error.headers),
  };
}

/**
 * Sends an error response. If a response has begun, the connection is cut instead: the client sees
 * that the body is incomplete.
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

/**
 * Maps an exception to the fields of its error response.
 *
 * @param request names the route that does not exist
 */
export function problemOf(
  error: unknown,
  request?: Pick<FastifyRequest, 'method' | 'url'>,
): ProblemFields {
  if (error instanceof ProblemException) return error.fields;
  const status = statusOf(error);
  // 403 is the static files' answer to a path that leads out of their folder
  if ((status === 404 || status === 403) && request !== undefined)
    return routeNotFound(request.method, request.url).fields;
  if (status === 415) {
    return {
      status,
      code: 'unsupported-media-type',
      detail: 'The content type of the body is not supported.',
      hint: 'Send JSON, with the header content-type: application/json.',
    };
  }
  if (status !== null && status < 500 && error instanceof Error) {
    return {
      status,
      code: CODES[status] ?? 'bad-request',
      detail: error.message,
      hint: 'GET /docs describes the input of each operation; bodies are JSON.',
    };
  }
  if (error instanceof Error && 'code' in error && HELD.has(error.code)) {
    return {
      status: 503,
      code: 'busy',
      detail: 'A service is at work on what this request needs, and did not finish in time.',
      hint: 'Try again in a minute: an extraction of a large file takes some. Nothing was changed.',
    };
  }
  if (isRetryable(error)) {
    return {
      status: 503,
      code: 'unavailable',
      detail: 'The database or the queue does not answer.',
      hint: 'Try again in a few seconds; GET /health/ready says when it is back.',
    };
  }
  if (isBusy(error)) return busy().fields;
  if (
    error instanceof QueryFailedError &&
    'code' in error &&
    error.code === SQLSTATE.queryCanceled
  ) {
    return tooSlow().fields;
  }
  if (error instanceof Error && 'code' in error && NOT_PREPARED.has(error.code)) {
    return {
      status: 503,
      code: 'not-prepared',
      detail: 'A table that this reads does not exist.',
      hint: 'The loader creates the search tables when it starts: is it running? See GET /health/ready. An update creates any other table: POST /updatedata {"force":true}, or make update FORCE=1.',
    };
  }
  return {
    status: 500,
    code: 'internal',
    detail: 'Internal error.',
    hint: 'The log of the API has the details under the request id.',
  };
}

/** SQLSTATEs of waiting too long for rows or tables of others, or in a circle with them. */
const HELD = new Set<unknown>([SQLSTATE.lockNotAvailable, SQLSTATE.deadlockDetected]);

/**
 * SQLSTATEs of a schema or table that does not exist yet, and of a column or function that an older
 * version of it lacks.
 */
const NOT_PREPARED = new Set<unknown>([
  SQLSTATE.invalidSchemaName,
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedColumn,
  SQLSTATE.undefinedFunction,
]);

const CODES: Readonly<Record<number, string>> = {
  408: 'request-timeout',
  413: 'too-large',
  414: 'url-too-long',
};

/** The status that Nest or Fastify gave an error. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}
