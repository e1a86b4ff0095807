import { expect, it } from 'vitest';
import type { Plan } from './plan.ts';
import { describeResult, type Result } from './report.ts';

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

it('tells of a case on one line, and of a moment that came after the run', () => {
  const what = 'case 1  full load of day 1, queue on postgres: kill -9 loader, keying (2)';
  expect(describeResult(resultOf({}))).toBe(`${what}: succeeded after 1.2 s, new day: ok`);
  const outcome = { afterEnd: true, state: 'succeeded', code: null, seconds: 1 } as const;
  expect(describeResult(resultOf({}, { outcome }))).toBe(
    `${what}: after the run had ended; succeeded after 1.0 s, new day: ok`,
  );
  expect(describeResult(resultOf({}, MISSED))).toBe(`${what}: FAILED: the moment did not come`);
});
