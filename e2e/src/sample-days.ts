import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSample } from '@marquee/sample';
import { beforeAll, inject } from 'vitest';

/** Days of one small sample. Tests share the files, and must not modify them. */
export interface Days {
  readonly titles: number;
  /** The folder of a day's files. */
  day(n: number): string;
}

/** Days that exist until they are removed. */
interface SampleDays extends Days {
  remove(): Promise<void>;
}

/** Seed of all samples of the tests. */
export const SAMPLE_SEED = 1;

/** Generates days 0 to `days - 1` in a new folder. */
export async function generateDays({
  titles,
  days,
}: {
  titles: number;
  days: number;
}): Promise<SampleDays> {
  const root = await mkdtemp(join(tmpdir(), 'marquee-days-'));
  for (let day = 0; day < days; day++) {
    await generateSample({ folder: join(root, String(day)), titles, seed: SAMPLE_SEED, day });
  }
  return {
    titles,
    day: (n) => join(root, String(n)),
    remove: async () => rm(root, { recursive: true, force: true }),
  };
}

/** Days 0 to `days - 1` for the tests of a file; generated once for all test files. */
export function useDays({ titles, days }: { titles: number; days: number }): Days {
  let isMade = false;
  beforeAll(async () => {
    for (let day = 0; day < days; day++) await shareDay(titles, day);
    isMade = true;
  });
  return {
    titles,
    day(n) {
      if (!isMade) throw new Error('the days are used outside of a test');
      if (n >= days) throw new Error(`day ${n} of a sample of ${days} days`);
      return folderOf(titles, n);
    },
  };
}

function folderOf(titles: number, day: number): string {
  return join(inject('sharedFolder'), `sample-${titles}-${day}`);
}

async function shareDay(titles: number, day: number): Promise<void> {
  const folder = folderOf(titles, day);
  if (existsSync(folder)) return;
  // two workers may generate the same day at once: the second drops its copy
  const own = `${folder}.${randomUUID()}`;
  await generateSample({ folder: own, titles, seed: SAMPLE_SEED, day });
  await rename(own, folder).catch(async (error: unknown) => {
    await rm(own, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
}
