import type { DatasetName, KnownHeader } from '@marquee/datasets';
import { errorMessage } from '@marquee/process/error-message';
import type { SnapshotConfig, SnapshotName } from '@marquee/snapshots';
import { openContent } from '@marquee/snapshots/content';
import { NotComparableError } from '../compare/not-comparable.ts';
import { SnapshotDiff, type DiffReject } from '../compare/snapshot-diff.ts';
import { RejectBuffer } from './reject-buffer.ts';
import { DamagedFileError, readSnapshot, type Open } from './snapshot-reader.ts';
import type { ThreadTask } from './thread-task.ts';

interface DiffOptions {
  readonly store: SnapshotConfig;
  readonly dataset: DatasetName;
  /** The id of the published snapshot. */
  readonly previousId: string;
  /** The id of the new snapshot. */
  readonly id: string;
}

/** Totals so far, and the rejects since the last output. */
interface DiffProgress {
  readonly rejects: readonly DiffReject[];
  /** Uncompressed bytes of the new file compared so far. */
  readonly rawBytes: number;
  readonly counts: SnapshotDiff['counts'];
  readonly previousMalformed: number;
  readonly nextMalformed: number;
  readonly header: KnownHeader | null;
}

/** Compares two snapshots, and encodes the events for COPY into a table of changes. */
export const DIFF: ThreadTask<DiffOptions, DiffProgress> = {
  name: 'diff',
  async *run({ store, dataset, previousId, id }) {
    const open: Open = async (snapshot) => openContent(store, snapshot);
    const buffer = new RejectBuffer<DiffReject>();
    const diff = new SnapshotDiff(
      dataset,
      readPrevious(open, { dataset, id: previousId }),
      readSnapshot(open, { dataset, id }),
      (reject) => buffer.add(reject),
    );
    for await (const copy of diff.events()) {
      const { position: rawBytes, counts, previousMalformed, nextMalformed, header } = diff;
      yield {
        copy,
        rejects: buffer.take(),
        rawBytes,
        counts: { ...counts },
        previousMalformed,
        nextMalformed,
        header,
      };
    }
  },
};

/**
 * Reads the published snapshot. A fault of the store does not fail the run: a full load needs only
 * the new snapshot.
 *
 * @throws Damaged unchanged: the snapshot's other file may be sound
 * @throws NotComparableError for any other error
 */
async function* readPrevious(open: Open, snapshot: SnapshotName): AsyncGenerator<Buffer> {
  try {
    yield* readSnapshot(open, snapshot);
  } catch (cause) {
    if (cause instanceof DamagedFileError) throw cause;
    throw new NotComparableError(
      `the published snapshot ${snapshot.id} cannot be read: ${errorMessage(cause)}`,
      { cause },
    );
  }
}
