import { ProblemException } from './problem-exception.ts';

/** What pg-pool says, without a code, when no connection became free in time. */
const NO_CONNECTION = 'timeout exceeded when trying to connect';

/** Whether a query failed because no connection became free in time. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && error.message === NO_CONNECTION;
}

/** The 503 for a request that got no connection to the database in time. */
export function busy(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'busy',
    detail: 'All connections to the database are in use.',
    hint: 'Try again in a few seconds.',
  });
}
