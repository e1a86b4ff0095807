import { isUtf8 } from 'node:buffer';
import { headerOf, type DatasetName } from '@marquee/datasets';
import { RunFault } from '@marquee/runs';
import { NEWLINE } from './bytes.ts';
import { RowFault } from './field-encoder.ts';
import { KeyOrder } from './key-order.ts';
import { GROWTH, LineEncoder } from './line-encoder.ts';

/** A line that could not be taken. */
export interface Reject {
  /** Line in the file; the header is line 1. */
  readonly line: number;
  /** The line's bytes without its newline, at most the first {@link MAX_KEPT}. */
  readonly raw: Buffer;
  readonly reason: string;
}

/** No real line comes near; a longer one is read to its end without being held. */
const MAX_LINE = 1024 * 1024;
/** How much of a rejected line is kept. */
const MAX_KEPT = 64 * 1024;

export interface RowEncoderOptions {
  readonly dataset: DatasetName;
  readonly onReject: (reject: Reject) => void;
  /** Keys that are known to stand in the file more than once, when its order does not show it; each is taken once. */
  readonly repeatedKeys?: ReadonlySet<string>;
}

/**
 * Turns a dataset's file into COPY's text format: chunks of the gunzipped file in, chunks of COPY data out. A line that cannot be taken goes to
 * `onReject` and leaves no trace in what comes out.
 */
export class RowEncoder {
  /** Lines taken so far. */
  rows = 0;
  /** Lines not taken so far. */
  rejects = 0;
  readonly #order: KeyOrder;
  readonly #lineEncoder: LineEncoder;
  readonly #header: string;
  readonly #onReject: (reject: Reject) => void;
  /** The start of a line whose end has not come yet, and how long it is in all, which can be more than is kept of it. */
  #rest: Buffer = Buffer.alloc(0);
  #restLength = 0;
  /** Lines read so far, the header among them. */
  #lines = 0;

  constructor({ dataset, onReject, repeatedKeys }: RowEncoderOptions) {
    this.#lineEncoder = new LineEncoder(dataset);
    this.#header = headerOf(dataset);
    this.#onReject = onReject;
    this.#order = new KeyOrder(repeatedKeys);
  }

  /** Whether every key so far came after the one before it. Only then is it certain that no key came twice. */
  get sorted(): boolean {
    return this.#order.sorted;
  }

  /**
   * @returns what to COPY of the lines that this chunk has ended; empty when it has ended none
   * @throws RunFault when the first line is not the dataset's header
   */
  encode(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return Buffer.alloc(0);
    }
    let lines = chunk.subarray(0, end);
    if (this.#restLength > MAX_LINE) {
      if (this.#lines === 0) this.#expectHeader(this.#rest);
      // a line without end has ended
      this.#lines++;
      this.#reject(this.#rest, `a line of over ${MAX_LINE} bytes`);
      lines = lines.subarray(lines.indexOf(NEWLINE) + 1);
    } else if (this.#restLength > 0) {
      lines = Buffer.concat([this.#rest, lines]);
    }
    this.#rest = Buffer.alloc(0);
    this.#restLength = 0;
    this.#keep(chunk.subarray(end));
    return this.#encodeLines(lines);
  }

  /**
   * To be called after the last chunk. A last line without a newline may be half a line, and nothing shows which half: it is not taken.
   *
   * @throws RunFault when there was no header
   */
  end(): void {
    if (this.#restLength > 0) {
      if (this.#lines === 0) this.#expectHeader(this.#rest);
      this.#lines++;
      this.#reject(this.#rest, 'the last line has no newline: the file seems cut off');
    } else if (this.#lines === 0) {
      this.#expectHeader(this.#rest);
    }
  }

  #keep(part: Buffer): void {
    this.#restLength += part.length;
    if (this.#restLength <= MAX_LINE) this.#rest = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    else this.#rest = this.#rest.length === 0 ? Buffer.from(part.subarray(0, MAX_KEPT)) : this.#rest.subarray(0, MAX_KEPT);
  }

  #encodeLines(lines: Buffer): Buffer {
    const { fields } = this.#lineEncoder;
    fields.source = lines;
    fields.at = 0;
    if (fields.target.length < lines.length * GROWTH) fields.target = Buffer.allocUnsafeSlow(lines.length * GROWTH);
    fields.to = 0;
    if (this.#lines === 0) {
      const end = lines.indexOf(NEWLINE);
      this.#expectHeader(lines.subarray(0, end));
      fields.at = end + 1;
      this.#lines = 1;
    }
    const valid = isUtf8(lines);
    while (fields.at < lines.length) this.#encodeLine(lines, valid);
    // a copy of its size, so that the room is used again while the socket still holds this
    return Buffer.from(fields.target.subarray(0, fields.to));
  }

  #encodeLine(lines: Buffer, valid: boolean): void {
    const encoder = this.#lineEncoder;
    const { fields } = encoder;
    const { at: start, to } = fields;
    this.#lines++;
    try {
      if (!valid && !isUtf8(lines.subarray(start, lines.indexOf(NEWLINE, start)))) throw new RowFault('bytes that are no UTF-8');
      encoder.encode();
      this.#order.accept(lines, encoder.idStart, encoder.idEnd, encoder.ordering);
      this.rows++;
    } catch (fault) {
      if (!(fault instanceof RowFault)) throw fault;
      const end = lines.indexOf(NEWLINE, start);
      const line = lines.subarray(start, end);
      fields.at = end + 1;
      fields.to = to;
      this.#reject(line, fault.message);
    }
  }

  #reject(line: Buffer, reason: string): void {
    this.rejects++;
    // a copy: what it is cut from is a large buffer that would be held for it
    this.#onReject({ line: this.#lines, raw: Buffer.from(line.subarray(0, MAX_KEPT)), reason });
  }

  #expectHeader(line: Buffer): void {
    if (line.equals(Buffer.from(this.#header))) return;
    throw new RunFault({
      code: 'header',
      message: `The first line of the file is ${JSON.stringify(line.subarray(0, 300).toString())}; expected ${JSON.stringify(this.#header)}.`,
      hint: 'The file is not of this dataset, is damaged, or IMDb has changed its columns. Nothing was published; download it again.',
    });
  }
}
