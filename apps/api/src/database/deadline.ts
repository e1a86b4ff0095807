import { tooSlow } from '../problems/too-slow.ts';
import type { Database } from './database.ts';

/** Runs small, quick statements. */
export type Reads = Pick<Database, 'read' | 'readPrepared'>;

const DEADLINE_MS = 900;

/**
 * The same reads under one deadline: none starts once a second is nearly over. Each read has a limit
 * of its own, and a request may need several, one after another.
 *
 * @returns reads that throw a ProblemException 503 after the deadline
 */
export function withDeadline(database: Reads): Reads {
  const deadline = performance.now() + DEADLINE_MS;
  const checkDeadline = (): void => {
    if (performance.now() >= deadline) throw tooSlow();
  };
  return {
    async read(statement, values) {
      checkDeadline();
      return database.read(statement, values);
    },
    async readPrepared(statement, values) {
      checkDeadline();
      return database.readPrepared(statement, values);
    },
  };
}
