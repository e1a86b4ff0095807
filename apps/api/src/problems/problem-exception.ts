import { STATUS_CODES } from 'node:http';
import type { Problem } from '@marquee/contract';
import { HttpException } from '@nestjs/common';

export type ProblemFields = Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Pick<Problem, 'hint' | 'faults' | 'runId'>>;

/** An answer that is an error, in the one shape that all of them have. */
export class ProblemException extends HttpException {
  readonly fields: ProblemFields;

  constructor(fields: ProblemFields) {
    super(fields.detail, fields.status);
    this.fields = fields;
  }
}

/** A problem as it is sent. */
export function toProblem(fields: ProblemFields, requestId: string): Problem {
  return { type: `urn:marquee:problem:${fields.code}`, title: STATUS_CODES[fields.status] ?? 'Error', ...fields, requestId };
}

/** 404 for an id that is well-formed and belongs to nothing. */
export function notFound(what: string, id: string, hint: string): ProblemException {
  return new ProblemException({ status: 404, code: 'not-found', detail: `There is no ${what} with the id ${id}.`, hint });
}
