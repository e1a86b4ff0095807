/** A measurement of each day, in order. */
export type Series = readonly number[];

/** What a series does. */
export interface Trend {
  /** Change a day: the median of the slopes of all pairs, which single outliers do not move. */
  readonly perDay: number;
  /** The same over the whole series, as a part of its median. */
  readonly growth: number;
}

/** Fewer days tell no trend. */
export const LEAST_DAYS = 5;

/** The trend of a series by Theil and Sen; null if it is too short. */
export function trendOf(series: Series): Trend | null {
  if (series.length < LEAST_DAYS) return null;
  const slopes = series.flatMap((from, i) =>
    series.slice(i + 1).map((to, steps) => (to - from) / (steps + 1)),
  );
  const perDay = median(slopes);
  return { perDay, growth: (perDay * (series.length - 1)) / Math.max(Math.abs(median(series)), 1) };
}

/** The value in the middle. */
export function median(values: Series): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/**
 * Whether a series grows by more than a part of it, and by more than so much.
 *
 * @param limit of the growth over the whole series, such as 0.15
 * @param floor below which a growth is noise, in the unit of the series
 */
export function isGrowing(series: Series, limit: number, floor: number): boolean {
  const trend = trendOf(series);
  return trend !== null && trend.growth > limit && trend.perDay * (series.length - 1) > floor;
}

/** Days after its start in which a process fills its heap. */
const HEAP_DAYS = 3;

/** The longest part of a series without a restart, once the heap is full. @param restarts the days of restarts */
export function longestRun(series: Series, restarts: ReadonlySet<number>): Series {
  const parts: number[][] = [[]];
  series.forEach((value, day) => {
    if (restarts.has(day)) parts.push([]);
    parts.at(-1)?.push(value);
  });
  const [first = [], ...others] = parts;
  let longest = first;
  for (const part of others.map((days) => days.slice(HEAP_DAYS)))
    if (part.length > longest.length) longest = part;
  return longest;
}
