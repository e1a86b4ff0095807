import { ProblemException } from '../problems/problem-exception.ts';
import type { Database } from './database.ts';

/** What asks for small, quick statements. */
export type Reads = Pick<Database, 'read' | 'readPrepared'>;

const LAST_BEGIN_MS = 900;

/**
 * The same reads, of which none begins when a second is as good as over: each has a limit of its
 * own, and a request may need several, one after another.
 *
 * @returns reads that throw a ProblemException 503 when it is too late
 */
export function inTime(database: Reads): Reads {
  const until = performance.now() + LAST_BEGIN_MS;
  const expectTime = (): void => {
    if (performance.now() >= until) throw tooSlow();
  };
  return {
    async read(statement, values) {
      expectTime();
      return database.read(statement, values);
    },
    async readPrepared(statement, values) {
      expectTime();
      return database.readPrepared(statement, values);
    },
  };
}

/** What is said when an answer takes longer than a request may. */
export function tooSlow(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'too-slow',
    detail: 'The database took too long to answer: no request may take more than a second.',
    hint: 'Narrow the request down: by type, genre or years; or ask by SQL.',
  });
}
