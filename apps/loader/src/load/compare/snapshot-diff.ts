import { definitionOf, type DatasetName, type KnownHeader } from '@marquee/datasets';
import { NEWLINE } from '../encode/bytes.ts';
import { COPY_END, COPY_START, LENGTH_SIZE } from '../encode/copy-format.ts';
import { RowFault } from '../encode/field-encoder.ts';
import { readHeader } from '../encode/header.ts';
import { LineEncoder, MAX_KEPT, withoutCarriageReturns } from '../encode/line-encoder.ts';
import { findAnchor, type Anchor } from './anchor-search.ts';
import { commonPrefix } from './common-prefix.ts';
import { LineWindow, type KeyGroup } from './line-window.ts';

/**
 * A malformed line of the new snapshot. Its place is given in bytes, since unchanged lines are not
 * counted.
 */
export interface DiffReject {
  /** Bytes of the uncompressed file before the line. */
  readonly offset: number;
  readonly raw: Buffer;
  readonly reason: string;
}

/** The first column of an event, before those of the dataset: insert, update, delete. */
export type Kind = 'i' | 'u' | 'd';

/** Bytes per chunk of output. */
const CHUNK = 64 * 1024;
/** Rejects after which a chunk is emitted even if it is small: the caller can then release them. */
const MAX_REJECTS_PER_CHUNK = 1000;

/** Rows of one id by ordering; by 0 in datasets without an ordering. */
type Rows = ReadonlyMap<number, Buffer>;

const NO_ROWS: Rows = new Map();

/**
 * Finds the rows in which two snapshots of a dataset differ, by reading both files in parallel.
 * Stretches that both have in common are skipped at the speed of memcmp. Where they differ, lines
 * go through the same encoder as in a full load, so that the resulting rows are the same.
 *
 * The files may be in any order. A row that stands elsewhere in the new file is emitted twice, as a
 * delete and an insert, each with the whole row. So is each row of a key that occurs in a file more
 * than once. The caller joins the events of one key.
 */
export class SnapshotDiff {
  /** Events so far: at least one for each row that has changed or moved. */
  readonly counts: Record<Kind, number> = { i: 0, u: 0, d: 0 };
  /** Malformed lines of the previous snapshot among those that were read. */
  previousMalformed = 0;
  /** Malformed lines of the new snapshot among those that were read. */
  nextMalformed = 0;
  /** The new file's header, once it has been read. */
  header: KnownHeader | null = null;
  readonly #dataset: DatasetName;
  readonly #previous: LineWindow;
  readonly #next: LineWindow;
  readonly #oldLines: LineEncoder;
  readonly #newLines: LineEncoder;
  readonly #onReject: (reject: DiffReject) => void;
  /** The bytes before a row: the number of fields, and the first field, which is the kind. */
  readonly #starts: Readonly<Record<Kind, Buffer>>;
  #chunk: Buffer[] = [COPY_START];
  #chunkSize = COPY_START.length;
  /** Rejects since the last chunk. */
  #rejectsSince = 0;

  /** @param previous,next the uncompressed files, in chunks */
  constructor(
    dataset: DatasetName,
    previous: AsyncIterable<Buffer>,
    next: AsyncIterable<Buffer>,
    onReject: (reject: DiffReject) => void,
  ) {
    const { columns } = definitionOf(dataset);
    this.#previous = new LineWindow(previous);
    this.#next = new LineWindow(next);
    this.#dataset = dataset;
    this.#oldLines = new LineEncoder(dataset);
    this.#newLines = new LineEncoder(dataset);
    this.#onReject = onReject;
    this.#starts = {
      i: startOf('i', columns.length),
      u: startOf('u', columns.length),
      d: startOf('d', columns.length),
    };
  }

  /** Bytes of the new file compared so far. */
  get position(): number {
    return this.#next.position;
  }

  /**
   * The events in binary COPY format, for a table with the kind before the dataset's columns. An
   * insert or update has the new row, a delete the old one. Releases both files when it ends, also
   * by an error.
   *
   * @throws NotComparableError when an id has too many rows to hold
   * @throws WrongHeader when the first line of a file is not the dataset's header
   */
  async *events(): AsyncGenerator<Buffer> {
    try {
      yield* this.#compare();
    } finally {
      await this.#previous.close();
      await this.#next.close();
    }
  }

  async *#compare(): AsyncGenerator<Buffer> {
    const [previous, next] = [this.#previous, this.#next];
    const [oldLines, newLines] = [this.#oldLines, this.#newLines];
    oldLines.added = readHeader(this.#dataset, await previous.takeHeader()).added.length;
    this.header = readHeader(this.#dataset, await next.takeHeader());
    newLines.added = this.header.added.length;
    // equal lines are equal rows only if both files have the same number of columns
    const sameColumns = oldLines.added === newLines.added;
    for (;;) {
      await previous.fill();
      await next.fill();
      if (sameColumns && this.#skipCommon()) continue;
      const [before, after] = [await previous.group(), await next.group()];
      if (before === null && after === null) break;
      if (before === null || after === null || isSameId(previous, before, next, after))
        this.#compareGroups(before, after);
      else await this.#skipToAnchor(await findAnchor(previous, next));
      if (this.#chunkSize >= CHUNK || this.#rejectsSince >= MAX_REJECTS_PER_CHUNK)
        yield this.#takeChunk();
    }
    this.#chunk.push(COPY_END);
    yield this.#takeChunk();
  }

  /**
   * Skips the whole lines that both files have in common from here.
   *
   * @returns whether it skipped any
   */
  #skipCommon(): boolean {
    const [a, b] = [this.#previous, this.#next];
    const readable = Math.min(a.length, b.length);
    const common = commonPrefix(a.buffer, a.at, b.buffer, b.at, readable);
    const length = common === 0 ? 0 : a.buffer.lastIndexOf(NEWLINE, a.at + common - 1) + 1 - a.at;
    if (length <= 0) return false;
    a.at += length;
    b.at += length;
    return true;
  }

  /** Skips to the anchor in each file: emits the rows before it. */
  async #skipToAnchor({ previous, next }: Anchor): Promise<void> {
    for (const end = this.#previous.position + previous; this.#previous.position < end;)
      this.#compareGroups(await this.#previous.group(), null);
    for (const end = this.#next.position + next; this.#next.position < end;)
      this.#compareGroups(null, await this.#next.group());
  }

  /** Emits how the rows of one id differ. Null stands for a missing group. */
  #compareGroups(before: KeyGroup | null, after: KeyGroup | null): void {
    const oldRows = before === null ? NO_ROWS : this.#oldRows(before);
    const newRows = after === null ? NO_ROWS : this.#newRows(after);
    for (const [ordering, row] of oldRows) if (!newRows.has(ordering)) this.#emit('d', row);
    for (const [ordering, row] of newRows) {
      const old = oldRows.get(ordering);
      if (old === undefined) this.#emit('i', row);
      else if (!old.equals(row)) this.#emit('u', row);
    }
  }

  /** Reads a group of the previous file. */
  #oldRows(group: KeyGroup): Rows {
    return this.#takeGroup(this.#previous, group, this.#oldLines, 'd', () => {
      this.previousMalformed++;
    });
  }

  /** Reads a group of the new file. */
  #newRows(group: KeyGroup): Rows {
    const before = this.#next.position - this.#next.at;
    return this.#takeGroup(this.#next, group, this.#newLines, 'i', (line, at, reason) => {
      this.nextMalformed++;
      this.#rejectsSince++;
      const raw = Buffer.from(withoutCarriageReturns(line).subarray(0, -1).subarray(0, MAX_KEPT));
      this.#onReject({ offset: before + at, raw, reason });
    });
  }

  /**
   * Encodes the lines of a group, and moves the position after it.
   *
   * @param kind of the events for further rows of a key, which are not compared
   * @returns the first row of each key, as fields for COPY
   */
  #takeGroup(
    window: LineWindow,
    { start, end }: KeyGroup,
    encoder: LineEncoder,
    kind: Kind,
    onMalformed: (line: Buffer, at: number, reason: string) => void,
  ): Rows {
    const rows = new Map<number, Buffer>();
    for (let at = start; at < end;) {
      const lineEnd = window.buffer.indexOf(NEWLINE, at) + 1;
      const line = window.buffer.subarray(at, lineEnd);
      try {
        const row = encoder.encodeAlone(line);
        const ordering = encoder.ordering ?? 0;
        if (rows.has(ordering)) this.#emit(kind, row);
        else rows.set(ordering, row);
      } catch (fault) {
        if (!(fault instanceof RowFault)) throw fault;
        onMalformed(line, at, fault.message);
      }
      at = lineEnd;
    }
    window.at = end;
    return rows;
  }

  #emit(kind: Kind, row: Buffer): void {
    this.counts[kind]++;
    const start = this.#starts[kind];
    this.#chunk.push(start, row);
    this.#chunkSize += start.length + row.length;
  }

  #takeChunk(): Buffer {
    const chunk = Buffer.concat(this.#chunk);
    this.#chunk = [];
    this.#chunkSize = 0;
    this.#rejectsSince = 0;
    return chunk;
  }
}

/** Whether two groups of different files have the same id. */
function isSameId(a: LineWindow, groupOfA: KeyGroup, b: LineWindow, groupOfB: KeyGroup): boolean {
  return (
    a.buffer.compare(b.buffer, groupOfB.start, groupOfB.idEnd, groupOfA.start, groupOfA.idEnd) === 0
  );
}

/** The bytes before the row of an event. */
function startOf(kind: Kind, columns: number): Buffer {
  const start = Buffer.alloc(2 + LENGTH_SIZE + 1, kind);
  start.writeInt16BE(1 + columns);
  start.writeInt32BE(1, 2);
  return start;
}
