import { definitionOf, type Column, type DatasetName } from '@marquee/datasets';
import { NEWLINE, TAB } from './bytes.ts';
import { FieldEncoder, RowFault, SEPARATORS } from './field-encoder.ts';

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

  #encodeFields(): void {
    const { fields } = this;
    const last = this.#columns.length - 1;
    for (let i = 0; i <= last; i++) {
      this.#column = i;
      this.#encodeField(this.#columns[i] as Column, i);
      if (fields.source[fields.at] !== (i === last ? NEWLINE : TAB))
        throw new RowFault('not where it should end');
      fields.at++;
    }
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
    return count === this.#columns.length
      ? null
      : `${count} columns where ${this.#columns.length} were expected`;
  }
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
