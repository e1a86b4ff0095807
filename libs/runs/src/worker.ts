import type { RunError } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { UnrecoverableError, WaitingError, type Job, type Queue } from 'bullmq';
import { watchForCancel } from './cancellation.ts';
import { originOf } from './job-origin.ts';
import { inJob, type JobPhases } from './job-trace.ts';
import {
  backoffMs,
  NO_PROGRESS,
  PAYLOADS,
  type JobName,
  type JobsOf,
  type Payload,
  type JobProgress,
  type QueueName,
  type Results,
} from './jobs.ts';
import { BULL } from './queue.ts';
import { isRetryable } from './retryable-errors.ts';
import { cancelledFault, describeError } from './run-fault.ts';

/** A worker's intervals, in milliseconds. */
export interface WorkerTimings {
  /** The shortest time between two reports of a job's progress to the queue. */
  readonly reportMs: number;
  /** How often a worker checks whether its job has been cancelled. */
  readonly cancelCheckMs: number;
}

export const WORKER_TIMINGS: WorkerTimings = { reportMs: 500, cancelCheckMs: 500 };

/** What a handler gets besides its payload. */
export interface JobContext {
  /**
   * Aborted when the process shuts down (the job then goes back to the queue for another worker),
   * or when its run was cancelled.
   */
  readonly signal: AbortSignal;
  /**
   * Reports progress; omitted fields keep their values. Cheap: the queue is updated at most every
   * {@link WorkerTimings.reportMs}.
   */
  readonly report: (progress: Partial<JobProgress>) => void;
  /** The results of the jobs that this one waited for, without those that failed. */
  readonly childResults: () => Promise<unknown[]>;
}

export type Handler<J extends JobName> = (
  payload: Payload<J>,
  context: JobContext,
) => Promise<Results[J]>;
export type Handlers<Q extends QueueName> = { readonly [J in JobsOf<Q>]: Handler<J> };

interface WorkerOptions<Q extends QueueName> {
  readonly url: string;
  readonly queue: Q;
  readonly handlers: Handlers<Q>;
  readonly concurrency: number;
  /** How long a job stays locked by a worker that no longer renews its lock. */
  readonly lockSeconds: number;
  readonly log: WorkerLog;
  readonly timings?: WorkerTimings;
}

interface WorkerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Processes the jobs of a queue until it is stopped. A job that fails with a retryable error is
 * retried with backoff. Any other error ends it at once, and is kept in its progress. When a worker
 * was killed, another takes over its jobs once their locks expire.
 *
 * @returns stops the worker: it takes no more jobs, and gives the running ones back to the queue
 */
export async function startWorker<Q extends QueueName>({
  url,
  queue,
  handlers,
  concurrency,
  lockSeconds,
  log,
  timings = WORKER_TIMINGS,
}: WorkerOptions<Q>): Promise<() => Promise<void>> {
  const shutdown = new AbortController();
  const handlerOf = handlers as unknown as Record<string, Handler<JobName>>;
  const jobs = new BULL.Queue(queue, { connection: url }) as unknown as Queue;
  const worker = new BULL.Worker(
    queue,
    async (job: Job, token) => {
      const handler = handlerOf[job.name];
      if (handler === undefined)
        throw new UnrecoverableError(
          `Job ${String(job.id)} has the unknown name ${job.name}; this version knows ${Object.keys(handlers).join(', ')}`,
        );
      const watch = watchForCancel(
        job,
        async () => (await jobs.getJob(String(job.id))) ?? null,
        timings.cancelCheckMs,
      );
      try {
        return await runJob(
          job as Job<unknown, unknown, JobName>,
          token,
          handler,
          { shutdown: shutdown.signal, cancelled: watch.signal },
          log,
          timings.reportMs,
        );
      } finally {
        watch.stop();
      }
    },
    // maxStalledCount 10: each time a worker died, which is not the job's fault; runRetryDelay: an
    // unavailable backend is tried again soon
    {
      connection: url,
      concurrency,
      lockDuration: lockSeconds * 1000,
      stalledInterval: lockSeconds * 500,
      maxStalledCount: 10,
      runRetryDelay: (lockSeconds * 1000) / 6,
      settings: { backoffStrategy: backoffMs },
    },
  );
  const onError = (error: Error) => log.warn({ err: error }, `queue ${queue}: ${error.message}`);
  worker.on('error', onError);
  jobs.on('error', onError);
  worker.on('stalled', (id) =>
    log.warn({ job: id }, `the worker of job ${id} died; another takes it over`),
  );
  await worker.waitUntilReady();
  await jobs.waitUntilReady();
  return async () => {
    shutdown.abort(new Error('the process is shutting down'));
    await worker.close();
    await jobs.close();
  };
}

/** What can end a job early. */
interface StopSignals {
  readonly shutdown: AbortSignal;
  readonly cancelled: AbortSignal;
}

async function runJob<J extends JobName>(
  job: Job<unknown, unknown, J>,
  token: string | undefined,
  handler: Handler<J>,
  signals: StopSignals,
  log: WorkerLog,
  reportMs: number,
): Promise<Results[J]> {
  const payload = payloadOf(job);
  const dataset: DatasetName | null = 'dataset' in payload ? payload.dataset : null;
  const about = {
    job: job.name,
    ...('runId' in payload && { run: payload.runId }),
    ...(dataset !== null && { dataset }),
    ...('source' in payload && { source: payload.source }),
  };
  return inJob(about, originOf(job), async (phases) => {
    const reporter = new ProgressReporter(job, phases, reportMs, (error) =>
      log.warn({ err: error }, 'could not update the progress'),
    );
    log.info({}, `${job.name} started`);
    try {
      const result = await handler(payload, {
        signal: AbortSignal.any([signals.shutdown, signals.cancelled]),
        report: (progress) => reporter.report(progress),
        childResults: async () => Object.values(await job.getChildrenValues<unknown>()),
      });
      await reporter.end();
      log.info(reporter.progress, `${job.name} is done`);
      return result;
    } catch (error) {
      throw await endFailed(error, { job, token, dataset, reporter, signals, log });
    }
  });
}

interface FailedJob {
  readonly job: Job<unknown, unknown, JobName>;
  readonly token: string | undefined;
  readonly dataset: DatasetName | null;
  readonly reporter: ProgressReporter;
  readonly signals: StopSignals;
  readonly log: WorkerLog;
}

/** Reports how a job has failed. @returns what tells BullMQ whether it is tried again */
async function endFailed(
  error: unknown,
  { job, token, dataset, reporter, signals, log }: FailedJob,
): Promise<unknown> {
  if (signals.cancelled.aborted) {
    const shown = describeError(cancelledFault(), dataset);
    await reporter.end(shown);
    log.info({}, `${job.name} was cancelled`);
    return new UnrecoverableError(shown.message);
  }
  if (signals.shutdown.aborted) {
    await reporter.end();
    await job.moveToWait(token);
    return new WaitingError();
  }
  const shown = describeError(error, dataset);
  await reporter.end(shown);
  log.error({ err: error, code: shown.code }, `${job.name} failed: ${shown.message}`);
  return isRetryable(error) ? error : new UnrecoverableError(shown.message);
}

/** @throws UnrecoverableError when the payload is invalid: another version has added the job */
function payloadOf<J extends JobName>(job: Job<unknown, unknown, J>): Payload<J> {
  const parsed = PAYLOADS[job.name].safeParse(job.data);
  if (parsed.success) return parsed.data as Payload<J>;
  throw new UnrecoverableError(
    `Job ${String(job.id)} has no valid payload of a ${job.name}: ${parsed.error.message}. Was it added by another version? Start the run again.`,
  );
}

/** Writes the progress of a job to the queue, at most every {@link WorkerTimings.reportMs}. */
class ProgressReporter {
  progress: JobProgress = NO_PROGRESS;
  readonly #job: Job;
  readonly #phases: JobPhases;
  readonly #reportMs: number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> = Promise.resolve();

  constructor(job: Job, phases: JobPhases, reportMs: number, onError: (error: unknown) => void) {
    this.#job = job;
    this.#phases = phases;
    this.#reportMs = reportMs;
    this.#onError = onError;
  }

  report(progress: Partial<JobProgress>): void {
    this.progress = { ...this.progress, ...progress };
    this.#phases.enter(this.progress.phase);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, this.#reportMs);
  }

  /** Writes the last progress, with the error if the job failed. */
  async end(error: RunError | null = null): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.progress = { ...this.progress, error };
    this.#send();
    await this.#sending;
  }

  #send(): void {
    const { progress } = this;
    // progress is informational: failing to write it must not fail the job
    this.#sending = this.#sending
      .then(() => this.#job.updateProgress(progress))
      .catch(this.#onError);
  }
}
