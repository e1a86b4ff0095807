import { isUtf8 } from 'node:buffer';
import { definitionOf, type DatasetName, type KnownHeader } from '@marquee/datasets';
import { NEWLINE } from './bytes.ts';
import { COPY_END, COPY_START } from './copy-format.ts';
import { RowFault } from './field-encoder.ts';
import { readHeader } from './header.ts';
import { KeyOrder, RepeatedKey } from './key-order.ts';
import {
  LineEncoder,
  MAX_KEPT,
  MAX_LINE,
  NO_UTF8,
  TOO_LONG,
  withoutCarriageReturns,
} from './line-encoder.ts';
import { WantedKeys } from './wanted-keys.ts';

/** A line that could not be taken. */
export interface Reject {
  /** Line in the file; the header is line 1. */
  readonly line: number;
  /** The line's bytes without its newline, at most the first {@link MAX_KEPT}. */
  readonly raw: Buffer;
  readonly reason: string;
}

const NOTHING: Buffer = Buffer.alloc(0);

export interface RowEncoderOptions {
  readonly dataset: DatasetName;
  readonly onReject: (reject: Reject) => void;
  /**
   * Keys that are known to stand in the file more than once, when its order does not show it; each
   * is taken once.
   */
  readonly repeatedKeys?: ReadonlySet<string>;
  /**
   * Keys to take, where no others are wanted: the first row of each is. Every line that is not one
   * of theirs is passed over, also one that could not be taken.
   */
  readonly only?: ReadonlySet<string>;
}

/**
 * Turns a dataset's file into COPY's binary format: chunks of the gunzipped file in, chunks of COPY
 * data out. A line that cannot be taken goes to `onReject` and leaves no trace in what comes out.
 */
export class RowEncoder {
  /** Lines taken so far. */
  rows = 0;
  /** Lines not taken so far. */
  rejects = 0;
  /** Those of them whose key came before. */
  repeats = 0;
  /** The file's header, once it has been read. */
  header: KnownHeader | null = null;
  readonly #order: KeyOrder;
  readonly #only: WantedKeys | null;
  readonly #lineEncoder: LineEncoder;
  readonly #dataset: DatasetName;
  readonly #columns: number;
  readonly #onReject: (reject: Reject) => void;
  /**
   * The start of a line whose end has not come yet, and how long it is in all, which can be more
   * than is kept of it.
   */
  #rest: Buffer = NOTHING;
  #restLength = 0;
  /** Lines read so far, the header among them. */
  #lines = 0;

  constructor({ dataset, onReject, only, repeatedKeys = only }: RowEncoderOptions) {
    this.#lineEncoder = new LineEncoder(dataset);
    this.#dataset = dataset;
    this.#columns = definitionOf(dataset).columns.length;
    this.#onReject = onReject;
    this.#order = new KeyOrder(repeatedKeys);
    this.#only = only === undefined ? null : new WantedKeys(only);
  }

  /** Whether the ids came in order so far. Only then is it certain that no key came twice. */
  get sorted(): boolean {
    return this.#order.sorted;
  }

  /** Whether the orderings within each id did so too. */
  get keysSorted(): boolean {
    return this.#order.keysSorted;
  }

  /**
   * @param chunk nothing of it is held, nor of what is returned
   * @returns what to COPY of the lines that this chunk has ended; empty when it has ended none
   * @throws WrongHeader when the first line is not the dataset's header
   */
  encode(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return Buffer.alloc(0);
    }
    const { fields } = this.#lineEncoder;
    fields.makeRoom(this.#rest.length + end);
    fields.to = 0;
    // only the line that began in an earlier chunk is put together; the others are read where they
    // are
    const start = this.#restLength === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
    if (start > 0) this.#endRest(chunk.subarray(0, start));
    if (start < end) this.#encodeLines(chunk.subarray(start, end));
    this.#keep(chunk.subarray(end));
    // a copy of its size, so that the room is used again while the socket still holds this
    return Buffer.from(fields.target.subarray(0, fields.to));
  }

  /**
   * To be called after the last chunk. A last line without a newline is taken: that the file has
   * come whole is known by gzip's checksum and length.
   *
   * @returns what is to be COPYed last
   * @throws WrongHeader when there was no header
   */
  end(): Buffer {
    const { fields } = this.#lineEncoder;
    fields.makeRoom(this.#rest.length + 1);
    fields.to = 0;
    if (this.#restLength > 0 || this.#lines === 0) this.#endRest(Buffer.of(NEWLINE));
    return Buffer.concat([fields.target.subarray(0, fields.to), COPY_END]);
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#restLength += part.length;
    if (this.#restLength <= MAX_LINE) this.#rest = Buffer.concat([this.#rest, part]);
    else
      this.#rest =
        this.#rest.length === 0
          ? Buffer.from(part.subarray(0, MAX_KEPT))
          : this.#rest.subarray(0, MAX_KEPT);
  }

  /** Takes the line whose start was kept, with the rest of it. */
  #endRest(part: Buffer): void {
    const [rest, length] = [this.#rest, this.#restLength];
    this.#rest = NOTHING;
    this.#restLength = 0;
    if (length + part.length - 1 <= MAX_LINE) {
      this.#encodeLines(Buffer.concat([rest, part]));
      return;
    }
    if (this.#lines === 0) readHeader(this.#dataset, rest);
    this.#lines++;
    if (this.#only === null) this.#reject(Buffer.concat([rest, part.subarray(0, -1)]), TOO_LONG);
  }

  #encodeLines(received: Buffer): void {
    const lines = withoutCarriageReturns(received);
    const { fields } = this.#lineEncoder;
    fields.source = lines;
    fields.at = 0;
    if (this.#lines === 0) {
      const end = lines.indexOf(NEWLINE);
      this.header = readHeader(this.#dataset, lines.subarray(0, end));
      this.#lineEncoder.added = this.header.added.length;
      fields.at = end + 1;
      this.#lines = 1;
      fields.to = COPY_START.copy(fields.target);
    }
    if (this.#only !== null) return this.#encodeSome(lines, this.#only);
    const valid = isUtf8(lines);
    while (fields.at < lines.length) this.#encodeLine(lines, valid);
  }

  #encodeLine(lines: Buffer, valid: boolean): void {
    const encoder = this.#lineEncoder;
    const { fields } = encoder;
    const { at: start, to } = fields;
    this.#lines++;
    try {
      if (!valid && !isUtf8(lines.subarray(start, lines.indexOf(NEWLINE, start))))
        throw new RowFault(NO_UTF8);
      fields.numbers.setInt16(to, this.#columns);
      fields.to += 2;
      encoder.encode();
      if (fields.at - start - 1 > MAX_LINE) throw new RowFault(TOO_LONG);
      const { idStart, idEnd, ordering } = encoder;
      if (this.#only !== null && !this.#only.has(lines, idStart, idEnd, ordering)) {
        fields.to = to;
        return;
      }
      this.#order.accept(lines, idStart, idEnd, ordering);
      this.rows++;
    } catch (fault) {
      if (!(fault instanceof RowFault)) throw fault;
      const end = lines.indexOf(NEWLINE, start);
      const line = lines.subarray(start, end);
      fields.at = end + 1;
      fields.to = to;
      if (fault instanceof RepeatedKey) this.repeats++;
      else if (this.#only !== null) return;
      this.#reject(line, fault.message);
    }
  }

  /** Encodes the lines of the keys that are wanted. */
  #encodeSome(lines: Buffer, only: WantedKeys): void {
    const { fields } = this.#lineEncoder;
    while (fields.at < lines.length) {
      if (only.mayHave(lines, fields.at)) {
        this.#encodeLine(lines, false);
      } else {
        this.#lines++;
        fields.at = lines.indexOf(NEWLINE, fields.at) + 1;
      }
    }
  }

  #reject(line: Buffer, reason: string): void {
    this.rejects++;
    // a copy: what it is cut from is a large buffer that would be held for it
    this.#onReject({ line: this.#lines, raw: Buffer.from(line.subarray(0, MAX_KEPT)), reason });
  }
}
