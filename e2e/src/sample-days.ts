import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSample } from '@marquee/sample';

/** Some days of one small sample, for the tests of a file. */
export interface SampleDays {
  /** The folder of a day's files. */
  day(n: number): string;
  remove(): Promise<void>;
}

/** Generates days 0 to `days - 1`. */
export async function generateDays({ titles, days }: { titles: number; days: number }): Promise<SampleDays> {
  const root = await mkdtemp(join(tmpdir(), 'marquee-days-'));
  for (let day = 0; day < days; day++) await generateSample({ folder: join(root, String(day)), titles, seed: 1, day });
  return {
    day: (n) => join(root, String(n)),
    remove: async () => rm(root, { recursive: true, force: true }),
  };
}
