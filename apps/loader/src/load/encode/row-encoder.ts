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
  NOT_UTF8,
  TOO_LONG,
  withoutCarriageReturns,
} from './line-encoder.ts';
import { WantedKeys } from './wanted-keys.ts';

/** A rejected line. */
export interface Reject {
  /** The line's number in the file; the header is line 1. */
  readonly line: number;
  /** The line's bytes without its newline, cut to the first {@link MAX_KEPT}. */
  readonly raw: Buffer;
  readonly reason: string;
}

const NOTHING: Buffer = Buffer.alloc(0);

interface RowEncoderOptions {
  readonly dataset: DatasetName;
  readonly onReject: (reject: Reject) => void;
  /**
   * Keys known to occur in the file more than once, for a file whose order does not show it; the
   * first row of each is kept.
   */
  readonly repeatedKeys?: ReadonlySet<string>;
  /**
   * Encode only the first row of each of these keys. Skips all other lines, including malformed
   * ones.
   */
  readonly only?: ReadonlySet<string>;
}

/**
 * Encodes a dataset's file in binary COPY format: chunks of the uncompressed file in, chunks of
 * COPY data out. A malformed line goes to `onReject` and leaves nothing in the output.
 */
export class RowEncoder {
  /** Rows encoded so far. */
  rows = 0;
  /** Lines rejected so far. */
  rejects = 0;
  /** Rejected lines whose key occurred before. */
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
   * The start of an incomplete line, and the line's length so far. A line that is too long is not
   * kept whole.
   */
  #rest: Buffer = NOTHING;
  #restLength = 0;
  /** Lines read so far, including the header. */
  #lines = 0;

  constructor({ dataset, onReject, only, repeatedKeys = only }: RowEncoderOptions) {
    this.#lineEncoder = new LineEncoder(dataset);
    this.#dataset = dataset;
    this.#columns = definitionOf(dataset).columns.length;
    this.#onReject = onReject;
    this.#order = new KeyOrder(repeatedKeys);
    this.#only = only === undefined ? null : new WantedKeys(only);
  }

  /** Whether the ids are in order so far. Only then are all repeated keys found. */
  get sorted(): boolean {
    return this.#order.sorted;
  }

  /** Whether the orderings within each id are, too. */
  get keysSorted(): boolean {
    return this.#order.keysSorted;
  }

  /**
   * @param chunk not referenced after the call; neither is the returned buffer
   * @returns COPY data of the lines that end in this chunk; empty when none does
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
    // only a line that began in an earlier chunk is concatenated; the others are read in place
    const start = this.#restLength === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
    if (start > 0) this.#endRest(chunk.subarray(0, start));
    if (start < end) this.#encodeLines(chunk.subarray(start, end));
    this.#keep(chunk.subarray(end));
    // an exact copy: the target is reused while the socket still holds this data
    return Buffer.from(fields.target.subarray(0, fields.to));
  }

  /**
   * Must be called after the last chunk. A last line without a newline counts: gzip's checksum and
   * length show that the file is complete.
   *
   * @returns the last COPY data
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

  /** Encodes the line whose start was kept, with the rest of it. */
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
        throw new RowFault(NOT_UTF8);
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

  /** Encodes the lines of the keys in `only`. */
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
    // a copy, because a slice would keep the whole large buffer in memory
    this.#onReject({ line: this.#lines, raw: Buffer.from(line.subarray(0, MAX_KEPT)), reason });
  }
}
