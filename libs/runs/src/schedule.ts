import { setTimeout as sleep } from 'node:timers/promises';
import { WaitingError, type Job, type Queue } from 'bullmq';
import { BULL } from './queue.ts';

const QUEUE = 'scheduler';
const SCHEDULER = 'update';

/** When and how updates are started by schedule. */
export interface ScheduleOptions {
  /** The URL of the queue's backend. */
  readonly url: string;
  /** A cron expression; null for never. */
  readonly cron: string | null;
  /** The time zone of the expression, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /**
   * Each update is delayed at random by up to this many seconds, so that not all installations
   * request files from IMDb in the same second.
   */
  readonly jitterSeconds: number;
  /** Starts an update. */
  readonly onDue: () => Promise<void>;
  /**
   * Called with lost connections, and with errors of updates that could not be started. The next
   * update is tried anyway.
   */
  readonly onError: (error: Error) => void;
}

/**
 * Starts updates by a schedule in the queue. If several processes have the same schedule, each
 * update is started once.
 */
export class UpdateSchedule {
  readonly #queue: Queue;
  #stop: () => Promise<void> = () => Promise.resolve();

  private constructor({ url, onError }: ScheduleOptions) {
    this.#queue = new BULL.Queue(QUEUE, { connection: url }) as unknown as Queue;
    this.#queue.on('error', onError);
  }

  /** @throws Error when the expression or the time zone is invalid */
  static async start(options: ScheduleOptions): Promise<UpdateSchedule> {
    const schedule = new UpdateSchedule(options);
    if (options.cron === null) await schedule.#queue.removeJobScheduler(SCHEDULER);
    else await schedule.#run(options, options.cron);
    return schedule;
  }

  /** When the next update is due; null when none is. */
  async next(): Promise<Date | null> {
    const scheduler = await this.#queue.getJobScheduler(SCHEDULER);
    return scheduler?.next === undefined ? null : new Date(scheduler.next);
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.#queue.close();
  }

  async #run(
    { url, timeZone, jitterSeconds, onDue, onError }: ScheduleOptions,
    cron: string,
  ): Promise<void> {
    await this.#queue.upsertJobScheduler(
      SCHEDULER,
      { pattern: cron, tz: timeZone },
      { name: SCHEDULER, opts: { removeOnComplete: true, removeOnFail: true } },
    );
    const stopping = new AbortController();
    const worker = new BULL.Worker(
      QUEUE,
      async (job: Job, token) => {
        const isRunning = await sleep(Math.random() * jitterSeconds * 1000, true, {
          signal: stopping.signal,
        }).catch(() => false);
        if (isRunning) return onDue().catch(onError);
        // back to the queue for another process, or for this one after its restart: the update is
        // due, and would be missed otherwise
        await job.moveToWait(token);
        throw new WaitingError();
      },
      { connection: url, concurrency: 1 },
    );
    worker.on('error', onError);
    await worker.waitUntilReady();
    this.#stop = async () => {
      stopping.abort();
      await worker.close();
    };
  }
}
