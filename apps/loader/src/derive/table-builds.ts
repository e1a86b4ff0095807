import { availableParallelism } from 'node:os';
import { connectionOf } from '../database/connection.ts';
import { indexBuildSettings } from '../database/index-build-settings.ts';
import { CHECK_CLIENT, executeAll } from '../database/transaction.ts';
import { fillInThread, type CopyTarget } from '../load/thread/fill-in-thread.ts';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import type { BuildContext } from './derived-table-set.ts';
import type { LineSource } from './copy-lines.ts';
import { LINES } from './lines-task.ts';

/**
 * Makes a table and fills it with lines, in a thread and in one transaction: its rows are frozen
 * from the start and, with wal_level = minimal, written once.
 */
export async function fillWithLines(
  { pool, signal }: BuildContext,
  create: string,
  table: string,
  source: LineSource,
): Promise<void> {
  const connection = connectionOf(pool);
  const target: CopyTarget = {
    connection,
    before: [CHECK_CLIENT, create],
    copy: `copy ${table} from stdin (format text, freeze)`,
    after: [],
  };
  const filling = fillInThread(LINES, { connection, source }, target, signal);
  while ((await filling.next()).done !== true);
}

/** What makes a filled table complete, as statements. */
export interface Finish {
  /**
   * Each can be built beside the others. GIN indexes, which take longest, come first: no core is
   * then left with one of them at the end.
   */
  readonly indexes: readonly string[];
  /**
   * What comes after them, in one transaction: the key, which one of them becomes, and comments.
   */
  readonly last: readonly string[];
}

/**
 * In kB. Small parts, which the processor's caches hold, are sorted faster; with this size those of
 * our largest table are still merged at once. So it is with what a GIN index gathers before it
 * takes that in.
 */
const SORT_MEMORY = 32 * 1024;

/**
 * So many indexes of a table are built at once while another structure is built beside it, and
 * twice as many from then on: more builds than cores only take the caches from one another.
 */
const BUILDS = Math.max(1, Math.floor(availableParallelism() / 2));

/** Gives a filled table its indexes. */
export async function finishTable(
  { pool, signal, alone }: BuildContext,
  { indexes, last }: Finish,
): Promise<void> {
  // one for all: where a build fails, it is over for the others too
  const turns = indexes.values();
  const inTurn = async () => {
    for (const index of turns)
      await executeAll(pool, signal, [...indexBuildSettings(SORT_MEMORY), index]);
  };
  const build = async () => allSettledOrThrow(Array.from({ length: BUILDS }, inTurn));
  const built = build();
  await allSettledOrThrow([built, Promise.race([alone, built]).then(build)]);
  await executeAll(pool, signal, last);
}
