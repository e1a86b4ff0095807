import type { Logger } from '@marquee/process';
import { isRetryable } from '@marquee/runs';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemException, toProblem, type ProblemFields } from './problem-exception.ts';

/** Turns whatever was thrown into a problem answer. What is a fault of ours goes to the log, not to the client. */
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
    if (fields.status >= 500) this.#log.error({ err: error, request: request.id, url: request.url }, fields.detail);
    if (fields.status === 503) void reply.header('Retry-After', '5');
    sendProblem(reply, fields, request.id);
  }
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, fields: ProblemFields, requestId: string): void {
  void reply.status(fields.status).header('Content-Type', 'application/problem+json').send(toProblem(fields, requestId));
}

function describe(error: unknown, { method, url }: Pick<FastifyRequest, 'method' | 'url'>): ProblemFields {
  if (error instanceof ProblemException) return error.fields;
  const status = statusOf(error);
  if (status === 404) return { status, code: 'no-such-route', detail: `There is nothing at ${method} ${url}.`, hint: 'GET /docs shows what there is.' };
  if (status === 415) {
    return { status, code: 'unsupported-media-type', detail: 'The body is of a type that is not taken.', hint: 'Bodies are JSON: send them with the header content-type: application/json.' };
  }
  if (status !== null && status < 500 && error instanceof Error) {
    return { status, code: CODES[status] ?? 'bad-request', detail: error.message, hint: 'GET /docs shows what each operation takes; bodies are JSON.' };
  }
  if (isRetryable(error)) {
    return { status: 503, code: 'unavailable', detail: 'The database or the queue does not answer.', hint: 'Try again in a few seconds; GET /health/ready tells when it is back.' };
  }
  if (error instanceof QueryFailedError && 'code' in error && error.code === QUERY_CANCELED) {
    return { status: 503, code: 'too-slow', detail: 'The database took too long to answer.', hint: 'Narrow the request down: by type, genre or years; or ask by SQL.' };
  }
  return { status: 500, code: 'internal', detail: 'Something went wrong on our side.', hint: 'The log of the API says more, under the request id.' };
}

/** What PostgreSQL says when a statement ran into its time limit. */
const QUERY_CANCELED = '57014';

const CODES: Readonly<Record<number, string>> = { 413: 'too-large' };

/** The status that Nest or Fastify meant an error to have. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null;
}
