import { DATASETS, definitionOf, type DatasetName } from './datasets.ts';
import type { Column, ColumnType } from './definition.ts';

/** What a field of a row can be once it is parsed. */
export type Value = string | number | boolean | readonly string[] | null;

type ValueOf<T extends ColumnType> = T extends 'integer' | 'decimal'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends `${string}List`
      ? string[]
      : string;

type KeyOf<D extends DatasetName> = (typeof DATASETS)[D]['key'][number];

/** A row of a dataset under IMDb's names: keys are always there, everything else can be null. */
export type Row<D extends DatasetName> = {
  [C in (typeof DATASETS)[D]['columns'][number] as C['name']]: C['name'] extends KeyOf<D>
    ? ValueOf<C['type']>
    : ValueOf<C['type']> | null;
};

/**
 * The values of one well-formed line of a dataset's file, by IMDb's names. Written to be plainly
 * right rather than quick: what the loader's encoder puts into PostgreSQL is tested against it.
 *
 * @param line one line without its newline
 * @throws Error when the number of fields is not that of the dataset, or a field is not of its type
 */
export function parseRow<D extends DatasetName>(dataset: D, line: string): Row<D> {
  const { columns } = definitionOf(dataset);
  const fields = line.split('\t');
  if (fields.length !== columns.length) {
    throw new Error(
      `${dataset}: ${fields.length} fields where ${columns.length} were expected: ${line}`,
    );
  }
  return Object.fromEntries(
    columns.map((column, i) => [column.name, parseField(column, fields[i] ?? '')]),
  ) as Row<D>;
}

function parseField(column: Column, field: string): Value {
  if (field === '\\N') return null;
  switch (column.type) {
    case 'integer':
    case 'decimal': {
      const number = Number(field);
      if (field === '' || !Number.isFinite(number))
        throw new Error(`${column.name} is no number: ${field}`);
      return number;
    }
    case 'boolean':
      if (field !== '0' && field !== '1')
        throw new Error(`${column.name} is neither 0 nor 1: ${field}`);
      return field === '1';
    case 'textList':
    case 'titleIdList':
    case 'nameIdList':
      return parseList(column, field);
    default:
      return field;
  }
}

/**
 * An empty field is an empty list, so that it stays apart from null, as it is apart in the file.
 */
function parseList(column: Column, field: string): string[] {
  if (column.list === 'json') return JSON.parse(field) as string[];
  return field === '' ? [] : field.split(column.list === '0x02' ? '\u0002' : ',');
}
