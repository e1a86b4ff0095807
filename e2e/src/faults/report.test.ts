import { expect, it } from 'vitest';
import { FAULT_NAMES } from './faults.ts';
import { TRIGGER_NAMES } from './triggers.ts';
import type { CasePlan } from './case-plan.ts';
import { describeHits, describeResult, type CaseResult } from './report.ts';

const PLAN: CasePlan = {
  number: 1,
  queue: 'postgres',
  run: 'full',
  day: 1,
  fault: { kind: 'kill', victim: 'loader' },
  trigger: { on: 'statement', name: 'keying', nth: 2, delayMs: 0 },
};

function resultOf(plan: Partial<CasePlan>, result: Partial<CaseResult> = {}): CaseResult {
  return {
    plan: { ...PLAN, ...plan },
    hit: true,
    outcome: { afterEnd: false, state: 'succeeded', code: null, seconds: 1.24 },
    failure: null,
    folder: null,
    ...result,
  };
}
const MISSED = { hit: false, outcome: null, failure: new Error('the trigger did not fire') };

/** Rows of the tables by name; `<- never` is part of a row. */
function rowsOf(results: readonly CaseResult[]): Map<string, string> {
  const rows = describeHits(results).matchAll(/^(\S.*?) {2,}(\d+.*)$/gmu);
  return new Map([...rows].map(([, name = '', cell = '']) => [name, cell]));
}

it('counts the cases by fault and trigger, also failed ones', () => {
  const rows = rowsOf([
    resultOf({}),
    resultOf({ trigger: { on: 'time', part: 0.5 } }),
    resultOf({ fault: { kind: 'redis', keep: false, awayMs: 0 } }, { ...MISSED, hit: true }),
    resultOf({ fault: { kind: 'kill', victim: 'api' } }, MISSED),
    resultOf({
      fault: { kind: 'lie', how: 'other-bytes', day: 2 },
      trigger: { on: 'bytes', part: 0 },
    }),
  ]);
  const expected = new Map<string, string>(
    [...FAULT_NAMES, ...TRIGGER_NAMES].map((name) => [name, '0  <- never']),
  );
  expected.set('kill loader', '2');
  expected.set('redis without its data', '1');
  expected.set('lie (other-bytes)', '1');
  expected.set('keying', '2');
  expected.set('time', '1');
  expected.set('bytes', '1');
  expect(rows).toEqual(expected);
});

it('has a row for every name without any case', () => {
  const rows = rowsOf([]);
  expect([...rows.keys()]).toEqual([...FAULT_NAMES, ...TRIGGER_NAMES]);
  expect(new Set(rows.values())).toEqual(new Set(['0  <- never']));
});

it('counts the cases whose fault was injected, and those after the run', () => {
  const late = { afterEnd: true, state: 'succeeded', code: null, seconds: 1 } as const;
  expect(
    describeHits([resultOf({}), resultOf({}, { outcome: late }), resultOf({}, MISSED)]),
  ).toMatch(/\n2 of 3 cases were hit, 1 of them after the run had ended$/u);
});

it('describes a case on one line, and a trigger after the run', () => {
  const what = 'case 1  full load of day 1, queue on postgres: kill -9 loader, keying (2)';
  expect(describeResult(resultOf({}))).toBe(`${what}: succeeded after 1.2 s, new day: ok`);
  const outcome = { afterEnd: true, state: 'succeeded', code: null, seconds: 1 } as const;
  expect(describeResult(resultOf({}, { outcome }))).toBe(
    `${what}: after the run had ended; succeeded after 1.0 s, new day: ok`,
  );
  expect(describeResult(resultOf({}, MISSED))).toBe(`${what}: FAILED: the trigger did not fire`);
});
