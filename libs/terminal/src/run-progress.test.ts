import { WriteStream } from 'node:tty';
import type { Run, RunStep } from '@marquee/contract';
import { RUN, STEP } from '@marquee/contract/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRunProgress } from './run-progress.ts';

const COPYING: RunStep = {
  ...STEP,
  rowsDone: 500,
  rowsTotal: 1000,
  rowsPerSecond: 1250,
  secondsLeft: 4,
};
const DONE: RunStep = { ...COPYING, state: 'done', phase: 'loaded' };
const LOADING: Run = { ...RUN, state: 'running', endedAt: null, steps: [COPYING] };

/** A stream that keeps what is written, and a function that reads it. */
function memoryStream(isTTY: boolean) {
  let text = '';
  const stream = Object.assign(Object.create(WriteStream.prototype) as NodeJS.WriteStream, {
    isTTY,
    columns: 120,
    write: (chunk: string) => {
      text += chunk;
      return true;
    },
  });
  return { stream, written: () => text };
}

/** What is written for a run that changes. */
function show(isTTY: boolean, ...runs: Run[]): string {
  const { stream, written } = memoryStream(isTTY);
  const progress = createRunProgress(stream);
  for (const run of runs) progress.show(run);
  progress.end();
  return written();
}

describe('the lines', () => {
  it('report each phase of a step, its note and the closing phases once', () => {
    const noted = { ...DONE, note: 'full load: half of it has changed' };
    const closing: Run = { ...LOADING, steps: [noted], phase: 'waiting for readers' };
    expect(
      show(
        false,
        LOADING,
        { ...LOADING, steps: [noted] },
        { ...closing, phase: 'publishing' },
        closing,
        closing,
        { ...closing, state: 'succeeded', phase: null },
      ),
    ).toBe(
      [
        'title.basics      load      copying, 50 %, 1,250 rows/s, 4.0 s left',
        'title.basics      load      loaded, 500 rows',
        'title.basics      note      full load: half of it has changed',
        'all               update    publishing',
        'all               update    waiting for readers',
        '',
      ].join('\n'),
    );
  });

  it('repeat a step that goes on after ten seconds, if it has changed', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { stream, written } = memoryStream(false);
    const progress = createRunProgress(stream);
    progress.show(LOADING);
    vi.advanceTimersByTime(9_999);
    progress.show({ ...LOADING, steps: [{ ...COPYING, rowsDone: 600 }] });
    expect(written().split('\n')).toHaveLength(2);
    vi.advanceTimersByTime(1);
    progress.show(LOADING);
    expect(written().split('\n')).toHaveLength(2);
    progress.show({ ...LOADING, steps: [{ ...COPYING, rowsDone: 700 }] });
    expect(written()).toMatch(/\n.*copying, 70 %.*\n$/u);
  });

  it('have no bytes for a download that had nothing to fetch', () => {
    const unchanged: RunStep = { ...DONE, job: 'download', phase: 'unchanged', rowsDone: 0 };
    expect(show(false, { ...LOADING, steps: [unchanged] })).toBe(
      'title.basics      download  unchanged\n',
    );
  });
});

describe('the bars', () => {
  it('show the load once it has begun, how far it is and how long it takes', () => {
    const downloaded: RunStep = { ...DONE, job: 'download', phase: 'downloaded' };
    expect(show(true, { ...LOADING, steps: [downloaded, COPYING] })).toContain(
      `title.basics      load      ${'█'.repeat(12)}${'░'.repeat(12)}  copying, 50 %, 1,250 rows/s, 4.0 s left`,
    );
  });

  it('show a step that is done as full, and one that failed with its reason', () => {
    expect(show(true, { ...LOADING, steps: [DONE] })).toContain(
      `title.basics      load      ${'█'.repeat(24)}  loaded, 500 rows`,
    );
    const error = { code: 'row-loss', message: 'Half is missing.', hint: '', dataset: null };
    expect(show(true, { ...LOADING, steps: [{ ...COPYING, state: 'failed', error }] })).toContain(
      'failed: Half is missing.',
    );
  });

  it('show the closing phase beside the bar of the whole run, and notes below', () => {
    const text = show(true, {
      ...LOADING,
      steps: [{ ...DONE, note: 'full load' }],
      phase: 'waiting for readers',
    });
    expect(text).toMatch(/all {15}update .*waiting for readers[^]*title\.basics: full load\n$/u);
  });
});
