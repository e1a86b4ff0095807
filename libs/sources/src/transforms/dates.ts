import { ValueError } from './value-error.ts';

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];

const TOKENS: Record<
  string,
  { readonly pattern: string; readonly part: 'year' | 'month' | 'day' }
> = {
  yyyy: { pattern: String.raw`(\d{4})`, part: 'year' },
  MMMM: { pattern: '([a-z]{3,9})', part: 'month' },
  MMM: { pattern: String.raw`([a-z]{3,4})\.?`, part: 'month' },
  MM: { pattern: String.raw`(\d{2})`, part: 'month' },
  M: { pattern: String.raw`(\d{1,2})`, part: 'month' },
  dd: { pattern: String.raw`(\d{2})`, part: 'day' },
  d: { pattern: String.raw`(\d{1,2})`, part: 'day' },
};

/** Reads a date as `yyyy-mm-dd`; null when the text has another form. */
export type DateReader = (text: string) => string | null;

/** A reader of dates. @param form such as `MMM d, yyyy` */
export function dateReader(form: string): DateReader {
  const parts: ('year' | 'month' | 'day')[] = [];
  const pattern = form.replace(/yyyy|M{1,4}|d{1,2}|[^yMd]+|./gu, (piece) => {
    const token = TOKENS[piece];
    if (token === undefined) return piece.replace(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`);
    parts.push(token.part);
    return token.pattern;
  });
  const whole = new RegExp(`^${pattern}$`, 'iu');
  return (text) => {
    const found = whole.exec(text);
    if (found === null) return null;
    const read = { year: Number.NaN, month: 1, day: 1 };
    for (const [i, part] of parts.entries()) read[part] = readPart(found[i + 1] ?? '');
    const date = new Date(Date.UTC(read.year, read.month - 1, read.day));
    const isReal = date.getUTCMonth() === read.month - 1 && date.getUTCDate() === read.day;
    return isReal ? date.toISOString().slice(0, 10) : null;
  };
}

function readPart(text: string): number {
  if (/^\d/u.test(text)) return Number(text);
  return MONTHS.findIndex((month) => month.startsWith(text.toLowerCase().slice(0, 3))) + 1;
}

/** Reads a date in one of some forms. @throws ValueError */
export function toDate(value: unknown, readers: readonly DateReader[], forms: string): string {
  for (const read of readers) {
    const date = typeof value === 'string' ? read(value) : null;
    if (date !== null) return date;
  }
  throw new ValueError(value, `a date as ${forms}`);
}

/** The year of a date or of a year. @throws ValueError */
export function toYear(value: unknown): number {
  const year = /^(\d{4})(?:-\d{2}-\d{2}|$)/u.exec(String(value))?.[1];
  if (year === undefined) throw new ValueError(value, 'a date');
  return Number(year);
}
