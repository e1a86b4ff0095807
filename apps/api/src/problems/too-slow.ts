import { ProblemException } from './problem-exception.ts';

/** What is said when an answer takes longer than a request may. */
export function tooSlow(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'too-slow',
    detail: 'The database took too long to answer: no request may take more than a second.',
    hint: 'Narrow the request down: by type, genre or years; or ask by SQL.',
  });
}
