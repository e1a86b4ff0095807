import { ValueError } from './value-error.ts';

/** The longest title with its other names, in characters. */
const MAX_LENGTH = 10_000;

/** A title that was taken apart. */
export interface TitleParts {
  readonly title: string;
  readonly year: number | null;
  readonly endYear: number | null;
  /** Other names, which stood in brackets behind it. */
  readonly names: readonly string[];
}

const YEARS = /^(\d{4})(?:\s*[-–]\s*(\d{4})?)?$/u;
/** Remarks about a release: no names of a movie. */
const REMARK =
  /\b(?:re-?issue|re-?release|releases?|imax|3-?d|original|only|edition|version|cut|anniversary|restored|restoration|remastered|sing-a-?long|subtitled|dubbed|pg-13|unrated)\b|^[ivx]+$/iu;
/** What another name in brackets begins with. */
const ALSO_KNOWN_AS = /^(?:a\.?k\.?a\.?|also known as|or)\s+/iu;
/** A title that goes on in brackets: Birdman or (The Unexpected Virtue of Ignorance). */
const GOES_ON = /(?:(?<!, )\b(?:[Oo]r|and|of|the|on|in|to|with)|[&:–-])$/u;

/**
 * Takes a title apart that has its year, and other names, in brackets behind it. Years before the
 * last one, and remarks, are dropped: what stands there is one of several releases.
 *
 * @throws ValueError for a text that is too long for a title
 */
export function titleParts(text: string): TitleParts {
  let title = text.trim();
  // it takes time by the square of its length
  if (title.length > MAX_LENGTH)
    throw new ValueError(text, `a title of at most ${MAX_LENGTH} characters`);
  let year: number | null = null;
  let endYear: number | null = null;
  const names: string[] = [];
  for (;;) {
    const found = trailingBrackets(title);
    if (found === null) break;
    const { before, inside } = found;
    const years = YEARS.exec(inside);
    if (years !== null) {
      year ??= Number(years[1]);
      endYear ??= years[2] === undefined ? null : Number(years[2]);
    } else if (GOES_ON.test(before)) break;
    else if (!REMARK.test(inside)) names.unshift(inside.replace(ALSO_KNOWN_AS, ''));
    title = before;
  }
  return { title, year, endYear, names };
}

/** What stands in the last brackets, and before them; null without them, or with nothing before. */
function trailingBrackets(text: string): { before: string; inside: string } | null {
  if (!text.endsWith(')')) return null;
  let depth = 0;
  for (let i = text.length - 1; i > 0; i -= 1) {
    if (text[i] === ')') depth += 1;
    if (text[i] === '(') depth -= 1;
    if (depth > 0) continue;
    const before = text.slice(0, i).replace(/,?\s*$/u, '');
    const inside = text.slice(i + 1, -1).trim();
    return before === '' || inside === '' ? null : { before, inside };
  }
  return null;
}
