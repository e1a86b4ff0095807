import type { RunError, RunStep } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { errorMessage } from '@marquee/process/error-message';
import { isRetryable } from './retryable-errors.ts';

/** Why a run cannot go on, with a hint what to do. Ends its job: it is not retried. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  readonly code: string;
  readonly hint: string;
  /** The dataset it is about, if its job works on several; otherwise null. */
  readonly dataset: DatasetName | null;

  constructor({
    code,
    message,
    hint,
    dataset = null,
    cause,
  }: {
    code: string;
    message: string;
    hint: string;
    dataset?: DatasetName | null;
    cause?: unknown;
  }) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.dataset = dataset;
  }
}

/** The hint, one sentence, for a dataset that is unavailable: how to publish the others. */
export function hintToPublishOthers(dataset: DatasetName): string {
  const others = DATASET_NAMES.filter((name) => name !== dataset);
  return `The other datasets can still be published: marquee update --force --datasets ${others.join(',')}, or POST /updatedata ${JSON.stringify({ datasets: others, force: true })}.`;
}

/** The error of a cancelled run, and of each of its jobs that had not ended. */
export function cancelledFault(): RunFault {
  return new RunFault({
    code: CANCELLED,
    message: 'The run was cancelled on request.',
    hint: 'Nothing of it was published. The downloaded data is kept, and the next run resumes from it.',
  });
}

/** The code of {@link cancelledFault}. The run records find cancelled runs by it. */
export const CANCELLED = 'cancelled';

/**
 * The error of a job that did nothing because another step of its run failed. It names that step
 * and does not repeat its error, which the run shows: one error should not look like several.
 */
export function skippedFault({ job, dataset }: Pick<RunStep, 'job' | 'dataset'>): RunFault {
  return new RunFault({
    code: SKIPPED,
    message: `Skipped: the ${job} of ${dataset} has failed.`,
    hint: `See the error of the run, or of the ${job} of ${dataset}.`,
  });
}

/** The code of {@link skippedFault}. It tells skipped steps from those that failed themselves. */
export const SKIPPED = 'skipped';

/**
 * An error as a run shows it. An error without a code and a hint gets a general code, and a hint to
 * read the log.
 *
 * @param dataset the dataset of the job; null for a job of the whole run
 */
export function describeError(error: unknown, dataset: DatasetName | null): RunError {
  const message = errorMessage(error);
  if (
    error instanceof Error &&
    'hint' in error &&
    typeof error.hint === 'string' &&
    'code' in error &&
    typeof error.code === 'string'
  ) {
    const about = error instanceof RunFault ? error.dataset : null;
    return { code: error.code, message, hint: error.hint, dataset: dataset ?? about };
  }
  const code = isRetryable(error) ? 'connection-lost' : 'unexpected';
  return {
    code,
    message,
    hint: 'See the log of the downloader and the loader. Start the run again; the downloaded data is kept.',
    dataset,
  };
}
