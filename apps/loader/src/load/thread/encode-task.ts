import type { DatasetName, KnownHeader } from '@marquee/datasets';
import type { SnapshotConfig } from '@marquee/snapshots';
import { openContent } from '@marquee/snapshots/content';
import { RowEncoder, type Reject } from '../encode/row-encoder.ts';
import { RejectBuffer } from './reject-buffer.ts';
import { readSnapshot, type Open } from './snapshot-reader.ts';
import type { TaskOutput, ThreadTask } from './thread-task.ts';

interface EncodeOptions {
  readonly store: SnapshotConfig;
  readonly dataset: DatasetName;
  /** The snapshot's id. */
  readonly id: string;
  /** Keys known to occur in the snapshot more than once. */
  readonly repeatedKeys?: ReadonlySet<string>;
  /** Encode only the first row of each of these keys. */
  readonly only?: ReadonlySet<string>;
}

/** Totals so far, and the rejects since the last output. */
interface EncodeProgress {
  readonly rejects: readonly Reject[];
  /** Uncompressed bytes of the file encoded so far. */
  readonly rawBytes: number;
  readonly rows: number;
  /** Number of rejected lines, including those that are not kept. */
  readonly rejected: number;
  /** Rejected lines whose key occurred before. */
  readonly repeats: number;
  readonly sorted: boolean;
  readonly keysSorted: boolean;
  readonly header: KnownHeader | null;
}

/** Encodes a snapshot for COPY into a table of its dataset. */
export const ENCODE: ThreadTask<EncodeOptions, EncodeProgress> = {
  name: 'encode',
  async *run({ store, dataset, id, ...keys }) {
    const buffer = new RejectBuffer<Reject>();
    let rawBytes = 0;
    const encoder = new RowEncoder({ dataset, onReject: (reject) => buffer.add(reject), ...keys });
    const output = (copy: Uint8Array): TaskOutput<EncodeProgress> => ({
      copy,
      rejects: buffer.take(),
      rawBytes,
      rows: encoder.rows,
      rejected: encoder.rejects,
      repeats: encoder.repeats,
      sorted: encoder.sorted,
      keysSorted: encoder.keysSorted,
      header: encoder.header,
    });
    const open: Open = async (snapshot) => openContent(store, snapshot);
    for await (const chunk of readSnapshot(open, { dataset, id })) {
      rawBytes += chunk.length;
      yield output(encoder.encode(chunk));
    }
    yield output(encoder.end());
  },
};
