import stringWidth from 'string-width';
import { cut, plain } from './text.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** May be cut to fit the terminal, the widest such column first. */
  readonly isFlexible?: true;
  /** Is left out if it is empty in every row. */
  readonly isOptional?: true;
}

export type Cell = string | number | null | undefined;

const GAP = 2;
const MIN_WIDTH = 8;

/**
 * Formats a table, aligned by the width at which a terminal shows the texts.
 *
 * @param width of the terminal; Infinity cuts nothing
 * @returns the lines, the head first
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const cells = rows.map((row) => columns.map((_, i) => plain(row[i])));
  const indexes = [...columns.keys()].filter(
    (i) => columns[i]?.isOptional !== true || cells.some((row) => row[i] !== ''),
  );
  const shown = indexes.flatMap((i) => columns[i] ?? []);
  const texts = [
    shown.map(({ head }) => head),
    ...cells.map((row) => indexes.map((i) => row[i] ?? '')),
  ];
  const widths = shown.map((_, i) => Math.max(...texts.map((row) => stringWidth(row[i] ?? ''))));
  shrink(widths, shown, width);
  return texts.map((row) =>
    row
      .map((text, i) => pad(cut(text, widths[i] ?? 0), widths[i] ?? 0, shown[i]?.align))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Shrinks the widest flexible column until the table fits, or no column can shrink further. */
function shrink(widths: number[], columns: readonly Column[], width: number): void {
  let over = widths.reduce((sum, w) => sum + w + GAP, -GAP) - width;
  while (over > 0) {
    const flexible = widths.map((w, i) => (columns[i]?.isFlexible ? w : 0));
    const widest = Math.max(...flexible);
    if (widest <= MIN_WIDTH) return;
    widths[flexible.indexOf(widest)] = widest - 1;
    over--;
  }
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? space + text : text + space;
}
