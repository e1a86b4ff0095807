import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import { NotComparable } from '../diff/side.ts';
import type { DiffReject, SnapshotDiff } from '../diff/snapshot-diff.ts';
import { NEWLINE } from '../encode/bytes.ts';
import { allowedOf, tooManyRejects } from '../gates.ts';
import { fillInThread, type Target } from '../thread/in-thread.ts';
import { readSnapshot } from '../thread/snapshot-reader.ts';
import type { Basis } from './basis.ts';
import { connectionOf } from './connection.ts';
import { explainFile } from './file-fault.ts';
import { RejectStore } from './rejects.ts';
import {
  allowedRejects,
  beginStaging,
  changeTableOf,
  dropStaged,
  noteStaged,
  type LoadOptions,
} from './staging.ts';
import { CHECK_CLIENT, inTransaction } from './transaction.ts';

/**
 * Stages the changes that lead from the published snapshot to another. They count once they are
 * noted as staged; what an attempt leaves that did not come so far, the next one drops.
 *
 * @throws NotComparable when one of the two is not sorted, the published one is damaged, or too
 *   many rows differ
 * @throws RunFault when more lines than allowed cannot be taken
 */
export async function stageChanges(
  options: LoadOptions,
  { previous, sorted, rejects: previousRejects }: Basis,
): Promise<void> {
  const { pool, runId, dataset, snapshot, report } = options;
  report({ phase: 'comparing' });
  await inTransaction(pool, options.signal, async (client, signal) => {
    if (!(await beginStaging(client, options))) return;
    const unchanged = previous.id === snapshot.id;
    if (unchanged) await client.query(dropStaged(dataset));
    const { counts, rejects } = unchanged
      ? { counts: NONE, rejects: previousRejects }
      : await copyChanges({ ...options, signal }, previous, previousRejects);
    const { i: inserted, u: updated, d: deleted } = counts;
    await noteStaged(client, runId, {
      dataset,
      snapshotId: snapshot.id,
      rows: snapshot.rows - rejects,
      rejects,
      sorted,
      baseSnapshotId: previous.id,
      inserted,
      updated,
      deleted,
    });
  });
}

interface Changes {
  readonly counts: SnapshotDiff['counts'];
  readonly rejects: number;
}

const NONE: Changes['counts'] = { i: 0, u: 0, d: 0 };

async function copyChanges(
  options: LoadOptions,
  previous: Basis['previous'],
  previousRejects: number,
): Promise<Changes> {
  const { storeConfig, dataset, snapshot, maxChangePercent, signal, report } = options;
  const allowed = allowedRejects(options);
  const maxChanges = allowedOf(previous.rows, maxChangePercent);
  const rejected: DiffReject[] = [];
  let changes: Changes = { counts: NONE, rejects: previousRejects };
  try {
    const task = { store: storeConfig, dataset, previousId: previous.id, id: snapshot.id };
    for await (const {
      rejects,
      counts,
      rawBytes,
      previousRejects: gone,
      nextRejects,
    } of fillInThread('diff', task, changeTable(options), signal)) {
      changes = { counts, rejects: previousRejects - gone + nextRejects };
      rejected.push(...rejects);
      if (counts.i + counts.u + counts.d > maxChanges)
        throw new NotComparable(`more than ${maxChanges} of ${previous.rows} rows have changed`);
      if (nextRejects > allowed) break;
      const done = rawBytes / snapshot.rawBytes;
      report({
        bytesDone: Math.round(snapshot.bytes * done),
        rowsDone: Math.round(snapshot.rows * done),
        rejects: nextRejects,
      });
    }
  } catch (error) {
    throw explainFile(options, error);
  }
  await keepRejects(options, rejected);
  if (changes.rejects > allowed)
    throw tooManyRejects({ dataset, rejects: changes.rejects, rows: snapshot.rows, allowed });
  return changes;
}

function changeTable({ pool, dataset }: LoadOptions): Target {
  const table = changeTableOf(dataset);
  return {
    connection: connectionOf(pool),
    before: [
      CHECK_CLIENT,
      dropStaged(dataset),
      `create table ${table} (kind "char" not null, like ${tableOf(dataset, 'imdb')})`,
    ],
    copy: `copy ${table} from stdin (format binary, freeze)`,
    after: [
      `alter table ${table} add primary key (${keyColumnsOf(dataset).join(', ')})`,
      `analyze ${table}`,
    ],
  };
}

/**
 * Keeps the rejects that the comparison came upon. Those of unchanged lines are kept under the run
 * that first met them.
 */
async function keepRejects(
  { pool, store, runId, dataset, snapshot }: LoadOptions,
  rejected: readonly DiffReject[],
): Promise<void> {
  const kept = new RejectStore(pool, { runId, dataset, snapshotId: snapshot.id });
  await kept.clear();
  if (rejected.length === 0) return;
  const lines = await lineNumbersAt(
    readSnapshot((name) => store.openQuickest(name), snapshot),
    rejected.map(({ offset }) => offset),
  );
  for (const [i, { raw, reason }] of rejected.entries())
    kept.add({ line: lines[i] ?? 0, raw, reason });
  await kept.flush({ all: true });
}

/**
 * The lines that start at some bytes of a file, in rising order; the first line is line 1. Read for
 * rejects alone, which are rare.
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
