// no zod here, nor in its imports: the site bundles this module for the browser
import type { Run, RunStep } from './runs.ts';

/** Formats numbers in descriptions of steps: bytes, and durations in seconds. */
export interface Formatters {
  readonly bytes: (value: number) => string;
  readonly duration: (seconds: number) => string;
}

/**
 * Completed fraction of a step, from 0 to 1: by rows if they are counted, else by bytes; null if
 * unknown.
 */
export function fractionDone({
  state,
  rowsDone,
  rowsTotal,
  bytesDone,
  bytesTotal,
}: RunStep): number | null {
  if (state === 'done') return 1;
  if (rowsTotal && rowsDone > 0) return Math.min(1, rowsDone / rowsTotal);
  return bytesTotal ? Math.min(1, bytesDone / bytesTotal) : null;
}

/**
 * Whether a step did not start because another step of its run failed. Its error names that step.
 */
export function isSkipped({ state, error }: RunStep): boolean {
  return state === 'failed' && error?.code === 'skipped';
}

/**
 * Speed of a step, such as `380,000 rows/s`: in rows if they are counted, else in bytes; null if
 * unknown.
 */
export function describeSpeed(
  { rowsPerSecond, bytesPerSecond }: RunStep,
  { bytes }: Pick<Formatters, 'bytes'>,
): string | null {
  if (rowsPerSecond) return `${count(rowsPerSecond)} rows/s`;
  return bytesPerSecond ? `${bytes(bytesPerSecond)}/s` : null;
}

/** The current step of a dataset: its load if that has started, else its download. */
export function currentStep({ steps }: Run, dataset: string): RunStep | undefined {
  const ofDataset = steps.filter((step) => step.dataset === dataset);
  return ofDataset.findLast(({ state }) => state !== 'waiting') ?? ofDataset[0];
}

/**
 * Activity of a run after its steps are done: publishing, waiting for readers; null before and
 * after.
 */
export function closingPhase({ state, phase, steps }: Run): string | null {
  return state === 'running' && steps.every((step) => step.state === 'done') ? phase : null;
}

/** Duration of a run in seconds, from request to end; null while it runs. */
export function runSeconds({ requestedAt, endedAt }: Run): number | null {
  return endedAt === null ? null : (Date.parse(endedAt) - Date.parse(requestedAt)) / 1000;
}

/** Describes the state of a step: `copying, 42 %, 380,000 rows/s, 12 s left`. */
export function describeStep(step: RunStep, formatters: Formatters): string {
  const { state, phase, rejects, rowsDone, bytesDone, secondsLeft } = step;
  if (state === 'failed' && step.error !== null && isSkipped(step)) return step.error.message;
  if (state === 'failed') return `failed: ${step.error?.message ?? 'for an unknown reason'}`;
  if (state === 'waiting') return 'waiting';
  const rejected = rejects > 0 && `${count(rejects)} rejected`;
  if (state === 'done')
    return list(
      phase ?? 'done',
      step.job === 'download' && bytesDone > 0 && formatters.bytes(bytesDone),
      rowsDone > 0 && `${count(rowsDone)} ${rowsDone === 1 ? 'row' : 'rows'}`,
      rejected,
    );
  const share = fractionDone(step);
  return list(
    phase ?? 'running',
    share !== null && `${Math.floor(share * 100)} %`,
    describeSpeed(step, formatters),
    rejected,
    secondsLeft !== null && `${formatters.duration(secondsLeft)} left`,
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function list(...parts: (string | false | null)[]): string {
  return parts.filter(Boolean).join(', ');
}

/** Share of each dataset in the work of a run: its rows at IMDb, in millions. */
const WORK: Readonly<Record<RunStep['dataset'], number>> = {
  'name.basics': 16,
  'title.akas': 59,
  'title.basics': 13,
  'title.crew': 13,
  'title.episode': 10,
  'title.principals': 101,
  'title.ratings': 2,
};

/** Derived tables and publish take about as long as the loads; see docs/benchmarks.md. */
const CLOSING_SHARE = 1.1;

/** The end is unknown until it is there. */
const MAX_CLOSING = 0.97;

/** Fraction from which on the time so far tells the time left. */
const ENOUGH_TO_ESTIMATE = 0.05;

/** Progress of a whole run. */
export interface RunProgress {
  /** From 0 to 1. */
  readonly fraction: number;
  /** Estimated from the time so far; null if that is too early, and after the end. */
  readonly secondsLeft: number | null;
}

/**
 * Progress of a run over all its steps and the publish.
 *
 * @param now time in ms since the epoch
 */
export function runProgress(run: Run, now: number): RunProgress {
  if (run.state !== 'running')
    return { fraction: run.state === 'succeeded' ? 1 : 0, secondsLeft: null };
  const works = run.steps.map((step) => ({ step, work: WORK[step.dataset] }));
  const steps = sum(works.map(({ work }) => work));
  const done = sum(works.map(({ step, work }) => work * (fractionDone(step) ?? 0)));
  const loads = run.steps.filter(({ job }) => job === 'load');
  const closing = CLOSING_SHARE * sum(loads.map(({ dataset }) => WORK[dataset]));
  const total = steps + closing;
  const fraction = total === 0 ? 0 : (done + closing * closingFraction(run, loads, now)) / total;
  const seconds = (now - Date.parse(run.requestedAt)) / 1000;
  return {
    fraction,
    secondsLeft:
      fraction < ENOUGH_TO_ESTIMATE ? null : Math.round((seconds * (1 - fraction)) / fraction),
  };
}

/** Fraction of derived tables and publish, which report none: by the time that the loads took. */
function closingFraction(run: Run, loads: readonly RunStep[], now: number): number {
  if (run.steps.some(({ state }) => state !== 'done')) return 0;
  const started = loads.flatMap(({ startedAt }) =>
    startedAt === null ? [] : Date.parse(startedAt),
  );
  const ended = loads.flatMap(({ endedAt }) => (endedAt === null ? [] : Date.parse(endedAt)));
  if (started.length === 0 || ended.length === 0) return 0;
  const loaded = Math.max(...ended);
  const expected = Math.max(1000, CLOSING_SHARE * (loaded - Math.min(...started)));
  return Math.min(MAX_CLOSING, Math.max(0, now - loaded) / expected);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
