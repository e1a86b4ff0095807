import { availableParallelism } from 'node:os';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { connectionOf } from '../database/connection.ts';
import { indexBuildSettings } from '../database/index-build-settings.ts';
import { beginSession, executeAll } from '../database/transaction.ts';
import { fillInThread, type CopyTarget } from '../load/thread/fill-in-thread.ts';
import type { LineSource } from './copy-lines.ts';
import type { BuildContext } from './derived-table-set.ts';
import { LINES } from './lines-task.ts';

/**
 * For sorts and joins of millions of rows by one process: the other cores are busy with other
 * builds.
 */
export const BULK_SETTINGS = [
  `set local work_mem = '192MB'`,
  'set local max_parallel_workers_per_gather = 0',
];

/**
 * Creates tables by queries, in one transaction: a table created by a query is written once where
 * wal_level is minimal.
 */
export async function createInBulk(
  { pool, signal }: BuildContext,
  statements: readonly string[],
): Promise<void> {
  await executeAll(pool, signal, [...BULK_SETTINGS, ...statements]);
}

/**
 * Creates a table and fills it with lines, in a thread and in one transaction: the rows are frozen
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
    before: [beginSession(), create],
    copy: `copy ${table} from stdin (format text, freeze)`,
    after: [],
  };
  const filling = fillInThread(LINES, { connection, source }, target, signal);
  while ((await filling.next()).done !== true);
}

/** The statements that finish a filled table. */
export interface TableFinish {
  /**
   * Built in parallel. GIN indexes take longest and come first: otherwise one of them could be
   * built last, alone, on one core.
   */
  readonly indexes: readonly string[];
  /** Run afterwards in one transaction: the key, made from one of the indexes, and comments. */
  readonly last: readonly string[];
}

/**
 * The memory of one sort, in kB. Small runs fit the processor's caches and are sorted faster; with
 * this size, those of the largest table are still merged in one pass. The same holds for the
 * entries that a GIN index collects before it inserts them.
 */
const SORT_MEMORY_KB = 32 * 1024;

/**
 * Indexes of one table built in parallel while another build runs; twice as many when it is alone.
 * More builds than cores only evict each other's caches.
 */
const PARALLEL_BUILDS = Math.max(1, Math.floor(availableParallelism() / 2));

/** Builds the indexes of a filled table, and runs its last statements. */
export async function finishTable(
  { pool, signal, alone }: BuildContext,
  { indexes, last }: TableFinish,
): Promise<void> {
  // shared: each lane takes the next index from it
  const remaining = indexes.values();
  const buildRemaining = async () => {
    for (const index of remaining)
      await executeAll(pool, signal, [...indexBuildSettings(SORT_MEMORY_KB), index]);
  };
  const build = async () =>
    allSettledOrThrow(Array.from({ length: PARALLEL_BUILDS }, buildRemaining));
  const built = build();
  await allSettledOrThrow([built, Promise.race([alone, built]).then(build)]);
  await executeAll(pool, signal, last);
}
