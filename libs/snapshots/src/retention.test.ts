import { DATASET_NAMES } from '@marquee/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotId } from './store/manifest.ts';
import { chooseExpired } from './retention.ts';

const none: ReadonlySet<string> = new Set();

function snapshot(fetchedAt: string, dataset = DATASET_NAMES[0]) {
  return { dataset, fetchedAt, id: snapshotId({ dataset, fetchedAt, sha256: 'a'.repeat(64) }) };
}

const days = ['2026-08-30', '2026-08-31', '2026-09-01', '2026-09-02', '2026-11-01', '2026-11-20'];
const snapshots = days.map((day) => snapshot(`${day}T06:00:00.000Z`));

function daysLeft(options: Parameters<typeof chooseExpired>[1]): string[] {
  const expired = new Set(chooseExpired(snapshots, options));
  return days.filter((_, i) => !expired.has(snapshots[i] as (typeof snapshots)[number]));
}

describe('the snapshots that are kept', () => {
  it.each([
    [{ keep: 2, keepMonthly: 0 }, ['2026-11-01', '2026-11-20']],
    [{ keep: 1, keepMonthly: 1 }, ['2026-11-01', '2026-11-20']],
    [{ keep: 1, keepMonthly: 2 }, ['2026-09-01', '2026-11-01', '2026-11-20']],
    [{ keep: 1, keepMonthly: 3 }, ['2026-08-30', '2026-09-01', '2026-11-01', '2026-11-20']],
    [{ keep: 0, keepMonthly: 0 }, ['2026-11-20']],
    [{ keep: 100, keepMonthly: 0 }, days],
  ])('follow %j', (options, left) => {
    expect(daysLeft({ ...options, published: none })).toEqual(left);
  });

  it('include published ones of any age', () => {
    const published = new Set(snapshots.slice(1, 2).map(({ id }) => id));
    expect(daysLeft({ keep: 1, keepMonthly: 0, published })).toEqual(['2026-08-31', '2026-11-20']);
  });
});

describe('for arbitrary snapshots', () => {
  const time = fc
    .date({ min: new Date('2024-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const anySnapshots = fc.uniqueArray(
    fc
      .tuple(time, fc.constantFrom(...DATASET_NAMES.slice(0, 3)))
      .map(([at, dataset]) => snapshot(at, dataset)),
    { selector: ({ id }) => id, maxLength: 60 },
  );
  const policy = fc.record({ keep: fc.nat(8), keepMonthly: fc.nat(8), seed: fc.nat() });

  function check(
    holds: (
      left: typeof snapshots,
      all: typeof snapshots,
      options: { keep: number; keepMonthly: number; published: ReadonlySet<string> },
    ) => void,
  ): void {
    fc.assert(
      fc.property(anySnapshots, policy, (all, { keep, keepMonthly, seed }) => {
        const published = new Set(all.filter((_, i) => (seed + i) % 7 === 0).map(({ id }) => id));
        const expired = new Set(chooseExpired(all, { keep, keepMonthly, published }));
        holds(
          all.filter((one) => !expired.has(one)),
          all,
          { keep, keepMonthly, published },
        );
      }),
    );
  }

  const byAge = (of: typeof snapshots) => of.toSorted((a, b) => a.id.localeCompare(b.id));
  const perDataset = (of: typeof snapshots) => [
    ...Map.groupBy(byAge(of), ({ dataset }) => dataset),
  ];

  it('keeps the newest ones of each dataset, and at least one', () => {
    check((left, all, { keep }) => {
      for (const [, ofDataset] of perDataset(all))
        for (const one of ofDataset.slice(-Math.max(1, keep))) expect(left).toContain(one);
    });
  });

  it('keeps published ones', () => {
    check((left, all, { published }) => {
      for (const one of all) if (published.has(one.id)) expect(left).toContain(one);
    });
  });

  it('keeps the first of each of the latest months', () => {
    check((left, all, { keepMonthly }) => {
      for (const [, ofDataset] of perDataset(all)) {
        const months = [...new Set(ofDataset.map(({ fetchedAt }) => fetchedAt.slice(0, 7)))].slice(
          -keepMonthly || Infinity,
        );
        for (const month of months)
          expect(left).toContain(ofDataset.find(({ fetchedAt }) => fetchedAt.startsWith(month)));
      }
    });
  });

  it('keeps no others', () => {
    check((left, _, { keep, keepMonthly, published }) => {
      for (const [, ofDataset] of perDataset(left)) {
        expect(ofDataset.filter(({ id }) => !published.has(id)).length).toBeLessThanOrEqual(
          Math.max(1, keep) + keepMonthly,
        );
      }
    });
  });

  it('is idempotent', () => {
    check((left, _, options) => expect(chooseExpired(left, options)).toEqual([]));
  });
});
