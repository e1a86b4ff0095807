/** A column that a list is sorted by. */
export interface SortKey {
  /** A column of the list's statement, never null. One that starts with `_` is not shown. */
  readonly column: string;
  readonly type: 'text' | 'int4' | 'int8' | 'float8' | 'numeric' | 'uuid';
  readonly descending?: boolean;
}

/** The values of a row's sort keys: the next page starts after them. */
export type Position = readonly (string | number)[];

/** The order of a list, as SQL. Texts are sorted by their bytes, as ids are. */
export function orderBy(sort: readonly SortKey[], alias: string): string {
  return sort
    .map((key) => `${columnOf(key, alias)}${key.descending === true ? ' desc' : ''}`)
    .join(', ');
}

/**
 * The condition that a row comes after a position, as SQL. An index on the sort keys serves it.
 *
 * @param first number of the parameter with the position's first value
 */
export function isAfter(sort: readonly SortKey[], alias: string, first: number): string {
  const columns = sort.map((key) => columnOf(key, alias));
  const values = sort.map(({ type }, i) => `$${first + i}::${type}`);
  const descending = sort.map((key) => key.descending === true);
  if (descending.every((one) => one === descending[0]))
    return `(${columns.join(', ')}) ${descending[0] === true ? '<' : '>'} (${values.join(', ')})`;
  // mixed directions have no row comparison; the bound on the first column lets an index start there
  const [head, ...tail] = sort;
  const compared = head?.descending === true ? '<' : '>';
  return `(${columns[0] ?? ''} ${compared}= ${values[0] ?? ''} and (${columns[0] ?? ''} ${compared} ${values[0] ?? ''} or ${isAfter(tail, alias, first + 1)}))`;
}

/** The position of a row. */
export function positionOf(
  sort: readonly SortKey[],
  row: Readonly<Record<string, unknown>>,
): Position {
  return sort.map(({ column }) => row[column] as string | number);
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u;

/** Whether a value can be compared with a sort key's column. */
export function fits({ type }: SortKey, value: unknown): value is string | number {
  switch (type) {
    case 'uuid':
      return typeof value === 'string' && UUID.test(value);
    case 'text':
      return typeof value === 'string' && !value.includes('\0');
    case 'int4':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
    case 'int8':
      return Number.isSafeInteger(value);
    default:
      return typeof value === 'number';
  }
}

function columnOf({ column, type }: SortKey, alias: string): string {
  return `${alias}."${column}"${type === 'text' ? ' collate "C"' : ''}`;
}
