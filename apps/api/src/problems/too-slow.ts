import { ProblemException } from './problem-exception.ts';

/** 503 for a statement that exceeded the time limit of a request. */
export function tooSlow(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'too-slow',
    detail: 'The database took too long to answer: no request may take more than a second.',
    hint: 'Narrow the request by type, genre or years, or use SQL.',
  });
}
