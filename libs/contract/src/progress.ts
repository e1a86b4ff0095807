// without zod, and apart from what has it: the site takes this to the browser
import type { Run, RunStep } from './runs.ts';

/** How numbers are written where a step is put in words. */
export interface Formatters {
  readonly bytes: (value: number) => string;
  readonly duration: (seconds: number) => string;
}

/**
 * How much of a step is done, from 0 to 1: by its rows where they are counted, else by its bytes;
 * null when it is not known.
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

/** Whether a step did nothing, because another one of its run had failed. Its error says which. */
export function isSkipped({ state, error }: RunStep): boolean {
  return state === 'failed' && error?.code === 'skipped';
}

/**
 * How fast a step goes, such as `380,000 rows/s`: in rows where they are counted, else in bytes;
 * null when it is not known.
 */
export function describeSpeed(
  { rowsPerSecond, bytesPerSecond }: RunStep,
  { bytes }: Pick<Formatters, 'bytes'>,
): string | null {
  if (rowsPerSecond) return `${count(rowsPerSecond)} rows/s`;
  return bytesPerSecond ? `${bytes(bytesPerSecond)}/s` : null;
}

/** The step that tells most of a dataset now: its load where that has begun, else its download. */
export function currentStep({ steps }: Run, dataset: string): RunStep | undefined {
  const ofDataset = steps.filter((step) => step.dataset === dataset);
  return ofDataset.findLast(({ state }) => state !== 'waiting') ?? ofDataset[0];
}

/**
 * What a run as a whole is at once its steps are done: publishing, waiting for readers; null before
 * and after.
 */
export function closingPhase({ state, phase, steps }: Run): string | null {
  return state === 'running' && steps.every((step) => step.state === 'done') ? phase : null;
}

/** Seconds from when a run was asked for to its end; null while it goes. */
export function runSeconds({ requestedAt, endedAt }: Run): number | null {
  return endedAt === null ? null : (Date.parse(endedAt) - Date.parse(requestedAt)) / 1000;
}

/** How a step is, in a few words: `copying, 42 %, 380,000 rows/s, 12 s left`. */
export function describeStep(step: RunStep, figures: Formatters): string {
  const { state, phase, rejects, rowsDone, bytesDone, secondsLeft } = step;
  if (state === 'failed' && step.error !== null && isSkipped(step)) return step.error.message;
  if (state === 'failed') return `failed: ${step.error?.message ?? 'for a reason unknown'}`;
  if (state === 'waiting') return 'waiting';
  const rejected = rejects > 0 && `${count(rejects)} rejected`;
  if (state === 'done')
    return list(
      phase ?? 'done',
      step.job === 'download' && bytesDone > 0 && figures.bytes(bytesDone),
      rowsDone > 0 && `${count(rowsDone)} rows`,
      rejected,
    );
  const share = fractionDone(step);
  return list(
    phase ?? 'running',
    share !== null && `${Math.floor(share * 100)} %`,
    describeSpeed(step, figures),
    rejected,
    secondsLeft !== null && `${figures.duration(secondsLeft)} left`,
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function list(...parts: (string | false | null)[]): string {
  return parts.filter(Boolean).join(', ');
}
