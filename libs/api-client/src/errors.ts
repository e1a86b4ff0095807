import type { Problem } from '@marquee/contract';
import { UserError } from '@marquee/process';

/** A request to the API failed. */
export class ApiError extends UserError {
  override readonly name: string = 'ApiError';
}

/** Nothing answers at the API's address. */
export class ApiUnreachableError extends ApiError {
  override readonly name = 'ApiUnreachableError';
}

/** The API answered with a problem document (RFC 9457). `code` is the one of the document. */
export class ApiProblemError extends ApiError {
  override readonly name = 'ApiProblemError';
  readonly problem: Problem;

  constructor(problem: Problem, hint: string | null) {
    const faults = (problem.faults ?? []).map(({ where, what }) => `\n  ${where}: ${what}`);
    super(problem.detail + faults.join(''), { hint, code: problem.code });
    this.problem = problem;
  }
}

/** The answer is not one of the contract: another server, or another version of the API. */
export class UnexpectedAnswerError extends ApiError {
  override readonly name = 'UnexpectedAnswerError';
}

/** The key contains characters that an HTTP header cannot hold. */
export class InvalidKeyError extends ApiError {
  override readonly name = 'InvalidKeyError';
}
