import { rmSync } from 'node:fs';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { useDays } from '../sample-days.ts';
import { describeFault, type Fault } from './faults.ts';
import { Harness } from './harness.ts';
import type { Home } from './machine.ts';
import { describeMoment, type Moment } from './moments.ts';
import { DAYS } from './plan.ts';
import type { RunKind } from './run-kind.ts';

/**
 * A few of the cases of `make test-faults`, chosen so that each kind of recovery is needed once.
 */
const CASES: Record<Home, readonly [RunKind, Fault, Moment][]> = {
  postgres: [
    [
      'refresh',
      { kind: 'kill', victim: 'loader' },
      { on: 'statement', name: 'merging', nth: 3, delayMs: 0 },
    ],
    [
      'full',
      { kind: 'kill', victim: 'postgres' },
      { on: 'statement', name: 'changing tables over', nth: 4, delayMs: 0 },
    ],
    [
      'full',
      { kind: 'freeze', forMs: 8000 },
      { on: 'statement', name: 'changing tables over', nth: 1, delayMs: 0 },
    ],
    ['refresh', { kind: 'kill', victim: 'downloader' }, { on: 'bytes', part: 0.5 }],
    [
      'full',
      { kind: 'kill', victim: 'api' },
      { on: 'statement', name: 'starting', nth: 1, delayMs: 0 },
    ],
    ['refresh', { kind: 'lie', how: 'other-bytes', day: 2 }, { on: 'bytes', part: 0.4 }],
  ],
  redis: [['refresh', { kind: 'redis', keep: false, awayMs: 300 }, { on: 'bytes', part: 0.6 }]],
};

const days = useDays({ titles: 1000, days: DAYS });
let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start(days);
  await harness.calibrate('postgres');
});
afterAll(async () => {
  await harness.close();
});

for (const home of ['postgres', 'redis'] as const) {
  describe(
    `the queue on ${home}: all of one day is published, and nothing is left over, after`,
    { skip: home === 'redis' && lacks('redis'), tags: ['long'] },
    () => {
      for (const [i, [run, fault, moment]] of CASES[home].entries()) {
        it(`${describeFault(fault)}, ${describeMoment(moment)}, in a ${run} load`, async () => {
          const result = await harness.run({
            number: i + 1,
            home,
            run,
            day: i % 2 === 0 ? 1 : 0,
            fault,
            moment,
          });
          expect(result.fault).toBeNull();
          expect(result.hit).toBe(true);
          expect(result.outcome?.afterEnd).toBe(false);
        });
      }
    },
  );
}

it('fails a case whose moment never comes', { tags: ['long'] }, async () => {
  const result = await harness.run({
    number: 1,
    home: 'postgres',
    run: 'first',
    day: 1,
    fault: { kind: 'kill', victim: 'loader' },
    moment: { on: 'bytes', part: 1.1 },
  });
  onTestFinished(() => rmSync(result.folder ?? '', { recursive: true }));
  expect(result.fault?.message).toMatch(
    /in vain until the moment has come, at 110 % of the bytes/u,
  );
  expect(result.hit).toBe(false);
});
