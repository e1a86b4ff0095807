import type { Stats } from '@marquee/contract';
import { labelOf } from '../format.ts';

/** Number of types shown separately; the others are combined. */
const MAX_TYPES = 6;

/** Numbers of titles by year and type up to the last year, and the number of later titles. */
export function typesByYear(
  titlesByYear: Stats['titlesByYear'],
  last: number,
): { rows: { year: number; type: string; titles: number }[]; later: number } {
  const totals = new Map<string | null, number>();
  for (const { titleType, titles } of titlesByYear)
    totals.set(titleType, (totals.get(titleType) ?? 0) + titles);
  const most = new Set(
    [...totals]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_TYPES)
      .map(([type]) => type),
  );
  const rows = titlesByYear.flatMap(({ year, titleType, titles }) =>
    year === null || year > last
      ? []
      : [{ year, type: most.has(titleType) ? labelOf(titleType) : 'Other', titles }],
  );
  const later = titlesByYear.reduce(
    (sum, { year, titles }) => sum + (year !== null && year > last ? titles : 0),
    0,
  );
  return { rows, later };
}
