import type { Stats } from '@marquee/contract';
import { TYPE_ORDER } from '../design/type-colour.ts';

/** Number of types shown separately; the others are combined. */
const MAX_TYPES = 6;
/** Stands for the types that are combined. */
export const OTHER = 'other';

/** Titles of a type in a year, and their share of the type's best year. */
export interface YearOfType {
  readonly year: number;
  readonly type: string;
  readonly titles: number;
  readonly share: number;
}

/**
 * Numbers of titles by year and type up to the last year, and the number of later titles. Types are
 * in the order of all legends, the combined ones last.
 */
export function typesByYear(
  titlesByYear: Stats['titlesByYear'],
  last: number,
): { rows: YearOfType[]; types: string[]; later: number } {
  const known = titlesByYear.filter(
    (one): one is typeof one & { year: number } => one.year !== null,
  );
  const shown = known.filter(({ year }) => year <= last);
  const totals = sumBy(shown, ({ titleType }) => titleType ?? OTHER);
  const most = new Set(
    [...totals]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_TYPES)
      .map(([type]) => type),
  );
  const typeOf = (titleType: string | null) =>
    most.has(titleType ?? OTHER) ? (titleType ?? OTHER) : OTHER;
  const rows = [...Map.groupBy(shown, ({ titleType }) => typeOf(titleType))].flatMap(
    ([type, ofType]) => {
      const byYear = sumBy(ofType, ({ year }) => year);
      const best = Math.max(...byYear.values());
      return [...byYear].map(([year, titles]) => ({ year, type, titles, share: titles / best }));
    },
  );
  const types = [...TYPE_ORDER, ...most, OTHER].filter(
    (type, index, all) => all.indexOf(type) === index && rows.some((row) => row.type === type),
  );
  // types that the order does not name stand before the combined ones
  types.sort((a, b) => Number(a === OTHER) - Number(b === OTHER));
  const later = known.reduce((sum, { year, titles }) => sum + (year > last ? titles : 0), 0);
  return { rows, types, later };
}

function sumBy<T extends { readonly titles: number }, K>(
  rows: readonly T[],
  key: (row: T) => K,
): Map<K, number> {
  const sums = new Map<K, number>();
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + row.titles);
  return sums;
}
