import type { Run, RunStep } from '@marquee/contract';

/** Seconds from when a run was asked for until it was published. */
export function secondsOf({ requestedAt, endedAt }: Run): number {
  return secondsBetween(requestedAt, endedAt);
}

/**
 * Seconds from when a run was asked for until all its datasets were loaded, with keys and indexes;
 * what search needs is built after that.
 */
export function loadSecondsOf(run: Run): number {
  return Math.max(...loadsOf(run).map(({ endedAt }) => secondsBetween(run.requestedAt, endedAt)));
}

/** The steps of a run that load. */
export function loadsOf(run: Run): RunStep[] {
  return run.steps.filter(({ job }) => job === 'load');
}

export function secondsBetween(from: string | null, to: string | null): number {
  return (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
