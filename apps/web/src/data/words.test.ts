import type { Run, RunStep } from '@marquee/contract';
import { RUN, STEP } from '@marquee/contract/testing';
import { expect, it } from 'vitest';
import { activityOf, roughly, runStateLabel, stepName } from './words.ts';

const run = (...steps: Partial<RunStep>[]): Run => ({
  ...RUN,
  state: 'running',
  endedAt: null,
  steps: steps.map((step) => ({ ...STEP, ...step })),
});

it('says what a run does, in words for readers who do not know the files', () => {
  expect(
    activityOf(
      run(
        { job: 'download', dataset: 'title.principals' },
        { job: 'load', dataset: 'name.basics' },
        { job: 'load', dataset: 'title.crew', state: 'waiting' },
      ),
    ),
  ).toBe('Downloading cast and crew; loading people');
  expect(activityOf(run({ state: 'waiting' }))).toBe('Waiting');
  expect(activityOf({ ...run({ state: 'done' }), phase: 'publishing' })).toBe(
    'Preparing search, and putting the new data in use',
  );
  expect(activityOf({ ...run({ state: 'done' }), phase: 'waiting for readers' })).toBe(
    'Waiting for readers',
  );
  expect(stepName({ ...STEP, job: 'load', dataset: 'title.akas' })).toBe('Load alternative titles');
});

it('says how a run stands', () => {
  const error = { code: 'cancelled', message: '', hint: '', dataset: null };
  expect(runStateLabel(RUN)).toBe('done');
  expect(runStateLabel({ ...RUN, state: 'failed', error: { ...error, code: 'x' } })).toBe('failed');
  expect(runStateLabel({ ...RUN, state: 'failed', error })).toBe('cancelled');
});

it('says a time left as roughly as it is known', () => {
  expect([-3, 0, 34, 89, 90, 699, 5400].map(roughly)).toEqual([
    '10 s',
    '10 s',
    '40 s',
    '90 s',
    '2 min',
    '12 min',
    '1.5 h',
  ]);
});
