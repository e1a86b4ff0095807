import { styleText } from 'node:util';
import { cut, formatTable, plain, type Cell, type Column } from './table.ts';

type Style = Parameters<typeof styleText>[0];

/** Writes results to standard output, and what is said besides to standard error. */
export class Output {
  readonly isJson: boolean;

  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** Columns of the terminal; Infinity where there is none, and nothing has to be cut. */
  get width(): number {
    return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
  }

  /** A document for programs. */
  json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One of several documents, on a line of its own. */
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
   * A list: to programs as it is, to people as a table.
   *
   * @param empty what people are told where there is nothing in it
   */
  list<T>(
    list: { readonly items: readonly T[] },
    empty: string,
    columns: readonly Column[],
    rowOf: (item: T) => readonly Cell[],
  ): void {
    if (this.isJson) this.json(list);
    else if (list.items.length === 0) this.note(empty);
    else this.table(columns, list.items.map(rowOf));
  }

  /** To people, beside the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Colour, where standard output is a terminal and NO_COLOR does not forbid it. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: process.stdout });
  }
}
