import { expect, it } from 'vitest';
import { CHANGE_KINDS, planSteps, SOURCE_IDS, TARGETS, type Step } from './source-plan.ts';

function plans(seed: number): Step[][] {
  return Array.from({ length: 100 }, (_, i) =>
    planSteps(seed, i + 1, i % 2 === 0 ? 'postgres' : 'redis'),
  );
}

it('plans the same cases for the same seed, and others for another seed', () => {
  expect(plans(7)).toEqual(plans(7));
  expect(plans(7)).not.toEqual(plans(8));
});

it('kills everything, during all kinds of changes, in a hundred cases', () => {
  const steps = plans(7).flat();
  expect(new Set(steps.map(({ change }) => change.kind))).toEqual(new Set(CHANGE_KINDS));
  expect(new Set(steps.flatMap(({ kills }) => kills.map(({ target }) => target)))).toEqual(
    new Set(TARGETS),
  );
});

it('takes back only what the case has delivered, and says which version is in force then', () => {
  for (const steps of plans(7)) {
    const versions = new Map<string, number[]>(SOURCE_IDS.map((id) => [id, [0]]));
    for (const { change } of steps) {
      if (change.kind !== 'deliver' && change.kind !== 'take back') continue;
      const stack = versions.get(change.source) ?? [];
      if (change.kind === 'deliver') stack.push(change.version);
      else stack.pop();
      expect(stack.at(-1)).toBe(change.version);
    }
  }
});
