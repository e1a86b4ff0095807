import { NotComparable } from '../diff/side.ts';
import { findBasis } from './basis.ts';
import { loadFully } from './full-load.ts';
import { stageChanges } from './refresh.ts';
import { readStaged, type LoadOptions } from './staging.ts';

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
  try {
    await stageChanges(options, await findBasis(options));
  } catch (error) {
    if (!(error instanceof NotComparable)) throw error;
    report({ note: `full load: ${error.message}`, bytesDone: 0, rowsDone: 0, rejects: 0 });
    await loadFully(options);
  }
  const staged = (await readStaged(pool, runId)).find((part) => part.dataset === dataset);
  const unchanged = staged?.baseSnapshotId === snapshot.id;
  if (staged?.baseSnapshotId != null && !unchanged) {
    report({
      note: `refresh: ${staged.inserted} rows added, ${staged.updated} changed, ${staged.deleted} removed`,
    });
  }
  report({
    phase: unchanged ? 'unchanged' : 'loaded',
    rowsDone: staged?.rows ?? 0,
    rejects: staged?.rejects ?? 0,
    ...(unchanged ? {} : { bytesDone: snapshot.bytes }),
  });
}
