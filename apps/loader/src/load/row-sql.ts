import { columnsOf, keyColumnsOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';

/** The columns of a dataset that are no part of its key. */
export function nonKeyColumnsOf(dataset: DatasetName): string[] {
  const key = keyColumnsOf(dataset);
  return columnsOf(dataset).filter((column) => !key.includes(column));
}

/** Whether rows of a dataset in two tables have the same key, as a condition. */
export function sameKey(one: string, other: string, dataset: DatasetName): string {
  return keyColumnsOf(dataset)
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' and ');
}

/** Some columns of a table, as a list. */
export function columnList(table: string, columns: readonly string[]): string {
  return columns.map((column) => `${table}.${column}`).join(', ');
}
