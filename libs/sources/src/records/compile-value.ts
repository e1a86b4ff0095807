import type { FileDefinition, Value } from '../definition/definition.ts';
import { compileTransforms, listOf, pluck, trimmed } from '../transforms/compile-transforms.ts';

type Columns = Readonly<Record<string, unknown>>;

/**
 * A value of a row: undefined where the row does not have it, null where it is empty.
 *
 * @throws ValueError
 */
export type ReadValue = (columns: Columns) => unknown;

/** Compiles where a value comes from. */
export function compileValue(value: Value): ReadValue {
  if (typeof value === 'string') return (columns) => lookUp(columns, value);
  if ('constant' in value) return () => value.constant;
  const { column } = value;
  const transform = compileTransforms(value.transforms);
  if (typeof column === 'string')
    return (columns) => {
      const found = lookUp(columns, column);
      return found === undefined ? undefined : transform(found);
    };
  return (columns) => {
    const found = column.map((each) => lookUp(columns, each));
    return found.every((each) => each === undefined)
      ? undefined
      : transform(found.map((each) => each ?? null));
  };
}

/** The names of the columns of a value. */
export function columnsOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  return 'column' in value ? [value.column].flat() : [];
}

/** The columns that a file must have. @param there of the first file: what others join on */
export function requiredColumns(file: FileDefinition, there: readonly Value[]): string[] {
  if (!['csv', 'tsv'].includes(file.format)) return [];
  const { ids = {}, names = [], people = [], companies = [], ...fields } = file.fields;
  const { ratings = [], cRatings = {}, budget, revenue, ...scalars } = fields;
  const parts = [...names, ...people, ...companies, ...ratings, ...Object.values(cRatings)].flatMap(
    (entry) => Object.entries(entry).flatMap(([key, part]) => (isValue(key, part) ? [part] : [])),
  );
  const money = [budget, revenue].flatMap((amount) =>
    amount === undefined
      ? []
      : [amount.amount, ...(typeof amount.currency === 'object' ? [amount.currency] : [])],
  );
  const on = file.join?.on.map(({ here }) => here) ?? [];
  const values = [...Object.values(ids), ...Object.values(scalars), ...parts, ...money];
  const all = [...(file.id === undefined ? [] : [file.id]), ...on, ...there, ...values];
  return [...new Set([...file.columns, ...all.flatMap(columnsOf)])];
}

/** Roles and scales are words; so is the name of a rating, unless it comes from a column. */
function isValue(key: string, part: unknown): part is Value {
  return ['value', 'votes', 'imdb', 'id', 'language', 'region'].includes(key)
    ? part !== undefined
    : key === 'name' && typeof part === 'object';
}

function lookUp(columns: Columns, path: string): unknown {
  if (Object.hasOwn(columns, path)) return clean(columns[path]);
  const dot = path.indexOf('.');
  return dot === -1 || !Object.hasOwn(columns, path.slice(0, dot))
    ? undefined
    : clean(pluck(columns, path));
}

/** Texts without spaces around them; of an XML element with attributes, its text. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return trimmed(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value === 'object' && value !== null && '#text' in value)
    return clean(listOf(value['#text'])[0]);
  return value ?? null;
}
