/** One of the columns that a list is in the order of. */
export interface SortKey {
  /**
   * The name of the column in what the list's statement answers; never null there. One that begins
   * with `_` is not shown.
   */
  readonly column: string;
  readonly type: 'text' | 'int4' | 'int8' | 'float8' | 'numeric' | 'uuid';
  readonly descending?: boolean;
}

/** The values of a row's sort keys: what a page goes on after. */
export type Position = readonly (string | number)[];

/** The order of a list, as SQL. Texts are in the order of their bytes, as ids are. */
export function orderBy(sort: readonly SortKey[], alias: string): string {
  return sort
    .map((key) => `${columnOf(key, alias)}${key.descending === true ? ' desc' : ''}`)
    .join(', ');
}

/**
 * The condition that a row comes after a position, as SQL; an index on the sort keys serves it.
 *
 * @param first number of the parameter that has the position's first value
 */
export function isAfter(sort: readonly SortKey[], alias: string, first: number): string {
  const columns = sort.map((key) => columnOf(key, alias));
  const values = sort.map(({ type }, i) => `$${first + i}::${type}`);
  const descending = sort.map((key) => key.descending === true);
  if (descending.every((one) => one === descending[0]))
    return `(${columns.join(', ')}) ${descending[0] === true ? '<' : '>'} (${values.join(', ')})`;
  // where some go up and others down there is no comparison of rows; the first column's bound is
  // what an index can begin with
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
