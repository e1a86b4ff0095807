import { isUtf8 } from 'node:buffer';
import { definitionOf, type Column, type DatasetName } from '@marquee/datasets';
import { CARRIAGE_RETURN, NEWLINE, TAB } from './bytes.ts';
import { FieldEncoder, RowFault, SEPARATORS } from './field-encoder.ts';

/** Bytes of a line, without its newline; no real one comes near. */
export const MAX_LINE = 1024 * 1024;
/** Bytes that are kept of a line that cannot be taken. */
export const MAX_KEPT = 64 * 1024;

/** Why a line of more than {@link MAX_LINE} is not taken. */
export const TOO_LONG = `a line of over ${MAX_LINE} bytes`;
/** Why a line is not taken that is not text. */
export const NO_UTF8 = 'bytes that are no UTF-8';

/**
 * Turns one line after another of a dataset's file into the fields of a row in COPY's binary
 * format, and tells each line's key.
 */
export class LineEncoder {
  /** Where lines are read and written; to be set before, see there. */
  readonly fields = new FieldEncoder();
  /** Where the id of the line last encoded stands in the source. */
  idStart = 0;
  idEnd = 0;
  /** The second part of its key, in datasets that have one. */
  ordering: number | null = null;
  /** How many columns the file has behind those of the dataset; they are left out. */
  added = 0;
  readonly #columns: readonly Column[];
  /** The one that is being encoded. */
  #column = 0;
  /**
   * Where the second part of the key stands, or -1; its first part is the first column of every
   * dataset.
   */
  readonly #orderingAt: number;

  constructor(dataset: DatasetName) {
    const { columns, key } = definitionOf(dataset);
    this.#columns = columns;
    this.#orderingAt = columns.findIndex((column) => column.name === key[1]);
  }

  /**
   * Encodes the line at `fields.at`, with its newline.
   *
   * @throws RowFault when it cannot be taken; `fields` stands somewhere in the line then
   */
  encode(): void {
    const { fields } = this;
    const start = fields.at;
    try {
      this.#encodeFields();
    } catch (fault) {
      if (!(fault instanceof RowFault)) throw fault;
      // that columns are missing says more than what the wrong column does not hold
      throw new RowFault(
        this.#countFault(start) ??
          `${(this.#columns[this.#column] as Column).name}: ${fault.message}`,
      );
    }
  }

  /**
   * Encodes a line by itself, as a full load does in the midst of others.
   *
   * @param line with its newline
   * @returns its fields, without their number
   * @throws RowFault when it cannot be taken
   */
  encodeAlone(line: Buffer): Buffer {
    if (line.length - 1 > MAX_LINE) throw new RowFault(TOO_LONG);
    if (!isUtf8(line)) throw new RowFault(NO_UTF8);
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
        throw new RowFault('not where it should end');
      fields.at++;
    }
    if (this.added > 0) this.#passOverAdded();
  }

  #passOverAdded(): void {
    const { fields } = this;
    const end = fields.source.indexOf(NEWLINE, fields.at);
    let tabs = 0;
    for (let at = fields.at; at < end; at++) if (fields.source[at] === TAB) tabs++;
    if (tabs !== this.added - 1) throw new RowFault('not the only one that was added');
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
    return count === expected ? null : `${count} columns where ${expected} were expected`;
  }
}

const CRLF = Buffer.from([CARRIAGE_RETURN, NEWLINE]);

/**
 * Lines without the carriage returns that some tools put before newlines: no column ends with one.
 *
 * @param lines whole ones
 * @returns the same where there are none
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
