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

/** A parameter of the API within a text, such as startYearFrom. */
const CAMEL_CASE = /\b[a-z]+(?:[A-Z][a-z]+)+\b/gu;

/**
 * The API answered with a problem document (RFC 9457). `code` is the one of the document. If it lists
 * faults, they are the message: its detail repeats them.
 */
export class ApiProblemError extends ApiError {
  override readonly name = 'ApiProblemError';
  readonly problem: Problem;

  /** @param nameOf the name that the reader knows a parameter by */
  constructor(problem: Problem, hint: string | null, nameOf = (where: string) => where) {
    const faults = (problem.faults ?? []).map(
      // what is expected may name another parameter, as the other end of a range
      ({ where, what }) => `${nameOf(where)}: ${what.replace(CAMEL_CASE, (name) => nameOf(name))}`,
    );
    super(faults.join('\n') || problem.detail, { hint, code: problem.code });
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
