import { articleFirst } from '@marquee/search';
import type { Transform } from '../definition/transform.ts';
import { isTooDeep, MAX_DEPTH } from '../rows/depth.ts';
import { dateReader, toDate, toYear } from './dates.ts';
import { mendMojibake } from './mojibake.ts';
import { toBoolean, toInteger, toMoney, toNumber } from './numbers.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { titleParts } from './titles.ts';
import { ValueError } from './value-error.ts';

/** Turns one value into another. @throws ValueError */
type Step = (value: unknown) => unknown;

/** Transforms of definitions as one function. Empty values stay empty. */
export function compileTransforms(transforms: readonly Transform[]): Step {
  const steps = transforms.map(compile);
  return (value) => steps.reduce((result, step) => step(result), value);
}

function compile(transform: Transform): Step {
  if (transform === 'first') return (value) => listOf(value).find((each) => !isEmpty(each)) ?? null;
  if (transform === 'sum') return sum;
  return each(typeof transform === 'string' ? PLAIN[transform] : compileWithArgument(transform));
}

const PLAIN: Record<Exclude<Transform & string, 'first' | 'sum'>, Step> = {
  number: (value) => toNumber(value),
  money: (value) => toMoney(value),
  integer: toInteger,
  boolean: toBoolean,
  year: toYear,
  json: (value) => {
    const text = textOf(value);
    try {
      const parsed = JSON.parse(text) as unknown;
      if (!isTooDeep(parsed)) return parsed;
    } catch {
      throw new ValueError(text, 'JSON');
    }
    throw new ValueError(text, `JSON of at most ${MAX_DEPTH} levels`);
  },
  python: (value) => parsePythonLiteral(textOf(value)),
  'imdb-id': toImdbId,
  article: (value) => articleFirst(textOf(value)),
  'title-with-year': (value) => titleParts(textOf(value)),
  unescape: (value) => unescape(textOf(value)),
};

function compileWithArgument(transform: Exclude<Transform, string>): Step {
  if ('empty' in transform) {
    const empty = new Set(transform.empty);
    return (value) => (empty.has(String(value)) ? null : value);
  }
  if ('words' in transform) {
    const words = new Map(Object.entries(transform.words));
    return (value) => words.get(String(value)) ?? value;
  }
  if ('split' in transform)
    return (value) =>
      textOf(value)
        .split(transform.split)
        .map((part) => part.trim())
        .filter((part) => part !== '');
  if ('scale' in transform) return (value) => toNumber(value) * transform.scale;
  if ('prefix' in transform) return (value) => `${transform.prefix}${textOf(value)}`;
  if ('number' in transform) return (value) => toNumber(value, transform.number.decimal);
  if ('money' in transform)
    return (value) => toMoney(value, transform.money.decimal, transform.money.thousands);
  if ('date' in transform) {
    const forms = [transform.date].flat();
    const readers = forms.map(dateReader);
    return (value) => toDate(value, readers, forms.join(' or '));
  }
  if ('pluck' in transform) return (value) => pluck(value, transform.pluck);
  return (value) => mendMojibake(textOf(value), transform.unmojibake);
}

/** A step on each element of a list. What makes a list of each element makes one list of all. */
function each(step: Step): Step {
  const one: Step = (value) => {
    const result = isEmpty(value) ? null : step(value);
    return typeof result === 'string' ? trimmed(result) : result;
  };
  return (value) => {
    if (!Array.isArray(value)) return one(value);
    const results = value.map(one);
    return results.some(Array.isArray) ? results.flat() : results;
  };
}

/** A text without spaces around it; an empty one is empty. */
export function trimmed(text: string): string | null {
  const result = text.trim();
  return result === '' ? null : result;
}

export function isEmpty(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** A value as a list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** A text, or a number as text. @throws ValueError */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ValueError(value, 'a text');
}

function sum(value: unknown): number | null {
  const parts = listOf(value);
  if (parts.some(isEmpty)) return null;
  return parts.reduce<number>((total, part) => total + toNumber(part), 0);
}

/** A property of an object, also deeper; null where it has none. A name with dots comes first. */
export function pluck(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return null;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  const dot = path.indexOf('.');
  if (dot === -1) return null;
  const inner = pluck(value, path.slice(0, dot));
  const rest = path.slice(dot + 1);
  return Array.isArray(inner) ? inner.map((one) => pluck(one, rest)) : pluck(inner, rest);
}

function toImdbId(value: unknown): string {
  const text = textOf(value);
  const digits = /(?:^|\/)(?:tt)?(\d{1,10})(?:\/|\?|$)/u.exec(text)?.[1];
  if (digits === undefined || Number(digits) === 0)
    throw new ValueError(value, 'an id of IMDb, such as tt0000001');
  // links of several years back have lost the zeros; later ones have more digits than seven
  return `tt${digits.replace(/^0+/u, '').padStart(7, '0')}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function unescape(text: string): string {
  return text
    .replace(/\\(['"\\])/gu, '$1')
    .replace(
      /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/giu,
      (whole: string, hex?: string, decimal?: string, name?: string) => {
        const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
        if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
        return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
      },
    );
}
