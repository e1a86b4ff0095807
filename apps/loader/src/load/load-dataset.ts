import { ensurePublishedTables } from '@marquee/catalogue';
import { noteOnAdded, type KnownHeader } from '@marquee/datasets';
import { inTransaction } from '../database/transaction.ts';
import { findBaseSnapshot } from './base-snapshot.ts';
import { NotComparableError } from './compare/not-comparable.ts';
import { loadFully } from './full-load.ts';
import { stageChanges } from './refresh.ts';
import { readStaged, type LoadOptions, type Staged } from './staging.ts';

/**
 * Stages a snapshot for its run to publish: the changes since the published snapshot if the two can
 * be compared and few rows differ, otherwise a whole table. The step's note says why it was a full
 * load, or what a refresh changes.
 *
 * @throws RunFault when the header is not the dataset's, too many lines are rejected, or the run
 *   has ended
 */
export async function loadDataset(options: LoadOptions): Promise<void> {
  const { pool, runId, dataset, snapshot, report } = options;
  const notes: string[] = [];
  const noting: LoadOptions = {
    ...options,
    remark(what) {
      notes.push(what);
      options.remark(what);
    },
  };
  report({ snapshotId: snapshot.id, bytesTotal: snapshot.bytes, rowsTotal: snapshot.rows });
  const header = await stage(noting, notes);
  const staged = (await readStaged(pool, runId)).find((part) => part.dataset === dataset);
  const unchanged = staged?.baseSnapshotId === snapshot.id;
  if (staged?.baseSnapshotId != null && !unchanged) notes.unshift(refreshNote(staged));
  const added = header === null ? null : noteOnAdded(header);
  if (added !== null) notes.push(added);
  report({
    phase: unchanged ? 'unchanged' : 'loaded',
    rowsDone: staged?.rows ?? 0,
    rejects: staged?.rejects ?? 0,
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    ...(unchanged ? {} : { bytesDone: snapshot.bytes }),
  });
}

/**
 * Stages changes, or else a whole table, after reporting the reason.
 *
 * @returns the file's header, if the file was read
 */
async function stage(options: LoadOptions, notes: string[]): Promise<KnownHeader | null> {
  const { pool, dataset, signal, report } = options;
  const made = await inTransaction(pool, signal, async (client) =>
    ensurePublishedTables(client, [dataset]),
  );
  try {
    if (made.length > 0) throw new NotComparableError('the published table was missing');
    return await stageChanges(options, await findBaseSnapshot(options));
  } catch (error) {
    if (!(error instanceof NotComparableError)) throw error;
    notes.unshift(`full load: ${error.message}`);
    report({ note: notes.join('; '), bytesDone: 0, rowsDone: 0, rejects: 0 });
    return loadFully(options);
  }
}

function refreshNote({ inserted, updated, deleted }: Staged): string {
  const rows = inserted === 1 ? 'row' : 'rows';
  return `refresh: ${inserted} ${rows} added, ${updated} changed, ${deleted} removed`;
}
