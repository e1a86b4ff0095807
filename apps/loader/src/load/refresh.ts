import type { KnownHeader } from '@marquee/datasets';
import { connectionOf } from '../database/connection.ts';
import { beginSession, inTransaction } from '../database/transaction.ts';
import type { BaseSnapshot } from './base-snapshot.ts';
import { NotComparableError } from './compare/not-comparable.ts';
import type { DiffReject } from './compare/snapshot-diff.ts';
import { NEWLINE } from './encode/bytes.ts';
import { explainHeader, retryWithoutDamagedCopies } from './file-fault.ts';
import { allowedOf, tooManyRejects } from './gates.ts';
import { reconcileChanges, type RepeatedRow } from './reconcile-changes.ts';
import { RejectStore } from './rejects.ts';
import {
  allowedRejects,
  beginStaging,
  changeTableOf,
  createForRows,
  dropStagedStatement,
  recordStaged,
  type LoadOptions,
  type Staged,
} from './staging.ts';
import { DIFF } from './thread/diff-task.ts';
import { fillInThread, type CopyTarget } from './thread/fill-in-thread.ts';
import { readSnapshot } from './thread/snapshot-reader.ts';

/**
 * Stages the changes between the published snapshot and a new one. They count once they are
 * recorded as staged; the next attempt drops what an unfinished one has left.
 *
 * @returns the new file's header, if it was read
 * @throws NotComparableError when the published snapshot is damaged, or too many rows differ
 * @throws RunFault when too many lines are rejected
 */
export async function stageChanges(
  options: LoadOptions,
  base: BaseSnapshot,
): Promise<KnownHeader | null> {
  const { pool, runId, dataset, snapshot, report } = options;
  const { previous } = base;
  report({ phase: 'comparing' });
  return inTransaction(pool, options.signal, async (client, signal) => {
    if (!(await beginStaging(client, options))) return null;
    const unchanged = previous.id === snapshot.id;
    if (unchanged) await client.query(dropStagedStatement(dataset));
    const changes = unchanged
      ? { ...base, inserted: 0, updated: 0, deleted: 0, header: null }
      : await retryWithoutDamagedCopies(options, async () =>
          findChanges({ ...options, signal }, base),
        );
    const { rows, rejects, repeats, inserted, updated, deleted, header } = changes;
    await recordStaged(client, runId, {
      dataset,
      snapshotId: snapshot.id,
      rows,
      rejects,
      repeats,
      baseSnapshotId: previous.id,
      inserted,
      updated,
      deleted,
    });
    return header;
  });
}

type Changes = Omit<Staged, 'dataset' | 'snapshotId' | 'baseSnapshotId'> & Pick<Compared, 'header'>;

async function findChanges(options: LoadOptions, base: BaseSnapshot): Promise<Changes> {
  const compared = await copyEvents(options, base);
  const { repeated, ...kinds } = await reconcileChanges(options, base.repeats > 0);
  await keepRejects(options, compared.rejected, repeated);
  // each line is either a row of the table or a reject
  const rows = base.rows + kinds.inserted - kinds.deleted;
  const rejects = options.snapshot.rows - rows;
  expectFewRejects(options, rejects);
  // an earlier version did not record repeats: all of its rejects count as repeats
  const malformed = Math.max(0, base.rejects - base.repeats + compared.moreMalformed);
  return { rows, rejects, repeats: rejects - malformed, ...kinds, header: compared.header };
}

interface Compared {
  readonly rejected: readonly DiffReject[];
  /** How many more malformed lines the new snapshot has than the published one. */
  readonly moreMalformed: number;
  readonly header: KnownHeader | null;
}

/** Copies the events of the comparison into the table of changes. */
async function copyEvents(options: LoadOptions, { previous }: BaseSnapshot): Promise<Compared> {
  const { storeConfig, dataset, snapshot, maxChangePercent, signal, report } = options;
  const allowed = allowedRejects(options);
  const maxEvents = allowedOf(previous.rows, maxChangePercent);
  const rejected: DiffReject[] = [];
  let moreMalformed = 0;
  let header: KnownHeader | null = null;
  try {
    const task = { store: storeConfig, dataset, previousId: previous.id, id: snapshot.id };
    const table = changeTable(options);
    for await (const progress of fillInThread(DIFF, task, table, signal)) {
      const { counts, nextMalformed, previousMalformed, rawBytes } = progress;
      rejected.push(...progress.rejects);
      header = progress.header;
      moreMalformed = nextMalformed - previousMalformed;
      if (counts.i + counts.u + counts.d > maxEvents)
        throw new NotComparableError(
          `more than ${maxEvents} of ${previous.rows} rows have changed or moved`,
        );
      const done = rawBytes / snapshot.rawBytes;
      report({
        bytesDone: Math.round(snapshot.bytes * done),
        rowsDone: Math.round(snapshot.rows * done),
        rejects: nextMalformed,
      });
      if (nextMalformed > allowed) {
        await keepRejects(options, rejected, []);
        expectFewRejects(options, nextMalformed);
      }
    }
  } catch (error) {
    throw explainHeader(error);
  }
  return { rejected, moreMalformed, header };
}

/**
 * Reports the number of rejects, if it is too large.
 *
 * @throws RunFault when it is
 */
function expectFewRejects(options: LoadOptions, rejects: number): void {
  const { snapshot, report } = options;
  const allowed = allowedRejects(options);
  if (rejects <= allowed) return;
  report({ rejects });
  throw tooManyRejects({ ...options, rejects, rows: snapshot.rows, allowed });
}

function changeTable({ pool, dataset }: LoadOptions): CopyTarget {
  const table = changeTableOf(dataset);
  return {
    connection: connectionOf(pool),
    before: [
      beginSession(),
      dropStagedStatement(dataset),
      createForRows(table, dataset, [`null::"char" as kind`]),
    ],
    copy: `copy ${table} from stdin (format binary, freeze)`,
    after: [`analyze ${table}`],
  };
}

/**
 * Records the rejects that the comparison met. Those in unchanged lines are recorded under the run
 * that first met them.
 */
async function keepRejects(
  { pool, store, runId, dataset, snapshot }: LoadOptions,
  rejected: readonly DiffReject[],
  repeated: readonly RepeatedRow[],
): Promise<void> {
  const kept = new RejectStore(pool, { runId, dataset, snapshotId: snapshot.id });
  await kept.clear();
  for (const reject of repeated) kept.add(reject);
  if (rejected.length > 0) {
    const lines = await lineNumbersAt(
      readSnapshot((name) => store.openContent(name), snapshot),
      rejected.map(({ offset }) => offset),
    );
    for (const [i, { raw, reason }] of rejected.entries())
      kept.add({ line: lines[i] ?? 0, raw, reason });
  }
  await kept.flush({ all: true });
}

/**
 * The numbers of the lines that start at some byte offsets; the first line is line 1. Reads the
 * file up to the last offset, for rejects only, which are rare.
 *
 * @param offsets in ascending order
 */
async function lineNumbersAt(
  chunks: AsyncIterable<Buffer>,
  offsets: readonly number[],
): Promise<number[]> {
  const lines: number[] = [];
  let line = 1;
  let before = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (
      lines.length < offsets.length &&
      (offsets[lines.length] as number) < before + chunk.length
    ) {
      const end = (offsets[lines.length] as number) - before;
      for (; at < end; at++) if (chunk[at] === NEWLINE) line++;
      lines.push(line);
    }
    if (lines.length === offsets.length) return lines;
    for (; at < chunk.length; at++) if (chunk[at] === NEWLINE) line++;
    before += chunk.length;
  }
  return lines;
}
