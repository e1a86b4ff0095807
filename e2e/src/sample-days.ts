import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSample } from '@marquee/sample';
import { beforeAll } from 'vitest';

/** Some days of one small sample. */
export interface Days {
  /** The folder of a day's files. */
  day(n: number): string;
}

/** Days that are there until they are removed. */
export interface SampleDays extends Days {
  remove(): Promise<void>;
}

/** Generates days 0 to `days - 1`. */
export async function generateDays({
  titles,
  days,
}: {
  titles: number;
  days: number;
}): Promise<SampleDays> {
  const root = await mkdtemp(join(tmpdir(), 'marquee-days-'));
  for (let day = 0; day < days; day++)
    await generateSample({ folder: join(root, String(day)), titles, seed: 1, day });
  return {
    day: (n) => join(root, String(n)),
    remove: async () => rm(root, { recursive: true, force: true }),
  };
}

/** Days 0 to `days - 1` for the tests of this file. */
export function useDays(options: { titles: number; days: number }): Days {
  let made: Days | null = null;
  beforeAll(async () => {
    const present = await generateDays(options);
    made = present;
    return async () => present.remove();
  });
  return {
    day(n) {
      if (made === null) throw new Error('the days are used outside a test');
      return made.day(n);
    },
  };
}
