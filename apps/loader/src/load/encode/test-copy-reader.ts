import { definitionOf, type Column, type DatasetName, type Value } from '@marquee/datasets';
import { COPY_END, COPY_START } from './copy-format.ts';

/** A row's fields as bytes. */
type Fields = readonly (Buffer | null)[];

/**
 * The rows in a dataset's binary COPY data, by column, as parseRow returns them.
 *
 * @throws Error when COPY would not accept the data
 */
export function readRows(dataset: DatasetName, copy: Buffer): Record<string, Value>[] {
  return readFields(copy).map((fields) => valuesOf(dataset, fields));
}

/** The changes in a dataset's binary COPY data: the kind of each, and its row. */
export function readChanges(
  dataset: DatasetName,
  copy: Buffer,
): [kind: string, row: Record<string, Value>][] {
  return readFields(copy).map(([kind, ...fields]) => [String(kind), valuesOf(dataset, fields)]);
}

function readFields(copy: Buffer): Fields[] {
  if (!copy.subarray(0, COPY_START.length).equals(COPY_START))
    throw new Error(`COPY data that starts with ${copy.toString('hex', 0, COPY_START.length)}`);
  const rows: Fields[] = [];
  let at = COPY_START.length;
  while (copy.readInt16BE(at) !== -1) {
    const count = copy.readInt16BE(at);
    const { values, end } = readValues(copy, at + 2, count);
    rows.push(values);
    at = end;
  }
  if (at + COPY_END.length !== copy.length)
    throw new Error(`${copy.length - at} bytes from the trailer on`);
  return rows;
}

/** Consecutive values, each with its length. */
function readValues(data: Buffer, from: number, count: number): { values: Fields; end: number } {
  let at = from;
  const values = Array.from({ length: count }, () => {
    const length = data.readInt32BE(at);
    at += 4;
    if (length === -1) return null;
    if (length < 0 || at + length > data.length)
      throw new Error(`a value of ${length} bytes at ${at} of ${data.length}`);
    const value = data.subarray(at, at + length);
    at += length;
    return value;
  });
  return { values, end: at };
}

function valuesOf(dataset: DatasetName, fields: Fields): Record<string, Value> {
  const { columns } = definitionOf(dataset);
  if (fields.length !== columns.length)
    throw new Error(`${fields.length} fields where ${columns.length} were expected`);
  return Object.fromEntries(
    columns.map((column, i) => [column.name, valueOf(column, fields[i] ?? null)]),
  );
}

function valueOf({ name, type }: Column, field: Buffer | null): Value {
  if (field === null) return null;
  switch (type) {
    case 'titleId':
    case 'nameId':
    case 'text':
      return field.toString();
    case 'integer':
      expectLength(name, field, 4);
      return field.readInt32BE();
    case 'boolean':
      expectLength(name, field, 1);
      return field[0] === 1;
    case 'decimal':
      return numericOf(name, field);
    case 'titleIdList':
    case 'nameIdList':
    case 'textList':
      return arrayOf(name, field);
  }
}

/** A `numeric`, whose digits are in base 10,000. */
function numericOf(name: string, field: Buffer): number {
  const [count, weight, sign, decimals] = [0, 2, 4, 6].map((at) => field.readInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  expectLength(name, field, 8 + 2 * count);
  const digits = Array.from({ length: count }, (_, i) => field.readInt16BE(8 + 2 * i));
  if (sign !== 0 || decimals !== 1 || digits[0] === 0 || digits.at(-1) === 0)
    throw new Error(`${name}: no numeric: ${field.toString('hex')}`);
  // in ten thousandths, which are whole numbers
  return digits.reduce((sum, digit, i) => sum + digit * 10_000 ** (weight + 1 - i), 0) / 10_000;
}

function arrayOf(name: string, field: Buffer): string[] {
  const [dimensions, flags, type] = [0, 4, 8].map((at) => field.readInt32BE(at));
  if (flags !== 0 || type !== 25 || (dimensions !== 0 && dimensions !== 1))
    throw new Error(`${name}: no array of texts: ${field.toString('hex')}`);
  if (dimensions === 0) {
    expectLength(name, field, 12);
    return [];
  }
  if (field.readInt32BE(16) !== 1)
    throw new Error(`${name}: an array from ${field.readInt32BE(16)}`);
  const { values, end } = readValues(field, 20, field.readInt32BE(12));
  expectLength(name, field, end);
  return values.map(String);
}

function expectLength(name: string, field: Buffer, length: number): void {
  if (field.length !== length)
    throw new Error(`${name}: ${field.length} bytes where ${length} were expected`);
}
