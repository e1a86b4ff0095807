import { pipeline } from 'node:stream/promises';
import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { NotComparable } from '../diff/side.ts';
import { SnapshotDiff, type DiffReject } from '../diff/snapshot-diff.ts';
import { NEWLINE } from '../encode/bytes.ts';
import { allowedOf, tooManyRejects } from '../gates.ts';
import type { Basis } from './basis.ts';
import { gunzip } from './gunzip.ts';
import { RejectStore } from './rejects.ts';
import { allowedRejects, beginStaging, changeTableOf, noteStaged, type LoadOptions } from './staging.ts';
import { inTransaction } from './transaction.ts';

/**
 * Stages the changes that lead from the published snapshot to another, in one transaction: they are there whole, or not at all.
 *
 * @throws NotComparable when one of the two is not sorted, the published one is damaged, or too many rows differ
 * @throws RunFault when more lines than allowed cannot be taken
 */
export async function stageChanges(options: LoadOptions, { previous, rejects: previousRejects }: Basis): Promise<void> {
  const { pool, runId, dataset, snapshot, signal, report } = options;
  report({ phase: 'comparing' });
  await inTransaction(pool, signal, async (client) => {
    if (!(await beginStaging(client, options))) return;
    if (previous.id === snapshot.id) {
      await noteStaged(client, runId, { dataset, snapshotId: snapshot.id, rows: snapshot.rows - previousRejects, rejects: previousRejects, sorted: true, baseSnapshotId: previous.id, inserted: 0, updated: 0, deleted: 0 });
      return;
    }
    await client.query(`create table ${changeTableOf(dataset)} (kind "char" not null, like ${tableOf(dataset, 'imdb')})`);
    const { counts, rejects } = await copyChanges(client, options, previous, previousRejects);
    await client.query(`alter table ${changeTableOf(dataset)} add primary key (${keyColumnsOf(dataset).join(', ')})`);
    await client.query(`analyze ${changeTableOf(dataset)}`);
    const { i: inserted, u: updated, d: deleted } = counts;
    await noteStaged(client, runId, { dataset, snapshotId: snapshot.id, rows: snapshot.rows - rejects, rejects, sorted: true, baseSnapshotId: previous.id, inserted, updated, deleted });
  });
}

async function copyChanges(client: PoolClient, options: LoadOptions, previous: Basis['previous'], previousRejects: number): Promise<{ counts: SnapshotDiff['counts']; rejects: number }> {
  const { store, dataset, snapshot, maxChangePercent, signal, report } = options;
  const allowed = allowedRejects(options);
  const maxChanges = allowedOf(previous.rows, maxChangePercent);
  const rejected: DiffReject[] = [];
  const diff = new SnapshotDiff(dataset, gunzipPrevious(options, previous), gunzip(store.openFile(snapshot)), (reject) => rejected.push(reject));
  await pipeline(
    async function* () {
      for await (const chunk of diff.changes()) {
        yield chunk;
        const changes = diff.counts.i + diff.counts.u + diff.counts.d;
        if (changes > maxChanges) throw new NotComparable(`more than ${maxChanges} of ${previous.rows} rows have changed`);
        if (rejected.length > allowed) break;
        const done = diff.position / snapshot.rawBytes;
        report({ bytesDone: Math.round(snapshot.bytes * done), rowsDone: Math.round(snapshot.rows * done), rejects: diff.nextRejects });
      }
    },
    client.query(copyFrom(`copy ${changeTableOf(dataset)} from stdin (format text, freeze)`)),
    { signal },
  );
  await keepRejects(options, rejected);
  const rejects = previousRejects - diff.previousRejects + diff.nextRejects;
  if (rejects > allowed) throw tooManyRejects({ dataset, rejects, rows: snapshot.rows, allowed });
  return { counts: diff.counts, rejects };
}

/** The published file. That it cannot be read is no reason to fail: a full load does without it. */
async function* gunzipPrevious({ store }: LoadOptions, previous: Basis['previous']): AsyncGenerator<Buffer> {
  try {
    yield* gunzip(store.openFile(previous)) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new NotComparable(`the published snapshot ${previous.id} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Keeps the rejects that the comparison came upon. Those of unchanged lines are kept under the run that first met them. */
async function keepRejects({ pool, store, runId, dataset, snapshot }: LoadOptions, rejected: readonly DiffReject[]): Promise<void> {
  const kept = new RejectStore(pool, { runId, dataset, snapshotId: snapshot.id });
  await kept.clear();
  if (rejected.length === 0) return;
  const lines = await lineNumbersAt(gunzip(store.openFile(snapshot)), rejected.map(({ offset }) => offset));
  for (const [i, { raw, reason }] of rejected.entries()) kept.add({ line: lines[i] ?? 0, raw, reason });
  await kept.flush({ all: true });
}

/** The lines that start at some bytes of a file, in rising order; the first line is line 1. Read for rejects alone, which are rare. */
async function lineNumbersAt(chunks: AsyncIterable<Buffer>, offsets: readonly number[]): Promise<number[]> {
  const lines: number[] = [];
  let line = 1;
  let before = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (lines.length < offsets.length && (offsets[lines.length] as number) < before + chunk.length) {
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
