import { DATASETS, definitionOf, type DatasetName } from './datasets.ts';
import type { Column, ColumnType } from './definition.ts';

/** A parsed field. */
export type Value = string | number | boolean | readonly string[] | null;

type ValueOf<T extends ColumnType> = T extends 'integer' | 'decimal'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends `${string}List`
      ? string[]
      : string;

type KeyOf<D extends DatasetName> = (typeof DATASETS)[D]['key'][number];

/** A row of a dataset under IMDb's names: key columns are never null, all others can be. */
export type Row<D extends DatasetName> = {
  [C in (typeof DATASETS)[D]['columns'][number] as C['name']]: C['name'] extends KeyOf<D>
    ? ValueOf<C['type']>
    : ValueOf<C['type']> | null;
};

/**
 * Parses a well-formed line of a dataset's file; returns the values under IMDb's names. Simple
 * rather than fast: the loader's encoder is tested against it.
 *
 * @param line without its newline
 * @throws Error when the number of fields is wrong, or a field is not of its type
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
        throw new Error(`${column.name} is not a number: ${field}`);
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

/** An empty field is an empty list, and distinct from null, as in the file. */
function parseList(column: Column, field: string): string[] {
  if (column.list === 'json') return JSON.parse(field) as string[];
  return field === '' ? [] : field.split(column.list === '0x02' ? '\u0002' : ',');
}
