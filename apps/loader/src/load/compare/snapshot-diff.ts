import { definitionOf, type DatasetName, type KnownHeader } from '@marquee/datasets';
import { NEWLINE } from '../encode/bytes.ts';
import { COPY_END, COPY_START, LENGTH_SIZE } from '../encode/copy-format.ts';
import { RowFault } from '../encode/field-encoder.ts';
import { readHeader } from '../encode/header.ts';
import { LineEncoder, MAX_KEPT, withoutCarriageReturns } from '../encode/line-encoder.ts';
import { commonPrefix } from './common-prefix.ts';
import { LineWindow, type KeyGroup } from './line-window.ts';
import { findAnchor, type Anchor } from './anchor-search.ts';

/**
 * A line of the new snapshot that cannot be taken. Where it stands is known by its byte: lines that
 * have not changed are not counted.
 */
export interface DiffReject {
  /** Bytes of the gunzipped file before the line. */
  readonly offset: number;
  readonly raw: Buffer;
  readonly reason: string;
}

/** The first column of an event, before the dataset's own: insert, update, delete. */
export const KINDS = ['i', 'u', 'd'] as const;
export type Kind = (typeof KINDS)[number];

/** What is put together before it is handed on. */
const CHUNK = 64 * 1024;
/** So many rejects are told of at the most before something is handed on: whoever holds them can let them go. */
const REJECTS_AT_ONCE = 1000;

/** Rows of one id, by their orderings, or by 0 where an id has one row. */
type Rows = ReadonlyMap<number, Buffer>;

const NO_ROWS: Rows = new Map();

/**
 * Finds the rows in which two snapshots of a dataset differ, by reading their files side by side.
 * What they have in common from where they are is skipped at the speed of memcmp. Where they
 * differ, lines are read with the same encoder as a full load, so that the rows that come out are
 * those that a full load would have made.
 *
 * No order is required. A row that stands elsewhere in the new file comes out twice, as a delete
 * and an insert, each with its whole row; so does each row of a key that stands in a file more than
 * once. Whoever takes the events joins those of one key.
 */
export class SnapshotDiff {
  /** Events so far: one or more for each row that has changed or moved. */
  readonly counts: Record<Kind, number> = { i: 0, u: 0, d: 0 };
  /** Lines of the previous snapshot, among those that were read, that could not be taken. */
  previousMalformed = 0;
  /** Lines of the new snapshot, among those that were read, that cannot be taken. */
  nextMalformed = 0;
  /** The new file's header, once it has been read. */
  header: KnownHeader | null = null;
  readonly #dataset: DatasetName;
  readonly #previous: LineWindow;
  readonly #next: LineWindow;
  readonly #oldLines: LineEncoder;
  readonly #newLines: LineEncoder;
  readonly #onReject: (reject: DiffReject) => void;
  /** What comes before a row: the number of fields, and the first of them, the kind. */
  readonly #starts: Readonly<Record<Kind, Buffer>>;
  #chunk: Buffer[] = [COPY_START];
  #chunkSize = COPY_START.length;
  /** Rejects since the last chunk. */
  #rejectsSince = 0;

  /** @param previous,next the unpacked files, in chunks */
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

  /** How many bytes of the new file have been compared. */
  get position(): number {
    return this.#next.position;
  }

  /**
   * The events in COPY's binary format, for a table that has the kind before the dataset's columns:
   * for an insert or update the new row, for a delete the old one. Lets go of both files when it
   * ends, by an error too.
   *
   * @throws NotComparable when an id has more rows than can be held
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
    // equal lines are equal rows, if their files have as many columns
    const sameColumns = oldLines.added === newLines.added;
    for (;;) {
      await previous.fill();
      await next.fill();
      if (sameColumns && this.#passOverCommon()) continue;
      const [before, after] = [await previous.group(), await next.group()];
      if (before === null && after === null) break;
      if (before === null || after === null || isSameId(previous, before, next, after))
        this.#compareGroups(before, after);
      else await this.#passApart(await findAnchor(previous, next));
      if (this.#chunkSize >= CHUNK || this.#rejectsSince >= REJECTS_AT_ONCE)
        yield this.#takeChunk();
    }
    this.#chunk.push(COPY_END);
    yield this.#takeChunk();
  }

  /**
   * Goes on in both files over the whole lines that they have in common from here.
   *
   * @returns whether it has gone on
   */
  #passOverCommon(): boolean {
    const [a, b] = [this.#previous, this.#next];
    const readable = Math.min(a.length, b.length);
    const common = commonPrefix(a.buffer, a.at, b.buffer, b.at, readable);
    const length = common === 0 ? 0 : a.buffer.lastIndexOf(NEWLINE, a.at + common - 1) + 1 - a.at;
    if (length <= 0) return false;
    a.at += length;
    b.at += length;
    return true;
  }

  /** Goes on in each file by itself: what it passes over is not at this place in the other. */
  async #passApart({ previous, next }: Anchor): Promise<void> {
    for (const end = this.#previous.position + previous; this.#previous.position < end;)
      this.#compareGroups(await this.#previous.group(), null);
    for (const end = this.#next.position + next; this.#next.position < end;)
      this.#compareGroups(null, await this.#next.group());
  }

  /** Tells how the rows of one id differ; a group that is not there is null. */
  #compareGroups(before: KeyGroup | null, after: KeyGroup | null): void {
    const oldRows = before === null ? NO_ROWS : this.#oldRows(before);
    const newRows = after === null ? NO_ROWS : this.#newRows(after);
    for (const [ordering, row] of oldRows) if (!newRows.has(ordering)) this.#tell('d', row);
    for (const [ordering, row] of newRows) {
      const old = oldRows.get(ordering);
      if (old === undefined) this.#tell('i', row);
      else if (!old.equals(row)) this.#tell('u', row);
    }
  }

  /** Takes a group of the previous file. */
  #oldRows(group: KeyGroup): Rows {
    return this.#takeGroup(this.#previous, group, this.#oldLines, 'd', () => {
      this.previousMalformed++;
    });
  }

  /** Takes a group of the new file. */
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
   * Goes on behind a group.
   *
   * @param kind what is told of each further row of a key: it is not compared
   * @returns the first row of each key, as COPY wants its fields
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
        if (rows.has(ordering)) this.#tell(kind, row);
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

  #tell(kind: Kind, row: Buffer): void {
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

/** What comes before an event's row of some columns. */
function startOf(kind: Kind, columns: number): Buffer {
  const start = Buffer.alloc(2 + LENGTH_SIZE + 1, kind);
  start.writeInt16BE(1 + columns);
  start.writeInt32BE(1, 2);
  return start;
}
