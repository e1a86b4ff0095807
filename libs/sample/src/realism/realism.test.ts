import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSample } from '../generate.ts';
import { FileSet } from './file-set.ts';
import { PROPERTIES } from './properties.ts';
import type { Allowed, RealFileSet } from './property.ts';

/** Enough for the rarest properties and the longest lists. */
const TITLES = 50_000;

let root: string;
let sample: FileSet;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'marquee-true-'));
  const day = async (n: number): Promise<string> => {
    const folder = join(root, String(n));
    await generateSample({ folder, titles: TITLES, seed: 1, day: n, order: 'collated' });
    return folder;
  };
  sample = new FileSet(await day(0), new FileSet(await day(90)));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Comparison {
  readonly name: string;
  readonly set: string;
  readonly real: number;
  readonly sample: number;
  readonly allowed: Allowed;
}

function isWithin({ real, sample: made, allowed }: Comparison): boolean {
  if ('by' in allowed) return Math.abs(real - made) <= allowed.by;
  return Math.max(real, made) <= Math.min(real, made) * allowed.times;
}

/** Prints a line for each comparison. @returns names of the properties out of tolerance */
function report(comparisons: readonly Comparison[]): string[] {
  const figure = (value: number): string =>
    Number.isInteger(value) ? String(value) : value.toPrecision(3);
  const lines = comparisons.map((comparison) =>
    [
      comparison.name.padEnd(52),
      comparison.set.padEnd(14),
      figure(comparison.real).padStart(9),
      figure(comparison.sample).padStart(9),
      'by' in comparison.allowed ? `±${comparison.allowed.by}` : `×${comparison.allowed.times}`,
      isWithin(comparison) ? '' : 'TOO FAR',
    ].join('  '),
  );
  const head = `${'property'.padEnd(52)}  ${'real set'.padEnd(14)}       real     sample  allowed`;
  console.log([head, ...lines].join('\n'));
  return comparisons.filter((comparison) => !isWithin(comparison)).map(({ name }) => name);
}

/** Real files are outside of the repository, as IMDb's terms forbid redistribution. */
function realSet(set: RealFileSet): FileSet {
  const data = join(import.meta.dirname, '../../../../../shared/data/imdb');
  return set === 'ratings-2017'
    ? new FileSet(join(data, 'ratings-2017-08'), new FileSet(join(data, 'ratings-2017-11')))
    : new FileSet(join(data, set));
}

describe('a sample matches real files', { tags: ['long'] }, () => {
  it('in known values of the complete files', () => {
    const comparisons = PROPERTIES.flatMap(({ name, measure, allowed, fact }) =>
      fact === undefined
        ? []
        : [{ name, set: 'known', real: fact, sample: measure(sample), allowed }],
    );
    expect(report(comparisons)).toEqual([]);
  });

  it('in values measured on sets of files', { skip: lacks('real-data') }, () => {
    const files = new Map<RealFileSet, FileSet>();
    const comparisons = PROPERTIES.flatMap(({ name, measure, allowed, sets = [] }) => {
      if (sets.length === 0) return [];
      const made = measure(sample);
      return sets.map((set) => {
        const real = files.get(set) ?? realSet(set);
        files.set(set, real);
        return { name, set, real: measure(real), sample: made, allowed };
      });
    });
    expect(report(comparisons)).toEqual([]);
  });
});
