import type { Run, RunStep } from '@marquee/contract';
import { closingPhase } from '@marquee/contract/progress';
import { labelOf } from '../format.ts';

type Dataset = RunStep['dataset'];

/** Labels of the datasets, for readers who do not know IMDb's file names. */
export const DATASET_LABELS: Readonly<Record<Dataset, string>> = {
  'title.basics': 'Titles',
  'title.ratings': 'Ratings',
  'title.principals': 'Cast and crew',
  'title.crew': 'Directors and writers',
  'title.episode': 'Episodes',
  'title.akas': 'Alternative titles',
  'name.basics': 'People',
};

const RUN_LABELS: Readonly<Record<Run['kind'], string>> = {
  update: 'Update',
  download: 'Download only',
  load: 'Load only',
};

/** Name of a run, such as `Update`. */
export function runName({ kind }: Run): string {
  return RUN_LABELS[kind];
}

/** The state of a run in a word. */
export function runStateLabel({ state, error }: Run): string {
  if (error?.code === 'cancelled') return 'cancelled';
  return { running: 'running', succeeded: 'done', failed: 'failed' }[state];
}

const CLOSING_LABELS: Readonly<Record<string, string>> = {
  publishing: 'Preparing search, and putting the new data in use',
};

/** The work that a running run does now. */
export function activityOf(run: Run): string {
  const closing = closingPhase(run);
  if (closing !== null) return CLOSING_LABELS[closing] ?? labelOf(closing);
  const busy = (job: RunStep['job']) =>
    run.steps
      .filter((step) => step.job === job && step.state === 'running')
      .map(({ dataset }) => DATASET_LABELS[dataset].toLowerCase())
      .join(', ');
  const [downloads, loads] = [busy('download'), busy('load')];
  const parts = [downloads && `downloading ${downloads}`, loads && `loading ${loads}`];
  return labelOf(parts.filter(Boolean).join('; ') || 'waiting');
}

/** Name of a step, such as `Load titles`. */
export function stepName({ job, dataset }: RunStep): string {
  return `${labelOf(job)} ${DATASET_LABELS[dataset].toLowerCase()}`;
}

/** An estimated time left, rounded: `40 s`, `12 min`, `1.5 h`. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(Math.max(1, seconds) / 10) * 10} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
