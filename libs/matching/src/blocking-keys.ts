import { compactForm } from '@marquee/search';
import type { Description } from './description.ts';

/** Letters of the beginning and of the end of a name. */
const ENDS = 5;

/**
 * The keys of a record. Records without a key in common are never compared.
 *
 * | key | the records have in common |
 * |---|---|
 * | `id:` | an id |
 * | `name:` | a name, but for its article, and as digits or words |
 * | `part:` | a name, which one of them has as a part of its own, such as a subtitle |
 * | `begin:`, `end:` | the first or last five letters of a name, and the year |
 * | `director:` | a director, and the year, where one of them has no title |
 */
export function storedKeys(description: Description): string[] {
  const { titles, names, parts, year, directors, ids } = description;
  return distinct([
    ...Object.entries(ids).map(([kind, id]) => `id:${kind}:${id}`),
    ...[...titles, ...names].map((name) => `name:${compactForm(name)}`),
    ...parts.map((part) => `part:${compactForm(part)}`),
    ...(year === null
      ? []
      : [...endsOf(titles), ...directorsOf(directors)].map((key) => `${key}:${year}`)),
  ]);
}

/** The keys under which the records that a record is compared with are stored. */
export function wantedKeys(description: Description): string[] {
  const { titles, parts, year, directors } = description;
  const near = year === null ? [] : [...endsOf(titles), ...directorsOf(directors)];
  return distinct([
    ...storedKeys(description).filter((key) => !key.startsWith('part:')),
    ...titles.map((title) => `part:${compactForm(title)}`),
    ...parts.map((part) => `name:${compactForm(part)}`),
    ...near.flatMap((key) => [-1, 1].map((years) => `${key}:${Number(year) + years}`)),
  ]);
}

function endsOf(titles: readonly string[]): string[] {
  return titles.flatMap((title) => {
    const compact = compactForm(title);
    return compact.length < ENDS
      ? []
      : [`begin:${compact.slice(0, ENDS)}`, `end:${compact.slice(-ENDS)}`];
  });
}

function directorsOf(directors: readonly string[]): string[] {
  return directors.map((name) => `director:${compactForm(name)}`);
}

function distinct(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
