import { describe, expect, it } from 'vitest';
import {
  closingPhase,
  currentStep,
  runSeconds,
  fractionDone,
  describeSpeed,
  describeStep,
  runProgress,
} from './progress.ts';
import type { Run, RunStep } from './runs.ts';
import { RUN, STEP } from './testing.ts';

const UPDATE: Run = {
  ...RUN,
  state: 'running',
  datasets: ['title.basics', 'title.crew'],
  endedAt: null,
  steps: [STEP],
};
const FIGURES = {
  bytes: (value: number) => `${value} B`,
  duration: (seconds: number) => `${seconds} s`,
};

describe('the progress of a step', () => {
  it.each<[string, Partial<RunStep>, number | null]>([
    ['is unknown without totals', { rowsDone: 5, bytesDone: 5 }, null],
    [
      'is its fraction of the rows',
      { rowsDone: 5, rowsTotal: 10, bytesDone: 9, bytesTotal: 10 },
      0.5,
    ],
    [
      'is its fraction of the bytes while no rows are counted',
      { rowsTotal: 10, bytesDone: 9, bytesTotal: 10 },
      0.9,
    ],
    ['is never more than 1', { bytesDone: 11, bytesTotal: 10 }, 1],
    [
      'is 1 once it is done, whatever was counted',
      { state: 'done', bytesDone: 0, bytesTotal: 10 },
      1,
    ],
  ])('%s', (_, step, share) => {
    expect(fractionDone({ ...STEP, ...step })).toBe(share);
  });

  it('has a speed in rows, in bytes while no rows are counted, or none', () => {
    expect(describeSpeed({ ...STEP, rowsPerSecond: 7, bytesPerSecond: 8 }, FIGURES)).toBe(
      '7 rows/s',
    );
    expect(describeSpeed({ ...STEP, rowsPerSecond: 0, bytesPerSecond: 8 }, FIGURES)).toBe('8 B/s');
    expect(describeSpeed({ ...STEP, rowsPerSecond: 0, bytesPerSecond: 0 }, FIGURES)).toBeNull();
  });

  it.each<[Partial<RunStep>, string]>([
    [{ state: 'waiting' }, 'waiting'],
    [{ phase: null }, 'running'],
    [
      { rowsDone: 420, rowsTotal: 1000, rowsPerSecond: 380_000, rejects: 1200, secondsLeft: 12 },
      'copying, 42 %, 380,000 rows/s, 1,200 rejected, 12 s left',
    ],
    [
      { job: 'download', phase: 'fetching', bytesTotal: 10, bytesPerSecond: 5 },
      'fetching, 0 %, 5 B/s',
    ],
    [
      { job: 'download', state: 'done', phase: 'downloaded', bytesDone: 10, rowsDone: 2000 },
      'downloaded, 10 B, 2,000 rows',
    ],
    [{ job: 'download', state: 'done', phase: 'unchanged' }, 'unchanged'],
    [
      { state: 'done', phase: null, bytesDone: 10, rowsDone: 3, rejects: 1 },
      'done, 3 rows, 1 rejected',
    ],
    [{ state: 'failed' }, 'failed: for an unknown reason'],
    [
      {
        state: 'failed',
        error: { code: 'skipped', message: 'Skipped: another has.', hint: '', dataset: null },
      },
      'Skipped: another has.',
    ],
    [
      {
        state: 'failed',
        error: { code: 'drift', message: 'Half is missing.', hint: '', dataset: null },
      },
      'failed: Half is missing.',
    ],
  ])('is described: %o', (step, words) => {
    expect(describeStep({ ...STEP, ...step }, FIGURES)).toBe(words);
  });
});

describe('the progress of a run', () => {
  it('is that of the load of a dataset once it has started, else of its download', () => {
    const download: RunStep = { ...STEP, job: 'download', state: 'done' };
    expect(currentStep({ ...UPDATE, steps: [download, STEP] }, 'title.basics')).toBe(STEP);
    expect(
      currentStep({ ...UPDATE, steps: [download, { ...STEP, state: 'waiting' }] }, 'title.basics'),
    ).toBe(download);
    expect(
      currentStep({ ...UPDATE, steps: [{ ...STEP, state: 'waiting' }] }, 'title.basics'),
    ).toMatchObject({ state: 'waiting' });
    expect(currentStep(UPDATE, 'title.crew')).toBeUndefined();
  });

  it('has a closing phase after all steps are done, until it ends', () => {
    const done: Run = { ...UPDATE, phase: 'publishing', steps: [{ ...STEP, state: 'done' }] };
    expect(closingPhase(done)).toBe('publishing');
    expect(closingPhase({ ...done, phase: null })).toBeNull();
    expect(closingPhase({ ...done, steps: [STEP] })).toBeNull();
    expect(closingPhase({ ...done, state: 'failed' })).toBeNull();
  });

  it('has a duration once it has ended', () => {
    expect(runSeconds(UPDATE)).toBeNull();
    expect(runSeconds({ ...UPDATE, endedAt: '2026-01-01T00:01:02.500Z' })).toBe(62.5);
  });
});

describe('the progress of a run', () => {
  const start = Date.parse(RUN.requestedAt);
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  const step = (job: RunStep['job'], more: Partial<RunStep>): RunStep => ({
    ...STEP,
    job,
    ...more,
  });
  const progress = (steps: RunStep[], seconds: number, more: Partial<Run> = {}) =>
    runProgress({ ...UPDATE, steps, ...more }, start + seconds * 1000);
  const done = { state: 'done', startedAt: at(0), endedAt: at(100) } as const;

  it('is none at the start, and whole at the end', () => {
    expect(progress([], 0)).toEqual({ fraction: 0, secondsLeft: null });
    expect(progress([STEP], 0)).toEqual({ fraction: 0, secondsLeft: null });
    expect(runProgress(RUN, start)).toEqual({ fraction: 1, secondsLeft: null });
    expect(progress([], 9, { state: 'failed' }).secondsLeft).toBeNull();
  });

  it('counts datasets by their rows, and tells the time left from the time so far', () => {
    const half = { rowsDone: 5, rowsTotal: 10 };
    const cast = progress(
      [
        step('download', { dataset: 'title.principals', ...half }),
        step('download', { dataset: 'title.ratings' }),
      ],
      60,
    );
    expect(cast.fraction).toBeCloseTo(0.49, 2);
    expect(cast.secondsLeft).toBeCloseTo(62, 0);
    const ratings = progress(
      [
        step('download', { dataset: 'title.principals' }),
        step('download', { dataset: 'title.ratings', ...half }),
      ],
      60,
    );
    expect(ratings.fraction).toBeCloseTo(0.01, 2);
    expect(ratings.secondsLeft).toBeNull();
  });

  it('goes on while the publish works, and never stands at the end before it', () => {
    const loaded = [step('download', done), step('load', done)];
    const fractions = [100, 150, 200, 300, 3000].map(
      (seconds) => progress(loaded, seconds).fraction,
    );
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[0]).toBeCloseTo(2 / 3.1, 2);
    expect(fractions[1]).toBeGreaterThan(fractions[0] ?? 0);
    expect(fractions.at(-1)).toBeLessThan(1);
    // a download alone has no publish
    expect(progress([step('download', done)], 100).fraction).toBe(1);
  });
});
