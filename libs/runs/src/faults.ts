import type { RunError, RunStep } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { errorMessage } from '@marquee/process/error-message';

/** Why a run cannot go on: for people, with what to do. Ends its job; it is not tried again. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  readonly code: string;
  readonly hint: string;
  /** Which it is about, where a job is about several. */
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

/** What can be done about a dataset that cannot be had: a hint, as one sentence. */
export function hintToPublishOthers(dataset: DatasetName): string {
  const others = DATASET_NAMES.filter((name) => name !== dataset);
  return `The other datasets can still be published: marquee update --force --datasets ${others.join(',')}, or POST /updatedata ${JSON.stringify({ datasets: others, force: true })}.`;
}

/** Why a run that was cancelled has ended, and each of its jobs that had not. */
export function cancelled(): RunFault {
  return new RunFault({
    code: CANCELLED,
    message: 'The run was cancelled, as it was asked for.',
    hint: 'Nothing of it was published. What was downloaded is kept, and the next run goes on from there.',
  });
}

/** The code of {@link cancelled}: by it, the records tell the runs that were. */
export const CANCELLED = 'cancelled';

/**
 * Why a job of a run did nothing: another step of the run has failed. It names that step, whose
 * error the run tells; to repeat it here would make it look like several.
 */
export function skipped({ job, dataset }: Pick<RunStep, 'job' | 'dataset'>): RunFault {
  return new RunFault({
    code: SKIPPED,
    message: `Skipped: the ${job} of ${dataset} has failed.`,
    hint: `See the error of the run, or of the ${job} of ${dataset}.`,
  });
}

/** The code of {@link skipped}: by it, steps that failed are told from those that follow from one. */
export const SKIPPED = 'skipped';

/** SQLSTATEs after which the same work can succeed. */
const RETRYABLE_SQLSTATES: ReadonlySet<string> = new Set([
  SQLSTATE.connectionException,
  SQLSTATE.cannotConnect,
  SQLSTATE.connectionDoesNotExist,
  SQLSTATE.connectionFailure,
  SQLSTATE.idleInTransactionSessionTimeout,
  SQLSTATE.transactionTimeout,
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
  SQLSTATE.outOfMemory,
  SQLSTATE.tooManyConnections,
  SQLSTATE.lockNotAvailable,
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
  SQLSTATE.cannotConnectNow,
  SQLSTATE.idleSessionTimeout,
]);

/**
 * What a socket or the name service says when the other side went away or is not yet there; a
 * container that is down has no name.
 */
const RETRYABLE_NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What pg and ioredis say, without a code, when their server went away under a query. */
const CONNECTION_LOST =
  /^Connection terminated|^Client has encountered a connection error|^Connection is closed|^Reached the max retries per request limit/u;

/**
 * Whether a job that failed with this error is tried again. The one place that decides it for jobs;
 * an error that knows says so by `retryable`.
 */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('retryable' in error) return error.retryable === true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    RETRYABLE_SQLSTATES.has(code) ||
    RETRYABLE_NETWORK_CODES.has(code) ||
    CONNECTION_LOST.test(error.message)
  );
}

/**
 * An error as a run shows it. What is not made for people says at least what it is, and that the
 * log has more.
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
    hint: 'The log of the downloader and the loader says more. Start the run again; what was downloaded is kept.',
    dataset,
  };
}
