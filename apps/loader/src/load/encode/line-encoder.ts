import { isUtf8 } from 'node:buffer';
import { definitionOf, type Column, type DatasetName } from '@marquee/datasets';
import { CARRIAGE_RETURN, NEWLINE, TAB } from './bytes.ts';
import { FieldEncoder, RowFault, SEPARATORS } from './field-encoder.ts';

/** The most bytes of a line, without its newline; real ones are much shorter. */
export const MAX_LINE = 1024 * 1024;
/** The most bytes that are kept of a rejected line. */
export const MAX_KEPT = 64 * 1024;

/** The reason for rejecting a line of more than {@link MAX_LINE} bytes. */
export const TOO_LONG = `a line of more than ${MAX_LINE} bytes`;
/** The reason for rejecting a line that is not UTF-8. */
export const NOT_UTF8 = 'not valid UTF-8';

/**
 * Encodes the lines of a dataset's file, one after another, as fields of binary COPY rows, and
 * finds each line's key.
 */
export class LineEncoder {
  /** Reads and writes the lines; its `source` and `target` have to be set first. */
  readonly fields = new FieldEncoder();
  /** The range of the last line's id in the source. */
  idStart = 0;
  idEnd = 0;
  /** The second part of the last line's key, in datasets that have one. */
  ordering: number | null = null;
  /** The number of columns that the file has after those of the dataset; they are skipped. */
  added = 0;
  readonly #columns: readonly Column[];
  /** The index of the column being encoded. */
  #column = 0;
  /**
   * The index of the key's second column, or -1. The first column of every dataset is the first of
   * its key.
   */
  readonly #orderingAt: number;

  constructor(dataset: DatasetName) {
    const { columns, key } = definitionOf(dataset);
    this.#columns = columns;
    this.#orderingAt = columns.findIndex((column) => column.name === key[1]);
  }

  /**
   * Encodes the line at `fields.at`, including its newline.
   *
   * @throws RowFault when it is malformed; `fields.at` is then somewhere in the line
   */
  encode(): void {
    const { fields } = this;
    const start = fields.at;
    try {
      this.#encodeFields();
    } catch (fault) {
      if (!(fault instanceof RowFault)) throw fault;
      // a wrong number of columns explains more than the first wrong value
      throw new RowFault(
        this.#countFault(start) ??
          `${(this.#columns[this.#column] as Column).name}: ${fault.message}`,
      );
    }
  }

  /**
   * Encodes a single line, as a full load does among others.
   *
   * @param line with its newline
   * @returns its fields, without their number
   * @throws RowFault when it is malformed
   */
  encodeAlone(line: Buffer): Buffer {
    if (line.length - 1 > MAX_LINE) throw new RowFault(TOO_LONG);
    if (!isUtf8(line)) throw new RowFault(NOT_UTF8);
    const { fields } = this;
    fields.makeRoom(line.length);
    fields.source = withoutCarriageReturns(line);
    fields.at = 0;
    fields.to = 0;
    this.encode();
    return Buffer.from(fields.target.subarray(0, fields.to));
  }

  #encodeFields(): void {
    const { fields } = this;
    const last = this.#columns.length - 1;
    for (let i = 0; i <= last; i++) {
      this.#column = i;
      this.#encodeField(this.#columns[i] as Column, i);
      if (fields.source[fields.at] !== (i === last && this.added === 0 ? NEWLINE : TAB))
        throw new RowFault('not followed by the expected separator');
      fields.at++;
    }
    if (this.added > 0) this.#passOverAdded();
  }

  #passOverAdded(): void {
    const { fields } = this;
    const end = fields.source.indexOf(NEWLINE, fields.at);
    let tabs = 0;
    for (let at = fields.at; at < end; at++) if (fields.source[at] === TAB) tabs++;
    if (tabs !== this.added - 1) throw new RowFault('not the right number of added columns');
    fields.at = end + 1;
  }

  #encodeField(column: Column, index: number): void {
    const { fields } = this;
    const start = fields.at;
    const isNull = fields.null();
    if (index === 0) {
      if (isNull) throw new RowFault('null in the key');
      encodeValue(fields, column);
      this.idStart = start;
      this.idEnd = fields.at;
    } else if (index === this.#orderingAt) {
      if (isNull) throw new RowFault('null in the key');
      this.ordering = fields.integer();
    } else if (!isNull) {
      encodeValue(fields, column);
    }
  }

  #countFault(start: number): string | null {
    const { source } = this.fields;
    let count = 1;
    for (let at = start; source[at] !== NEWLINE; at++) if (source[at] === TAB) count++;
    const expected = this.#columns.length + this.added;
    if (count === expected) return null;
    return `${count} ${count === 1 ? 'column' : 'columns'} where ${expected} were expected`;
  }
}

const CRLF = Buffer.from([CARRIAGE_RETURN, NEWLINE]);

/**
 * Removes the carriage returns that some tools put before newlines: no column ends with one.
 *
 * @param lines whole lines
 * @returns the same buffer when there are none
 */
export function withoutCarriageReturns(lines: Buffer): Buffer {
  let end = lines.indexOf(CRLF);
  if (end === -1) return lines;
  const parts: Buffer[] = [];
  let start = 0;
  for (; end !== -1; end = lines.indexOf(CRLF, start)) {
    parts.push(lines.subarray(start, end));
    start = end + 1;
  }
  parts.push(lines.subarray(start));
  return Buffer.concat(parts);
}

function encodeValue(fields: FieldEncoder, { type, list }: Column): void {
  switch (type) {
    case 'titleId':
      return fields.titleId();
    case 'nameId':
      return fields.nameId();
    case 'text':
      return fields.text();
    case 'integer':
      fields.integer();
      return;
    case 'decimal':
      return fields.decimal();
    case 'boolean':
      return fields.boolean();
    case 'titleIdList':
      return fields.titleIdList();
    case 'nameIdList':
      return fields.nameIdList();
    case 'textList':
      return list === undefined || list === 'json'
        ? fields.jsonList()
        : fields.list(SEPARATORS[list]);
  }
}
