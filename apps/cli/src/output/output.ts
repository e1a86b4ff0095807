import { once } from 'node:events';
import { styleText } from 'node:util';
import { type Cell, type Column, formatTable } from '@marquee/terminal/table';
import { cut, plain, widthOf } from '@marquee/terminal/text';

type Style = Parameters<typeof styleText>[0];

/** Writes results to standard output, and notes to standard error. */
export class Output {
  readonly isJson: boolean;

  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** The columns of the terminal; Infinity without one. */
  get width(): number {
    return widthOf(process.stdout);
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
    const { head, lines } = formatTable(columns, rows, this.width);
    const heads = head === null ? [] : [this.style('dim', head)];
    process.stdout.write(`${[...heads, ...lines].join('\n')}\n`);
  }

  /** Copies what the API streams as it comes, no faster than it is read. */
  async copy(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of body)
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
  }

  /**
   * Writes a list as one JSON document, item by item: it may be larger than memory.
   *
   * @returns whether it had any
   */
  async jsonList(items: AsyncIterable<unknown>): Promise<boolean> {
    let separator = '{"items":[\n';
    for await (const item of items) {
      process.stdout.write(`${separator}${JSON.stringify(item)}`);
      separator = ',\n';
    }
    const isEmpty = separator.startsWith('{');
    process.stdout.write(`${isEmpty ? separator : '\n'}],"next":null}\n`);
    return !isEmpty;
  }

  /**
   * Writes a note for people, beside the result. With --json it writes nothing: a program reads one
   * document.
   */
  note(text: string): void {
    if (!this.isJson) process.stderr.write(`${text}\n`);
  }

  /** A text with colour, if standard output is a terminal and NO_COLOR is not set. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: process.stdout });
  }
}
