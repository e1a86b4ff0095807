import type { Run, RunStep } from '@marquee/contract';
import { bytes, count, duration } from './figures.ts';

/** How a step is, in a few words: `copying, 42 %, 380,000 rows/s, 12 s left`. */
export function wordsOf(step: RunStep): string {
  const { state, phase, rejects } = step;
  if (state === 'failed') return `failed: ${step.error?.message ?? 'for a reason unknown'}`;
  if (state === 'waiting') return 'waiting';
  const rows = step.rowsDone > 0 && `${count(step.rowsDone)} rows`;
  const rejected = rejects > 0 && `${count(rejects)} rejected`;
  if (state === 'done') return list(phase ?? 'done', step.job === 'download' && step.bytesDone > 0 && bytes(step.bytesDone), rows, rejected);
  const share = shareOf(step);
  return list(phase ?? 'running', share > 0 && `${Math.floor(share * 100)} %`, rateOf(step), rejected, step.secondsLeft !== null && `${duration(step.secondsLeft)} left`);
}

/** How much of a step is done, from 0 to 1. */
export function shareOf({ state, rowsDone, rowsTotal, bytesDone, bytesTotal }: RunStep): number {
  if (state === 'done') return 1;
  if (rowsTotal && rowsDone > 0) return Math.min(1, rowsDone / rowsTotal);
  return bytesTotal ? Math.min(1, bytesDone / bytesTotal) : 0;
}

/** The step that tells most of a dataset now: its load where that has begun, else its download. */
export function currentStep(run: Run, dataset: string): RunStep | undefined {
  const steps = run.steps.filter((step) => step.dataset === dataset);
  return steps.findLast(({ state }) => state !== 'waiting') ?? steps[0];
}

/** The run as a whole: how many steps are done, and what it is at when all are. */
export function summaryOf({ state, phase, steps }: Run): string {
  const done = steps.filter((step) => step.state === 'done').length;
  if (state === 'running' && done === steps.length && phase !== null) return phase;
  const left = Math.max(...steps.map(({ secondsLeft }) => secondsLeft ?? 0));
  return list(`${done} of ${steps.length} steps`, left > 0 && state === 'running' && `about ${duration(left)} left for those that go`);
}

/** Seconds that a run has taken; null while it goes. */
export function secondsOf({ requestedAt, endedAt }: Run): number | null {
  return endedAt === null ? null : (Date.parse(endedAt) - Date.parse(requestedAt)) / 1000;
}

function rateOf({ rowsPerSecond, bytesPerSecond }: RunStep): string | false {
  if (rowsPerSecond) return `${count(rowsPerSecond)} rows/s`;
  return bytesPerSecond !== null && bytesPerSecond > 0 && `${bytes(bytesPerSecond)}/s`;
}

function list(...parts: (string | false)[]): string {
  return parts.filter((part) => part !== false).join(', ');
}
