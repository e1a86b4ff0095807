import stringWidth from 'string-width';

/** The columns of a terminal. For a pipe or a file Infinity: nothing has to be cut. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : Infinity;
}

/** A text of at most this width, with an ellipsis if it was cut. Graphemes stay whole. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** U+2400 and the characters after it picture the control characters, in their order. */
const PICTURES = 0x2400;
const DELETE = 0x7f;

/**
 * A text with its invisible characters made visible: control characters as their pictures (a tab as
 * ␉), others by their numbers.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(PICTURES + code);
    return code === DELETE ? '\u2421' : `\\u{${code.toString(16)}}`;
  });
}

/** A value as text, with a space for each control character: a terminal would obey them. */
export function plain(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value).replaceAll(/\p{Cc}/gu, ' ');
}
