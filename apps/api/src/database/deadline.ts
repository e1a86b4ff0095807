import { tooSlow } from '../problems/too-slow.ts';
import type { Database } from './database.ts';

/** Runs small, quick statements. */
export type Reads = Pick<Database, 'read' | 'readPrepared' | 'lostServers'>;

const DEADLINE_MS = 900;

/**
 * The same reads under one deadline: none starts once a second is nearly over. Each read has a limit
 * of its own, and a request may need several, one after another. Losing a server renews it.
 *
 * @returns reads that throw a ProblemException 503 after the deadline
 */
export function withDeadline(database: Reads): Reads {
  let deadline = performance.now() + DEADLINE_MS;
  let { lostServers } = database;
  const checkDeadline = (): void => {
    // the server may have hung until its reads were repeated on another one
    if (database.lostServers !== lostServers) {
      ({ lostServers } = database);
      deadline = performance.now() + DEADLINE_MS;
    }
    if (performance.now() >= deadline) throw tooSlow();
  };
  return {
    get lostServers() {
      return database.lostServers;
    },
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
