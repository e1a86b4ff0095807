import { STATUS_CODES } from 'node:http';
import type { Problem } from '@marquee/contract';
import { HttpException } from '@nestjs/common';

export type ProblemFields = Pick<Problem, 'status' | 'code' | 'detail'> &
  Partial<Pick<Problem, 'hint' | 'faults' | 'runId'>>;

/** An error response: problem+json, RFC 9457. */
export class ProblemException extends HttpException {
  readonly fields: ProblemFields;
  /** Headers that the status requires, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor({
    headers = {},
    ...fields
  }: ProblemFields & { headers?: Readonly<Record<string, string>> }) {
    super(fields.detail, fields.status);
    this.fields = fields;
    this.headers = headers;
  }
}

/** The body of an error response. */
export function toProblem(fields: ProblemFields, requestId: string): Problem {
  return {
    type: `urn:marquee:problem:${fields.code}`,
    title: STATUS_CODES[fields.status] ?? 'Error',
    ...fields,
    requestId,
  };
}

/** 404 for a valid id that does not exist. @param what such as `title` */
export function notFound(what: string, id: string, hint: string): ProblemException {
  return new ProblemException({
    status: 404,
    code: 'not-found',
    detail: `There is no ${what} with the id ${id}.`,
    hint,
  });
}
