import { isUtf8 } from 'node:buffer';
import { definitionOf, type DatasetName } from '@marquee/datasets';
import { NEWLINE } from '../encode/bytes.ts';
import {
  COPY_END,
  COPY_START,
  INTEGER_SIZE,
  LENGTH_SIZE,
  NULL_LENGTH,
} from '../encode/copy-format.ts';
import { RowFault } from '../encode/field-encoder.ts';
import { expectHeader } from '../encode/header.ts';
import { LineEncoder } from '../encode/line-encoder.ts';
import { commonPrefix } from './common-prefix.ts';
import type { Group } from './line-window.ts';
import { Side } from './side.ts';

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

/** The first column of a change, before the dataset's own: insert, update, delete. */
export const KINDS = ['i', 'u', 'd'] as const;
export type Kind = (typeof KINDS)[number];

/** What is put together before it is handed on. */
const CHUNK = 64 * 1024;

const NULL = Buffer.alloc(LENGTH_SIZE);
NULL.writeInt32BE(NULL_LENGTH);
const NO_ROWS: ReadonlyMap<number, Buffer> = new Map();

/**
 * Finds the rows in which two snapshots of a dataset differ, by one streaming merge of their files,
 * both sorted by id as text; within an id, rows are in any order. What they have in common is skipped at the speed of memcmp; only
 * groups of lines whose id has changes are read line by line, with the same encoder as a full load,
 * so that the rows that come out are those that a full load would have made.
 */
export class SnapshotDiff {
  readonly counts: Record<Kind, number> = { i: 0, u: 0, d: 0 };
  /** Lines of the previous snapshot, among those that were read, that could not be taken. */
  previousRejects = 0;
  /** Lines of the new snapshot, among those that were read, that cannot be taken. */
  nextRejects = 0;
  readonly #dataset: DatasetName;
  readonly #previous: Side;
  readonly #next: Side;
  readonly #encoder: LineEncoder;
  readonly #onReject: (reject: DiffReject) => void;
  /** What comes before a row: the number of fields, and the first of them, the kind. */
  readonly #starts: Readonly<Record<Kind, Buffer>>;
  /** How much of a row's key is behind its id. */
  readonly #orderingSize: number;
  /** What follows the key where only the key is told. */
  readonly #nulls: Buffer;
  #chunk: Buffer[] = [COPY_START];
  #chunkSize = COPY_START.length;

  /** @param previous,next the gunzipped files, in chunks */
  constructor(
    dataset: DatasetName,
    previous: AsyncIterable<Buffer>,
    next: AsyncIterable<Buffer>,
    onReject: (reject: DiffReject) => void,
  ) {
    const { columns, key } = definitionOf(dataset);
    this.#previous = new Side('previous', previous);
    this.#next = new Side('new', next);
    this.#dataset = dataset;
    this.#encoder = new LineEncoder(dataset);
    this.#onReject = onReject;
    this.#starts = {
      i: startOf('i', columns.length),
      u: startOf('u', columns.length),
      d: startOf('d', columns.length),
    };
    this.#orderingSize = key.length === 1 ? 0 : INTEGER_SIZE;
    this.#nulls = Buffer.concat(columns.slice(key.length).map(() => NULL));
  }

  /** How many bytes of the new file have been compared. */
  get position(): number {
    return this.#next.window.position;
  }

  /**
   * The changes in COPY's binary format, for a table that has the kind before the dataset's
   * columns: for inserts and updates the new row, for deletes the key. Lets go of both files when
   * it ends, by an error too.
   *
   * @throws NotComparable when a file is not sorted
   * @throws WrongHeader when the first line of the new file is not the dataset's header
   */
  async *changes(): AsyncGenerator<Buffer> {
    try {
      yield* this.#merge();
    } finally {
      await this.#previous.window.close();
      await this.#next.window.close();
    }
  }

  async *#merge(): AsyncGenerator<Buffer> {
    const [previous, next] = [this.#previous, this.#next];
    await previous.skipHeader();
    expectHeader(this.#dataset, await next.skipHeader());
    for (;;) {
      await previous.fill();
      await next.fill();
      if (this.#passOverCommon()) continue;
      const [before, after] = [await previous.group(), await next.group()];
      if (before === null && after === null) break;
      this.#compareGroups(before, after);
      if (this.#chunkSize >= CHUNK) yield this.#takeChunk();
    }
    this.#rejectTails();
    this.#chunk.push(COPY_END);
    yield this.#takeChunk();
  }

  /**
   * Goes on in both files over what they have in common from here: up to the start of the first
   * group that differs, or that may go on behind what is read of it.
   *
   * @returns whether it has gone on
   */
  #passOverCommon(): boolean {
    const [a, b] = [this.#previous.window, this.#next.window];
    const readable = Math.min(a.length, b.length);
    if (readable === 0) return false;
    const common = commonPrefix(a.buffer, a.at, b.buffer, b.at, readable);
    const toTheEnd = common === readable && a.isLast && b.isLast && a.length === b.length;
    // where nothing differs, the last group that is read may go on, and is kept back
    const from = common === readable ? common - 1 : common;
    const length = toTheEnd
      ? common
      : Math.min(a.groupStart(a.at + from, a.at) - a.at, b.groupStart(b.at + from, b.at) - b.at);
    if (length <= 0) return false;
    // equal bytes are equal rows: there is nothing to tell of them
    this.#previous.passOver(length);
    this.#next.passOver(length);
    return true;
  }

  /**
   * Tells how the rows of one id have changed; a group that is not there is null, at the end of its
   * file.
   */
  #compareGroups(before: Group | null, after: Group | null): void {
    const order =
      before === null
        ? 1
        : after === null
          ? -1
          : this.#previous.compareId(before, this.#next, after);
    const oldRows =
      before !== null && order <= 0
        ? this.#rowsOf(this.#previous, before, () => this.previousRejects++)
        : NO_ROWS;
    const newRows =
      after !== null && order >= 0
        ? this.#rowsOf(this.#next, after, (reject) => this.#reject(reject))
        : NO_ROWS;
    for (const [ordering, row] of oldRows)
      if (!newRows.has(ordering)) this.#tell('d', this.#keyOf(row));
    for (const [ordering, row] of newRows) {
      const old = oldRows.get(ordering);
      if (old === undefined) this.#tell('i', row);
      else if (!old.equals(row)) this.#tell('u', row);
    }
  }

  /**
   * The fields of a group's rows as COPY wants them, by their ordering, or by 0 where there is one
   * row to an id.
   */
  #rowsOf(
    side: Side,
    group: Group,
    onReject: (reject: DiffReject) => void,
  ): ReadonlyMap<number, Buffer> {
    const { buffer, position, at: base } = side.window;
    const rows = new Map<number, Buffer>();
    for (let at = group.start; at < group.end;) {
      const end = buffer.indexOf(NEWLINE, at) + 1;
      const line = buffer.subarray(at, end);
      try {
        const { row, key, ordering } = this.#encode(line);
        if (rows.has(ordering)) throw new RowFault(`the key ${key} came before`);
        rows.set(ordering, row);
      } catch (fault) {
        if (!(fault instanceof RowFault)) throw fault;
        onReject({
          offset: position + at - base,
          raw: Buffer.from(line.subarray(0, -1)),
          reason: fault.message,
        });
      }
      at = end;
    }
    side.finish(group);
    return rows;
  }

  #encode(line: Buffer): { row: Buffer; key: string; ordering: number } {
    const { fields } = this.#encoder;
    if (!isUtf8(line)) throw new RowFault('bytes that are no UTF-8');
    fields.makeRoom(line.length);
    fields.source = line;
    fields.at = 0;
    fields.to = 0;
    this.#encoder.encode();
    const { ordering, idEnd } = this.#encoder;
    const id = line.toString('latin1', 0, idEnd);
    return {
      row: Buffer.from(fields.target.subarray(0, fields.to)),
      key: ordering === null ? id : `${id} ${ordering}`,
      ordering: ordering ?? 0,
    };
  }

  /** A row that tells no more than its key; the key's columns come first in every dataset. */
  #keyOf(row: Buffer): Buffer {
    return Buffer.concat([
      row.subarray(0, LENGTH_SIZE + row.readInt32BE() + this.#orderingSize),
      this.#nulls,
    ]);
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
    return chunk;
  }

  #reject(reject: DiffReject): void {
    this.nextRejects++;
    this.#onReject(reject);
  }

  /**
   * What is left of a file when its groups are done is a line without newline: in a full load, a
   * reject.
   */
  #rejectTails(): void {
    if (this.#previous.window.length > 0) this.previousRejects++;
    const { window } = this.#next;
    if (window.length === 0) return;
    this.#reject({
      offset: window.position,
      raw: Buffer.from(window.buffer.subarray(window.at)),
      reason: 'the last line has no newline: the file seems cut off',
    });
  }
}

/** What comes before a change's row of some columns. */
function startOf(kind: Kind, columns: number): Buffer {
  const start = Buffer.alloc(2 + LENGTH_SIZE + 1, kind);
  start.writeInt16BE(1 + columns);
  start.writeInt32BE(1, 2);
  return start;
}
