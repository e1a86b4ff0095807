import { tooSlow } from '../problems/too-slow.ts';
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
export function withDeadline(database: Reads): Reads {
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
