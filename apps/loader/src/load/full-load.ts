import { createTable, finishTableInParallel, keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { KnownHeader } from '@marquee/datasets';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { DatabaseError } from 'pg';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { connectionOf } from '../database/connection.ts';
import { indexBuildSettings } from '../database/index-build-settings.ts';
import { beginSession, executeAll, inTransaction } from '../database/transaction.ts';
import { expectDatabaseSpace } from './database-space.ts';
import { explainHeader, retryWithoutDamagedCopies, wrongLines } from './file-fault.ts';
import { tooManyRejects } from './gates.ts';
import { RejectStore } from './rejects.ts';
import {
  allowedRejects,
  beginStaging,
  dropStagedStatement,
  recordStaged,
  type LoadOptions,
} from './staging.ts';
import { ENCODE } from './thread/encode-task.ts';
import { fillInThread, type CopyTarget } from './thread/fill-in-thread.ts';
import { copyUserIndexes } from './user-indexes.ts';

/**
 * Loads a snapshot into its table in `imdb_next`, with key, indexes, comments and statistics. The
 * table counts once it is recorded as staged; the next attempt drops what an unfinished one has
 * left.
 *
 * @returns the file's header, if the file was read
 * @throws RunFault when the header is not the dataset's, or too many lines are rejected
 */
export async function loadFully(options: LoadOptions): Promise<KnownHeader | null> {
  const { pool, runId, dataset, snapshot, report } = options;
  report({ phase: 'copying' });
  return inTransaction(pool, options.signal, async (client, signal) => {
    if (!(await beginStaging(client, options))) return null;
    await expectDatabaseSpace(client, options);
    const { rows, rejects, repeats, header } = await retryWithoutDamagedCopies(options, async () =>
      fill({ ...options, signal }),
    );
    await copyUserIndexes(client, dataset);
    report({ phase: 'analyzing' });
    await client.query(`analyze ${tableOf(dataset, 'imdb_next')}`);
    await recordStaged(client, runId, {
      dataset,
      snapshotId: snapshot.id,
      rows,
      rejects,
      repeats,
      baseSnapshotId: null,
      inserted: 0,
      updated: 0,
      deleted: 0,
    });
    return header;
  });
}

interface FillResult {
  readonly rows: number;
  readonly rejects: number;
  /** Rejected lines whose key occurred before. */
  readonly repeats: number;
  /** Whether ids came in order, and whether whole keys did. */
  readonly sorted: boolean;
  readonly keysSorted: boolean;
  readonly header: KnownHeader | null;
}

const EMPTY: FillResult = {
  rows: 0,
  rejects: 0,
  repeats: 0,
  sorted: true,
  keysSorted: true,
  header: null,
};

/**
 * Copies the file and finishes the table. If the file is sorted, the encoder finds repeated keys.
 * If not, building the key's index finds them: then the file is copied again without them.
 */
async function fill(options: LoadOptions): Promise<FillResult> {
  const { report } = options;
  const filled = await copy(options, {});
  report({ phase: 'indexing' });
  try {
    await finish(options, filled);
    return filled;
  } catch (error) {
    if (
      filled.sorted ||
      !(error instanceof DatabaseError && error.code === SQLSTATE.uniqueViolation)
    )
      throw error;
  }
  const repeatedKeys = await findRepeatedKeys(options);
  report({ phase: 'copying', bytesDone: 0, rowsDone: 0, rejects: 0 });
  const again = await copy(options, { repeatedKeys });
  report({ phase: 'indexing' });
  await finish(options, again);
  return again;
}

/**
 * Copies the file into a new table, in one transaction: the rows are frozen from the start and,
 * with wal_level = minimal, written once; else to the WAL too.
 */
async function copy(
  options: LoadOptions,
  known: { readonly repeatedKeys?: ReadonlySet<string> },
): Promise<FillResult> {
  const { pool, storeConfig, dataset, runId, snapshot, signal, report } = options;
  const allowed = allowedRejects(options);
  const kept = new RejectStore(pool, { runId, dataset, snapshotId: snapshot.id });
  await kept.clear();
  let filled = EMPTY;
  try {
    const task = { store: storeConfig, dataset, id: snapshot.id, ...known };
    for await (const { rejects, rawBytes, rejected, ...done } of fillInThread(
      ENCODE,
      task,
      newTable(options),
      signal,
    )) {
      const { rows } = done;
      filled = { ...done, rejects: rejected };
      for (const reject of rejects) kept.add(reject);
      // before the gate, so that the step it fails shows how far the load got
      report({
        bytesDone: Math.round((snapshot.bytes * rawBytes) / snapshot.rawBytes),
        rowsDone: rows,
        rejects: rejected,
      });
      if (rejected > allowed)
        throw tooManyRejects({ ...options, rejects: rejected, rows: snapshot.rows, allowed });
      await kept.flush({ all: false });
    }
  } catch (error) {
    throw explainHeader(error);
  } finally {
    // also when a gate fails: people want to read the rejects then
    await kept.flush({ all: true });
  }
  const lines = filled.rows + filled.rejects;
  if (lines !== snapshot.rows) throw await wrongLines(options, lines);
  return filled;
}

function newTable({ pool, dataset }: LoadOptions): CopyTarget {
  return {
    connection: connectionOf(pool),
    before: [beginSession(), dropStagedStatement(dataset), createTable(dataset, 'imdb_next')],
    copy: `copy ${tableOf(dataset, 'imdb_next')} from stdin (format binary, freeze)`,
    after: [],
  };
}

/**
 * Builds the table's key and indexes in parallel, each with one process. Sharing one sort among
 * processes takes a third more processor time, which a load that keeps all cores busy does not
 * have.
 */
async function finish(
  { pool, dataset, signal }: LoadOptions,
  { rows, keysSorted }: FillResult,
): Promise<void> {
  const { key, indexes, comments } = finishTableInParallel(dataset, 'imdb_next');
  // the first is the key's index; keys in order need no sort, and may use all memory
  await allSettledOrThrow(
    indexes.map(async (index, i) =>
      executeAll(pool, signal, [
        ...indexBuildSettings(i === 0 && keysSorted ? null : sortMemory(rows)),
        index,
      ]),
    ),
  );
  await executeAll(pool, signal, [key, ...comments]);
}

/** Bytes per index entry in a sort, and bytes per run of the sort while runs are merged. */
const ENTRY_BYTES = 56;
const PART_BYTES = 264 * 1024;

/**
 * The memory, in kB, to sort index entries with: the least with which all sorted runs are merged in
 * one pass. Over 9.7 million rows of title.principals, the index on nconst took 5.0 s of processor
 * time in 4 to 16 MB, 6.2 s in 64 MB and 7.0 s in 1 GB: a run that fits the processor's cache is
 * sorted faster.
 */
function sortMemory(rows: number): number {
  return Math.max(4096, Math.ceil(Math.sqrt(rows * ENTRY_BYTES * PART_BYTES) / 1024));
}

/**
 * The keys that occur in the table more than once, in the encoder's form. Finds at most one more
 * than the gate allows: that many fail the load anyway.
 */
async function findRepeatedKeys(options: LoadOptions): Promise<Set<string>> {
  const { pool, dataset, signal } = options;
  const key = keyColumnsOf(dataset).join(', ');
  const repeated = `select concat_ws(' ', ${key}) as key from ${tableOf(dataset, 'imdb_next')} group by ${key} having count(*) > 1 limit $1::float8`;
  const allowed = allowedRejects(options);
  const { rows } = await inTransaction(pool, signal, async (client) =>
    client.query<{ key: string }>(repeated, [Number.isFinite(allowed) ? allowed + 1 : null]),
  );
  return new Set(rows.map((row) => row.key));
}
