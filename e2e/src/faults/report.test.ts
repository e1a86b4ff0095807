import { expect, it } from 'vitest';
import { FAULT_NAMES } from './faults.ts';
import { MOMENT_NAMES } from './moments.ts';
import type { Plan } from './plan.ts';
import { describeHits, describeResult, type Result } from './report.ts';

const PLAN: Plan = {
  number: 1,
  home: 'postgres',
  run: 'full',
  day: 1,
  fault: { kind: 'kill', victim: 'loader' },
  moment: { on: 'statement', name: 'keying', nth: 2, delayMs: 0 },
};

function resultOf(plan: Partial<Plan>, result: Partial<Result> = {}): Result {
  return {
    plan: { ...PLAN, ...plan },
    hit: true,
    outcome: { afterEnd: false, state: 'succeeded', code: null, seconds: 1.24 },
    fault: null,
    folder: null,
    ...result,
  };
}
const MISSED = { hit: false, outcome: null, fault: new Error('the moment did not come') };

/** The rows of the tables, by their names; `<- never` is part of a row. */
function rowsOf(results: readonly Result[]): Map<string, string> {
  const rows = describeHits(results).matchAll(/^(\S.*?) {2,}(\d+.*)$/gmu);
  return new Map([...rows].map(([, name = '', cell = '']) => [name, cell]));
}

it('counts the cases that each fault and each moment hit, also those that failed by it', () => {
  const rows = rowsOf([
    resultOf({}),
    resultOf({ moment: { on: 'time', part: 0.5 } }),
    resultOf({ fault: { kind: 'redis', keep: false, awayMs: 0 } }, { ...MISSED, hit: true }),
    resultOf({ fault: { kind: 'kill', victim: 'api' } }, MISSED),
    resultOf({
      fault: { kind: 'lie', how: 'other-bytes', day: 2 },
      moment: { on: 'bytes', part: 0 },
    }),
  ]);
  const expected = new Map<string, string>(
    [...FAULT_NAMES, ...MOMENT_NAMES].map((name) => [name, '0  <- never']),
  );
  expected.set('kill loader', '2');
  expected.set('redis without its data', '1');
  expected.set('lie (other-bytes)', '1');
  expected.set('keying', '2');
  expected.set('time', '1');
  expected.set('bytes', '1');
  expect(rows).toEqual(expected);
});

it('has a row for every name when nothing was hit', () => {
  const rows = rowsOf([]);
  expect([...rows.keys()]).toEqual([...FAULT_NAMES, ...MOMENT_NAMES]);
  expect(new Set(rows.values())).toEqual(new Set(['0  <- never']));
});

it('says how many cases were hit, and how many of them after the run', () => {
  const late = { afterEnd: true, state: 'succeeded', code: null, seconds: 1 } as const;
  expect(
    describeHits([resultOf({}), resultOf({}, { outcome: late }), resultOf({}, MISSED)]),
  ).toMatch(/\n2 of 3 cases were hit, 1 of them after the run had ended$/u);
});

it('tells of a case on one line, and of a moment that came after the run', () => {
  const what = 'case 1  full load of day 1, queue on postgres: kill -9 loader, keying (2)';
  expect(describeResult(resultOf({}))).toBe(`${what}: succeeded after 1.2 s, new day: ok`);
  const outcome = { afterEnd: true, state: 'succeeded', code: null, seconds: 1 } as const;
  expect(describeResult(resultOf({}, { outcome }))).toBe(
    `${what}: after the run had ended; succeeded after 1.0 s, new day: ok`,
  );
  expect(describeResult(resultOf({}, MISSED))).toBe(`${what}: FAILED: the moment did not come`);
});
