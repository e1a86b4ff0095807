import type { Cell, Column } from '@marquee/terminal/table';
import { stringify } from 'csv-stringify/sync';
import type { Context } from '../context/context.ts';
import { checkFormat, type ListOptions } from './list.ts';

/**
 * Shows a list that the API returns without pages, and only as JSON: unchanged with --json, else in
 * the chosen format.
 *
 * @param emptyNote the note for a list without items
 */
export function showWholeList<T extends object>(
  context: Context,
  list: { readonly items: readonly T[] },
  options: Pick<ListOptions, 'format'>,
  emptyNote: string,
  columns: readonly Column[],
  rowOf: (item: T) => readonly Cell[],
): void {
  checkFormat(context, options);
  const { out } = context;
  const { items } = list;
  if (out.isJson) out.json(list);
  else if (options.format === 'csv') process.stdout.write(stringify([...items], { header: true }));
  else if (options.format === 'ndjson') for (const item of items) out.jsonLine(item);
  else if (items.length === 0) out.note(emptyNote);
  else out.table(columns, items.map(rowOf));
}
