import { articleForms, compactForm, TIERS } from '@marquee/search';
import type { Description } from './description.ts';

/** Letters of the beginning and of the end of a name. */
const ENDS = 5;

/**
 * The keys of a record. Records without a key in common are never compared.
 *
 * | key | the records have in common |
 * |---|---|
 * | `id:` | an id |
 * | `name:` | a name, but for its articles, with numbers as digits |
 * | `part:` | a name, which one of them has as a part of its own, such as a subtitle |
 * | `begin:`, `end:` | five letters at one end of a title, the first one of the word at the other, and the year |
 * | `titled:`, `untitled:` | a director, and the year, where one of them has no title |
 */
export function storedKeys(description: Description): string[] {
  const { titles, names, parts, year, directors, ids } = description;
  const side = titles.length === 0 ? 'untitled' : 'titled';
  return distinct([
    ...idKeys(ids),
    ...[...titles, ...names].map((name) => `name:${compactForm(name)}`),
    ...parts.map((part) => `part:${compactForm(part)}`),
    ...nearYears([...endsOf(titles), ...directorsOf(directors, side)], year, [0]),
  ]);
}

/** The keys under which the records that a record is compared with are stored. */
export function wantedKeys(description: Description): string[] {
  const { titles, names, parts, year, directors, ids } = description;
  const side = titles.length === 0 ? 'titled' : 'untitled';
  return distinct([
    ...idKeys(ids),
    ...[...titles, ...names].flatMap((name) => [
      `name:${compactForm(name)}`,
      `part:${compactForm(name)}`,
    ]),
    ...parts.map((part) => `name:${compactForm(part)}`),
    ...nearYears([...endsOf(titles), ...directorsOf(directors, side)], year, [-1, 0, 1]),
  ]);
}

/**
 * The compact forms of texts in normal form by which `search.title_text` has titles of IMDb: with
 * and without an article. A key there has the letter of its tier before the form.
 */
export function searchForms(texts: readonly string[]): string[] {
  return distinct(articleForms(texts).map(compactForm));
}

/** The keys of {@link searchForms} in all tiers. */
export function searchKeys(texts: readonly string[]): string[] {
  return searchForms(texts).flatMap((form) => TIERS.map((tier) => tier + form));
}

function idKeys(ids: Description['ids']): string[] {
  return Object.entries(ids).map(([kind, id]) => `id:${kind}:${id}`);
}

function endsOf(titles: readonly string[]): string[] {
  return titles.flatMap((title) => {
    const compact = compactForm(title);
    if (compact.length < ENDS) return [];
    const lastWord = title.slice(title.lastIndexOf(' ') + 1);
    return [
      `begin:${compact.slice(0, ENDS)}.${lastWord.slice(0, 1)}`,
      `end:${compact.slice(-ENDS)}.${compact.slice(0, 1)}`,
    ];
  });
}

function directorsOf(directors: readonly string[], side: 'titled' | 'untitled'): string[] {
  return directors.map((name) => `${side}:${compactForm(name)}`);
}

function nearYears(keys: readonly string[], year: number | null, years: readonly number[]) {
  return year === null ? [] : keys.flatMap((key) => years.map((by) => `${key}:${year + by}`));
}

function distinct(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
