import { sqlColumnsOf, keyColumnsOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';

/** A dataset's columns without those of its key. */
export function nonKeyColumnsOf(dataset: DatasetName): string[] {
  const key = keyColumnsOf(dataset);
  return sqlColumnsOf(dataset).filter((column) => !key.includes(column));
}

/** A condition: whether rows of a dataset in two tables have the same key. */
export function sameKey(one: string, other: string, dataset: DatasetName): string {
  return keyColumnsOf(dataset)
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' and ');
}

/** Columns with their table's name or alias, as a list for SQL. */
export function columnList(table: string, columns: readonly string[]): string {
  return columns.map((column) => `${table}.${column}`).join(', ');
}
