import { expect, it } from 'vitest';
import { planCase, type CasePlan } from './case-plan.ts';
import { RUN_KINDS, type RunKind } from './run-kind.ts';
import { STATEMENT_NAMES, STATEMENTS_OF, type StatementName } from './statements.ts';
import { makeCounts } from './statement-counts.ts';

/** Enough for first loads, one case in twenty, to use all their statements. */
const CASES = 20_000;

/** From 1 to 7, different between statements. */
const countOf = (name: StatementName) => 1 + (STATEMENT_NAMES.indexOf(name) % 7);

function plansOf(seed: number, count = countOf): CasePlan[] {
  const counts = makeCounts(count);
  return Array.from({ length: CASES }, (_, i) =>
    planCase({ seed, number: i + 1, queues: ['postgres', 'redis'], disk: true, counts }),
  );
}

it('plans the same cases for the same seed and counts, and others for another seed', () => {
  expect(plansOf(7)).toEqual(plansOf(7));
  expect(plansOf(7)).not.toEqual(plansOf(8));
});

it('uses every statement of a kind of run, and no occurrence beyond its count', () => {
  const waited: Record<RunKind, Map<StatementName, Set<number>>> = {
    first: new Map(),
    full: new Map(),
    refresh: new Map(),
  };
  for (const { run, trigger } of plansOf(7)) {
    if (trigger.on !== 'statement') continue;
    const nths = waited[run].get(trigger.name) ?? new Set();
    waited[run].set(trigger.name, nths.add(trigger.nth));
  }
  for (const kind of RUN_KINDS) {
    expect(new Set(waited[kind].keys())).toEqual(new Set(STATEMENTS_OF[kind]));
    for (const [name, nths] of waited[kind]) {
      expect(Math.min(...nths), `${kind} ${name}`).toBe(1);
      expect(Math.max(...nths), `${kind} ${name}`).toBe(countOf(name));
    }
  }
});

it('changes only the occurrence of a statement for other counts', () => {
  const withoutNth = (plans: readonly CasePlan[]) =>
    plans.map(({ trigger, ...plan }) => ({ ...plan, trigger: { ...trigger, nth: 0 } }));
  const few = plansOf(7);
  const many = plansOf(7, (name) => 10 * countOf(name));
  expect(few).not.toEqual(many);
  expect(withoutNth(few)).toEqual(withoutNth(many));
});
