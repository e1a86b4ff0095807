import type { DatasetName, KnownHeader } from '@marquee/datasets';
import type { SnapshotConfig, SnapshotName } from '@marquee/snapshots';
import { openContent } from '@marquee/snapshots/content';
import { NotComparable } from '../diff/not-comparable.ts';
import { SnapshotDiff, type DiffReject } from '../diff/snapshot-diff.ts';
import { RowEncoder, type Reject } from '../encode/row-encoder.ts';
import { connectTo, type Connection } from '../load/connection.ts';
import { MAX_KEPT_REJECTS } from '../load/rejects.ts';
import { readRows } from '../search/table-rows.ts';
import { lineMaker, type LineSource } from '../search/text-lines.ts';
import { Damaged, readSnapshot, type Open } from './snapshot-reader.ts';

/** What a thread is asked to do with the snapshots of a dataset. */
export interface Tasks {
  /** Encode a snapshot for COPY. */
  readonly encode: {
    readonly store: SnapshotConfig;
    readonly dataset: DatasetName;
    readonly id: string;
    /** Keys that are known to stand in it more than once. */
    readonly repeatedKeys?: ReadonlySet<string>;
    /** The keys whose first rows alone are wanted. */
    readonly only?: ReadonlySet<string>;
  };
  /** Find what differs between two snapshots. */
  readonly diff: {
    readonly store: SnapshotConfig;
    readonly dataset: DatasetName;
    readonly previousId: string;
    readonly id: string;
  };
  /** Make lines of what is in the database. */
  readonly lines: { readonly connection: Connection; readonly source: LineSource };
}
export type TaskName = keyof Tasks;

/** How far a task is in all, and the rejects met since it last told. */
export interface Progress {
  readonly encode: {
    readonly rejects: readonly Reject[];
    /** Bytes of the file, unpacked, that have been encoded. */
    readonly rawBytes: number;
    readonly rows: number;
    /** How many lines could not be taken; of those beyond what is kept, only the number is told. */
    readonly rejected: number;
    /** Those of them whose key came before. */
    readonly repeats: number;
    readonly sorted: boolean;
    readonly keysSorted: boolean;
    readonly header: KnownHeader | null;
  };
  readonly diff: {
    readonly rejects: readonly DiffReject[];
    /** Bytes of the new file, unpacked, that have been compared. */
    readonly rawBytes: number;
    readonly counts: SnapshotDiff['counts'];
    readonly previousMalformed: number;
    readonly nextMalformed: number;
    readonly header: KnownHeader | null;
  };
  readonly lines: object;
}

/** A part of what a task makes: bytes for COPY, and how far it is with them. */
export type Encoded<Name extends TaskName = TaskName> = Progress[Name] & {
  readonly copy: Uint8Array;
};

type Run<Name extends TaskName> = (task: Tasks[Name]) => AsyncGenerator<Encoded<Name>>;

/** How each task is done. */
export const RUN: { readonly [Name in TaskName]: Run<Name> } = {
  async *encode({ store, dataset, id, ...keys }) {
    const met = new Met<Reject>();
    let rawBytes = 0;
    const encoder = new RowEncoder({
      dataset,
      onReject: (reject) => met.add(reject),
      ...keys,
    });
    const output = (copy: Uint8Array) => ({
      copy,
      rejects: met.take(),
      rawBytes,
      rows: encoder.rows,
      rejected: encoder.rejects,
      repeats: encoder.repeats,
      sorted: encoder.sorted,
      keysSorted: encoder.keysSorted,
      header: encoder.header,
    });
    for await (const chunk of readSnapshot(openFrom(store), { dataset, id })) {
      rawBytes += chunk.length;
      yield output(encoder.encode(chunk));
    }
    yield output(encoder.end());
  },

  async *diff({ store, dataset, previousId, id }) {
    const open = openFrom(store);
    const met = new Met<DiffReject>();
    const previous = readPrevious(open, { dataset, id: previousId });
    const diff = new SnapshotDiff(
      dataset,
      previous,
      readSnapshot(open, { dataset, id }),
      (reject) => met.add(reject),
    );
    for await (const copy of diff.events()) {
      const { position: rawBytes, counts, previousMalformed, nextMalformed, header } = diff;
      yield {
        copy,
        rejects: met.take(),
        rawBytes,
        counts: { ...counts },
        previousMalformed,
        nextMalformed,
        header,
      };
    }
  },

  async *lines({ connection, source }) {
    const client = await connectTo(connection);
    try {
      const lineOf = await lineMaker(client, source);
      let lines = '';
      for await (const rows of readRows(client, source.query)) {
        for (const row of rows) lines += lineOf(row);
        if (lines.length < LINES_AT_ONCE) continue;
        yield { copy: Buffer.from(lines) };
        lines = '';
      }
      yield { copy: Buffer.from(lines) };
    } finally {
      await client.end();
    }
  },
};

/**
 * Characters that are handed on at once: few, as they are many small objects until then, and live
 * through collections of young garbage.
 */
const LINES_AT_ONCE = 32 * 1024;

function openFrom(store: SnapshotConfig): Open {
  return async (snapshot) => openContent(store, snapshot);
}

/**
 * The rejects met since the last output; of all that a task meets, as many as are kept. A file can
 * consist of rejects, but the part of it that one output is made of bounds what is held at a time.
 */
class Met<R> {
  #left = MAX_KEPT_REJECTS;
  #rejects: R[] = [];

  add(reject: R): void {
    if (this.#left-- > 0) this.#rejects.push(reject);
  }

  take(): R[] {
    return this.#rejects.splice(0);
  }
}

/**
 * The published file. That it cannot be read is no reason to fail: a full load does without it.
 *
 * @throws Damaged as it is: another of its files may be sound
 */
async function* readPrevious(open: Open, snapshot: SnapshotName): AsyncGenerator<Buffer> {
  try {
    yield* readSnapshot(open, snapshot);
  } catch (cause) {
    if (cause instanceof Damaged) throw cause;
    throw new NotComparable(
      `the published snapshot ${snapshot.id} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
