import stringWidth from 'string-width';
import { cut, plain } from './text.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** May be cut to fit the terminal, the widest such column first. */
  readonly isFlexible?: true;
  /** Is left out if it is empty in every row. */
  readonly isOptional?: true;
  /** Is left out if the terminal is too narrow, the highest number first. */
  readonly drop?: number;
}

export type Cell = string | number | null | undefined;

/** A table as lines of text. */
interface TableLines {
  /** Null if the terminal is so narrow that each row is a block of lines, which repeat the heads. */
  readonly head: string | null;
  readonly lines: readonly string[];
}

const GAP = 2;
/** Columns are dropped before a flexible one becomes narrower than this. */
const COMFORTABLE_WIDTH = 16;
const MIN_WIDTH = 8;

/** The columns that are shown, their heads and texts, and the width of each. */
interface Layout {
  readonly columns: readonly Column[];
  /** A column's head, and then its texts. */
  readonly texts: readonly (readonly string[])[];
  /** The width of a column's widest text. */
  readonly widths: readonly number[];
}

/**
 * Formats a table, aligned by the width at which a terminal shows the texts. In a narrow terminal
 * flexible columns are cut, then columns are left out, and then rows become blocks of lines.
 *
 * @param width of the terminal; Infinity cuts nothing
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): TableLines {
  const texts = columns.map(({ head }, i) => [head, ...rows.map((row) => plain(row[i]))]);
  const widths = texts.map((column) => Math.max(...column.map((text) => stringWidth(text))));
  const filled = keepColumns(
    { columns, texts, widths },
    (i) =>
      columns[i]?.isOptional !== true || texts[i]?.slice(1).some((text) => text !== '') === true,
  );
  const fitting = dropColumns(filled, width);
  if (minWidth(fitting, MIN_WIDTH) > width)
    return { head: null, lines: formatBlocks(filled, width) };
  const [head = '', ...lines] = formatRows(fitting, width);
  return { head, lines };
}

function keepColumns(
  { columns, texts, widths }: Layout,
  isKept: (index: number) => boolean,
): Layout {
  return {
    columns: columns.filter((_, i) => isKept(i)),
    texts: texts.filter((_, i) => isKept(i)),
    widths: widths.filter((_, i) => isKept(i)),
  };
}

/** Leaves out columns until the others fit without cutting them short, or none may be left out. */
function dropColumns(layout: Layout, width: number): Layout {
  if (minWidth(layout, COMFORTABLE_WIDTH) <= width) return layout;
  const order = layout.columns.map(({ drop = 0 }) => drop);
  const next = Math.max(0, ...order);
  if (next === 0) return layout;
  const index = order.indexOf(next);
  return dropColumns(
    keepColumns(layout, (i) => i !== index),
    width,
  );
}

/** The width of a table whose flexible columns are cut to at most this width. */
function minWidth({ columns, widths }: Layout, flexible: number): number {
  return tableWidth(widths.map((w, i) => (columns[i]?.isFlexible ? Math.min(w, flexible) : w)));
}

function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w + GAP, -GAP);
}

function formatRows({ columns, texts, widths: natural }: Layout, width: number): string[] {
  const widths = [...natural];
  shrink(widths, columns, width);
  return (texts[0] ?? []).map((_, row) =>
    texts
      .map((column, i) =>
        pad(cut(column[row] ?? '', widths[i] ?? 0), widths[i] ?? 0, columns[i]?.align),
      )
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Shrinks the widest flexible column until the table fits, or no column can shrink further. */
function shrink(widths: number[], columns: readonly Column[], width: number): void {
  let over = tableWidth(widths) - width;
  while (over > 0) {
    const flexible = widths.map((w, i) => (columns[i]?.isFlexible ? w : 0));
    const widest = Math.max(...flexible);
    if (widest <= MIN_WIDTH) return;
    widths[flexible.indexOf(widest)] = widest - 1;
    over--;
  }
}

/** Each row as a block: its first text alone, and a line with the head for each other one. */
function formatBlocks({ columns, texts }: Layout, width: number): string[] {
  const indent = Math.max(...columns.slice(1).map(({ head }) => stringWidth(head)), 0);
  const rows = [...(texts[0] ?? []).keys()].slice(1);
  return rows.flatMap((row) => {
    const [first = '', ...others] = texts.map((column) => column[row] ?? '');
    const lines = others.flatMap((text, i) =>
      text === '' ? [] : [`  ${pad(columns[i + 1]?.head ?? '', indent)}${' '.repeat(GAP)}${text}`],
    );
    return [first, ...lines].map((line) => cut(line, width));
  });
}

function pad(text: string, width: number, align?: 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? space + text : text + space;
}
