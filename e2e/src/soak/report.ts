import type { Sample } from './sampler.ts';
import { isGrowing, longestRun, median, trendOf } from './slope.ts';

/** By how much a measurement may grow after the warm-up: as a part of it, and at least by so much. */
const LIMITS: Readonly<Record<string, readonly [limit: number, floor: number]>> = {
  // of a process of PostgreSQL; they take more with each kind of statement
  'postgres MB': [0.3, 3],
  MB: [0.15, 12],
  files: [0.2, 6],
  connections: [0.2, 8],
  'dead tuples': [0.5, 20_000],
  jobs: [0.2, 50],
  partitions: [0.2, 2],
  'movie changes': [0.2, 1500],
};

/** What a stack keeps for good: deliveries, runs, the audit log. */
const KEPT_FOR_GOOD = new Set(['history MB']);

/** The first part of the samples: caches fill, and what expires has not yet. */
const WARM_UP = 1 / 3;

/** A day in one line. */
export function describeSample(
  day: number,
  sample: Sample,
  {
    killed,
    isFull,
    lost,
    requests,
  }: { killed: string | null; isFull: boolean; lost: readonly string[]; requests: string },
): string {
  const shown = Object.entries(sample).map(([name, value]) => `${name} ${round(value)}`);
  const notes = [
    isFull ? 'full load' : 'refresh',
    ...(killed === null ? [] : [`${killed} killed`]),
    `${lost.length} lost`,
    requests,
  ];
  return `${new Date().toISOString().slice(11, 19)} day ${day}: ${notes.join('; ')}; ${shown.join(', ')}`;
}

/**
 * Prints the trend of each measurement after the warm-up.
 *
 * @param restarts the days on which a process was killed, by its name
 * @returns those that grow
 */
export function findGrowth(
  samples: readonly Sample[],
  restarts: ReadonlyMap<string, ReadonlySet<number>>,
): string[] {
  const from = Math.ceil(samples.length * WARM_UP);
  const faults: string[] = [];
  for (const name of Object.keys(samples.at(-1) ?? {})) {
    const all = samples.map((sample) => sample[name] ?? 0);
    const [owner = ''] = name.split(' ');
    const killed = new Set([...(restarts.get(owner) ?? [])].map((day) => day - from));
    const series = longestRun(all.slice(from), killed);
    const trend = trendOf(series);
    const unit = /(?:MB|files)$/u.exec(name)?.[0] ?? name;
    const [limit, floor] = LIMITS[name] ?? LIMITS[unit] ?? [0.5, 10];
    const grows = !KEPT_FOR_GOOD.has(name) && isGrowing(series, limit, floor);
    console.log(
      `${name}: ${round(median(series))} over ${series.length} days, ${trend === null ? 'too few days for a trend' : `${round(trend.perDay)} a day, ${Math.round(trend.growth * 100)} %`}${grows ? ', GROWS' : ''}`,
    );
    if (grows) faults.push(`${name} grows: ${series.map(round).join(' ')}`);
  }
  return faults;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
