import { styleText } from 'node:util';
import { type Cell, type Column, formatTable } from '@marquee/terminal/table';
import { cut, plain } from '@marquee/terminal/text';

/** The largest page that the API serves of most lists. */
export const MAX_LIMIT = 200;

type Style = Parameters<typeof styleText>[0];

/** Writes results to standard output, and notes to standard error. */
export class Output {
  readonly isJson: boolean;

  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** The columns of the terminal. Without a terminal Infinity: nothing has to be cut. */
  get width(): number {
    return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
  }

  /** Writes a JSON document. */
  json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Writes one of several JSON documents, on a line of its own. */
  jsonLine(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  line(text = '', style?: Style): void {
    const fitting = cut(plain(text), this.width);
    process.stdout.write(`${style === undefined ? fitting : this.style(style, fitting)}\n`);
  }

  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    const [head = '', ...lines] = formatTable(columns, rows, this.width);
    process.stdout.write(`${[this.style('dim', head), ...lines].join('\n')}\n`);
  }

  /**
   * Writes a list: as it is with --json, else as a table.
   *
   * @param emptyNote the note for a list without items
   */
  list<T>(
    list: { readonly items: readonly T[] },
    emptyNote: string,
    columns: readonly Column[],
    rowOf: (item: T) => readonly Cell[],
  ): void {
    if (this.isJson) this.json(list);
    else if (list.items.length === 0) this.note(emptyNote);
    else this.table(columns, list.items.map(rowOf));
  }

  /** Writes a note for people, beside the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** A text with colour, if standard output is a terminal and NO_COLOR is not set. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: process.stdout });
  }
}

/**
 * The note that a list has more items: the limit that shows them, or that no limit does.
 */
export function moreNote(limit: number): string {
  if (limit >= MAX_LIMIT) return `There are more; ${MAX_LIMIT} is the largest --limit`;
  return `There are more: --limit ${Math.min(MAX_LIMIT, limit * 5)}`;
}
