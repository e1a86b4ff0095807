import type { RunError } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { UnrecoverableError, WaitingError, type Job, type Queue } from 'bullmq';
import { watchForCancel } from './cancelling.ts';
import { cancelled, describeError, isRetryable } from './faults.ts';
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

/** A worker's intervals, in milliseconds. */
export interface WorkerTimings {
  /** The shortest time between two reports of a job's progress to the queue. */
  readonly reportMs: number;
  /** How often a worker checks whether its job has been cancelled. */
  readonly cancelCheckMs: number;
}

export const WORKER_TIMINGS: WorkerTimings = { reportMs: 500, cancelCheckMs: 500 };

/** What a handler is given besides its payload. */
export interface JobContext {
  /**
   * Aborted when the process is asked to end, and the job then goes back to the queue for another
   * worker; or when its run was cancelled.
   */
  readonly signal: AbortSignal;
  /**
   * Tells how far the job is; parts that are left out stay as they were. Cheap: the queue hears of
   * it every {@link WorkerTimings.reportMs}.
   */
  readonly report: (progress: Partial<JobProgress>) => void;
  /** What the jobs that this one waited for have answered; those that failed have not. */
  readonly childResults: () => Promise<unknown[]>;
}

export type Handler<J extends JobName> = (
  payload: Payload<J>,
  context: JobContext,
) => Promise<Results[J]>;
export type Handlers<Q extends QueueName> = { readonly [J in JobsOf<Q>]: Handler<J> };

export interface WorkerOptions<Q extends QueueName> {
  readonly url: string;
  readonly queue: Q;
  readonly handlers: Handlers<Q>;
  readonly concurrency: number;
  /** How long a job belongs to a worker that shows no sign of life. */
  readonly lockSeconds: number;
  readonly log: WorkerLog;
  readonly timings?: WorkerTimings;
}

export interface WorkerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Works on a queue until it is stopped. A job that fails by a listed passing fault is tried again
 * with back-off; any other failure ends it at once, with its error kept in its progress. The jobs
 * of a worker that was killed are taken over by another when its locks have run out.
 *
 * @returns stops: takes no more jobs, gives the running ones back to the queue
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
  const stopping = new AbortController();
  const handlerOf = handlers as unknown as Record<string, Handler<JobName>>;
  const jobs = new BULL.Queue(queue, { connection: url }) as unknown as Queue;
  const worker = new BULL.Worker(
    queue,
    async (job: Job, token) => {
      const handler = handlerOf[job.name];
      if (handler === undefined)
        throw new UnrecoverableError(
          `Job ${String(job.id)} is called ${job.name}; this version knows ${Object.keys(handlers).join(', ')}`,
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
          { stopping: stopping.signal, cancelled: watch.signal },
          log,
          timings.reportMs,
        );
      } finally {
        watch.stop();
      }
    },
    // ten times: each is a worker that died, not a fault of the job; a home that was away for a
    // moment is asked again soon
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
    log.warn({ job: id }, `job ${id} was left by a worker that died, and is taken over`),
  );
  await worker.waitUntilReady();
  await jobs.waitUntilReady();
  return async () => {
    stopping.abort(new Error('the process ends'));
    await worker.close();
    await jobs.close();
  };
}

/** Why a job is to end before it is done. */
interface StopSignals {
  readonly stopping: AbortSignal;
  readonly cancelled: AbortSignal;
}

async function runJob<J extends JobName>(
  job: Job<unknown, unknown, J>,
  token: string | undefined,
  handler: Handler<J>,
  ends: StopSignals,
  log: WorkerLog,
  reportMs: number,
): Promise<Results[J]> {
  const payload = payloadOf(job);
  const dataset: DatasetName | null = 'dataset' in payload ? payload.dataset : null;
  const about = { run: payload.runId, job: job.name, dataset };
  const reporter = new ProgressReporter(job, reportMs, (error) =>
    log.warn({ ...about, err: error }, 'progress could not be kept'),
  );
  log.info(about, `${job.name} starts`);
  try {
    const result = await handler(payload, {
      signal: AbortSignal.any([ends.stopping, ends.cancelled]),
      report: (progress) => reporter.report(progress),
      childResults: async () => Object.values(await job.getChildrenValues<unknown>()),
    });
    await reporter.end();
    log.info({ ...about, ...reporter.progress }, `${job.name} is done`);
    return result;
  } catch (error) {
    if (ends.cancelled.aborted) {
      const shown = describeError(cancelled(), dataset);
      await reporter.end(shown);
      log.info(about, `${job.name} was cancelled`);
      throw new UnrecoverableError(shown.message);
    }
    if (ends.stopping.aborted) {
      await reporter.end();
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const shown = describeError(error, dataset);
    await reporter.end(shown);
    log.error({ ...about, err: error, code: shown.code }, `${job.name} failed: ${shown.message}`);
    throw isRetryable(error) ? error : new UnrecoverableError(shown.message);
  }
}

/**
 * @throws UnrecoverableError when another version has made the job, and this one does not
 *   understand it
 */
function payloadOf<J extends JobName>(job: Job<unknown, unknown, J>): Payload<J> {
  const parsed = PAYLOADS[job.name].safeParse(job.data);
  if (parsed.success) return parsed.data as Payload<J>;
  throw new UnrecoverableError(
    `Job ${String(job.id)} does not say what a ${job.name} has to be told: ${parsed.error.message}. Was it made by another version? Start the run again.`,
  );
}

/** Keeps a job's progress in the queue: the newest, at most every {@link WorkerTimings.reportMs}. */
class ProgressReporter {
  progress: JobProgress = NO_PROGRESS;
  readonly #job: Job;
  readonly #reportMs: number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> = Promise.resolve();

  constructor(job: Job, reportMs: number, onError: (error: unknown) => void) {
    this.#job = job;
    this.#reportMs = reportMs;
    this.#onError = onError;
  }

  report(progress: Partial<JobProgress>): void {
    this.progress = { ...this.progress, ...progress };
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, this.#reportMs);
  }

  /** Sends what is still unsent, and why the job failed if it did. */
  async end(error: RunError | null = null): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.progress = { ...this.progress, error };
    this.#send();
    await this.#sending;
  }

  #send(): void {
    const { progress } = this;
    // progress is for watching: that it cannot be kept is no reason to fail the work
    this.#sending = this.#sending
      .then(() => this.#job.updateProgress(progress))
      .catch(this.#onError);
  }
}
