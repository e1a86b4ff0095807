import stringWidth from 'string-width';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** May be cut, the widest first, to fit the terminal. */
  readonly isFlexible?: true;
  /** Is left out where it is empty in every row. */
  readonly isOptional?: true;
}

export type Cell = string | number | null | undefined;

const GAP = 2;
const LEAST = 8;

/**
 * A table, aligned by the width at which texts are shown.
 *
 * @param width of the terminal; Infinity cuts nothing
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const cells = rows.map((row) => columns.map((_, i) => plain(row[i])));
  const places = [...columns.keys()].filter(
    (i) => columns[i]?.isOptional !== true || cells.some((row) => row[i] !== ''),
  );
  const shown = places.flatMap((i) => columns[i] ?? []);
  const texts = [
    shown.map(({ head }) => head),
    ...cells.map((row) => places.map((i) => row[i] ?? '')),
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

/** Takes from the widest flexible column until all fit, or none can give any more. */
function shrink(widths: number[], columns: readonly Column[], width: number): void {
  let over = widths.reduce((sum, w) => sum + w + GAP, -GAP) - width;
  while (over > 0) {
    const flexible = widths.map((w, i) => (columns[i]?.isFlexible ? w : 0));
    const widest = Math.max(...flexible);
    if (widest <= LEAST) return;
    widths[flexible.indexOf(widest)] = widest - 1;
    over--;
  }
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? space + text : text + space;
}

/**
 * A text no wider than that, with an ellipsis where something was cut off; graphemes stay whole.
 */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** U+2400 and those behind it are pictures of the control characters, in their order. */
const PICTURES = 0x2400;
const DELETE = 0x7f;

/**
 * A text in which what a terminal would take for a command, or would not show, is made visible:
 * control characters as their pictures (a tab as ␉), others by their numbers.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(PICTURES + code);
    return code === DELETE ? '\u2421' : `\\u{${code.toString(16)}}`;
  });
}

/** What a terminal would take for a command is shown as a space. */
export function plain(cell: Cell): string {
  return cell === null || cell === undefined ? '' : String(cell).replaceAll(/\p{Cc}/gu, ' ');
}
