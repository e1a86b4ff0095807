import { rmSync } from 'node:fs';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { useDays } from '../sample-days.ts';
import { describeFault, type Fault } from './faults.ts';
import { Harness } from './harness.ts';
import type { QueueBackend } from './machine.ts';
import { describeTrigger, type Trigger } from './triggers.ts';
import { DAY_COUNT } from './case-plan.ts';
import type { RunKind } from './run-kind.ts';

/** A few cases of `make test-faults`, chosen to need each kind of recovery once. */
const CASES: Record<QueueBackend, readonly [RunKind, Fault, Trigger][]> = {
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

const days = useDays({ titles: 1000, days: DAY_COUNT });
let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start(days);
  await harness.calibrate('postgres');
});
afterAll(async () => {
  await harness.close();
});

for (const queue of ['postgres', 'redis'] as const) {
  describe(
    `with the queue on ${queue}, exactly one day is published and nothing is left over after`,
    { skip: queue === 'redis' && lacks('redis'), tags: ['long'] },
    () => {
      for (const [i, [run, fault, trigger]] of CASES[queue].entries()) {
        it(`${describeFault(fault)}, ${describeTrigger(trigger)}, in a ${run} load`, async () => {
          const result = await harness.run({
            number: i + 1,
            queue,
            run,
            day: i % 2 === 0 ? 1 : 0,
            fault,
            trigger,
          });
          expect(result.failure).toBeNull();
          expect(result.hit).toBe(true);
          expect(result.outcome?.afterEnd).toBe(false);
        });
      }
    },
  );
}

it('fails a case whose trigger never fires', { tags: ['long'] }, async () => {
  const result = await harness.run({
    number: 1,
    queue: 'postgres',
    run: 'first',
    day: 1,
    fault: { kind: 'kill', victim: 'loader' },
    trigger: { on: 'bytes', part: 1.1 },
  });
  onTestFinished(() => rmSync(result.folder ?? '', { recursive: true }));
  expect(result.failure?.message).toMatch(
    /in vain until the trigger has fired, at 110 % of the bytes/u,
  );
  expect(result.hit).toBe(false);
});
