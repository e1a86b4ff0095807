/** The longest text of a field, in characters. */
export const MAX_FIELD_LENGTH = 1024 * 1024;
/** The longest row, in characters. */
export const MAX_ROW_LENGTH = 10 * 1024 * 1024;

/** A row of a file. */
export interface Row {
  /** Its line, or its number among the objects or files; from 1. */
  readonly line: number;
  /** Its columns. */
  readonly columns: Readonly<Record<string, unknown>>;
}

/** A row that cannot be taken. */
export interface Reject {
  readonly line: number;
  /** Its text, shortened if it is long. */
  readonly raw: string;
  /** What is wrong, as a clause. */
  readonly reason: string;
}

/** A reject. @param raw shortened to 10,000 characters */
export function reject(line: number, raw: string, reason: string): Reject {
  const text = raw.replaceAll('\0', '\u{fffd}').toWellFormed();
  return { line, raw: text.length > 10_000 ? `${text.slice(0, 10_000)}…` : text, reason };
}

export function isReject(row: object): row is Reject {
  return 'reason' in row;
}

/**
 * What no row may have: overlong texts, and replacement characters of bytes that could
 * not be decoded.
 *
 * @returns what is wrong, as a clause; null when nothing is
 */
export function textFault(text: string): string | null {
  if (text.length > MAX_FIELD_LENGTH) return 'a field is longer than 1 MB';
  if (text.includes('\u{fffd}')) return 'it has bytes that are not of the encoding of the file';
  return null;
}

/** Texts that PostgreSQL keeps: without NUL, and without halves of surrogate pairs. */
export function cleanText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
}
