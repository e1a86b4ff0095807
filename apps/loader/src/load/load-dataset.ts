import { ensurePublishedTables } from '@marquee/catalogue';
import { noteOnAdded, type KnownHeader } from '@marquee/datasets';
import { NotComparable } from '../diff/not-comparable.ts';
import { findBasis } from './basis.ts';
import { loadFully } from './full-load.ts';
import { stageChanges } from './refresh.ts';
import { readStaged, type LoadOptions, type Staged } from './staging.ts';
import { inTransaction } from './transaction.ts';

/**
 * Stages a snapshot for its run to publish: the changes from the published snapshot, where the two
 * can be compared and few rows differ; else a whole table, and says why. What a refresh comes to is
 * said as well.
 *
 * @throws RunFault when the header is not the dataset's, more lines than allowed cannot be taken,
 *   or the run has ended
 */
export async function loadDataset(options: LoadOptions): Promise<void> {
  const { pool, runId, dataset, snapshot, report } = options;
  report({ snapshotId: snapshot.id, bytesTotal: snapshot.bytes, rowsTotal: snapshot.rows });
  const { header, reason } = await stage(options);
  const staged = (await readStaged(pool, runId)).find((part) => part.dataset === dataset);
  const unchanged = staged?.baseSnapshotId === snapshot.id;
  const notes = [
    reason ?? (unchanged || staged?.baseSnapshotId == null ? null : refreshNote(staged)),
    header === null ? null : noteOnAdded(header),
  ].filter((note) => note !== null);
  report({
    phase: unchanged ? 'unchanged' : 'loaded',
    rowsDone: staged?.rows ?? 0,
    rejects: staged?.rejects ?? 0,
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    ...(unchanged ? {} : { bytesDone: snapshot.bytes }),
  });
}

/** Stages changes, or else a whole table; then the reason is said at once. */
async function stage(
  options: LoadOptions,
): Promise<{ header: KnownHeader | null; reason: string | null }> {
  const { pool, dataset, signal } = options;
  const made = await inTransaction(pool, signal, async (client) =>
    ensurePublishedTables(client, [dataset]),
  );
  try {
    if (made.length > 0) throw new NotComparable('the published table was not there');
    return { header: await stageChanges(options, await findBasis(options)), reason: null };
  } catch (error) {
    if (!(error instanceof NotComparable)) throw error;
    const reason = `full load: ${error.message}`;
    options.report({ note: reason, bytesDone: 0, rowsDone: 0, rejects: 0 });
    return { header: await loadFully(options), reason };
  }
}

function refreshNote({ inserted, updated, deleted }: Staged): string {
  return `refresh: ${inserted} rows added, ${updated} changed, ${deleted} removed`;
}
