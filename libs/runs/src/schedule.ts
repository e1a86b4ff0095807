import { setTimeout as sleep } from 'node:timers/promises';
import { WaitingError, type Job, type Queue } from 'bullmq';
import { BULL } from './queue.ts';

const QUEUE = 'scheduler';
const SCHEDULER = 'update';

/** When updates are started by themselves. */
export interface ScheduleOptions {
  /** Of the queue's home. */
  readonly url: string;
  /** A cron expression; null for never. */
  readonly cron: string | null;
  /** In which the expression is meant, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /**
   * Each update starts by chance up to so much later, so that not everybody asks IMDb in the same
   * second.
   */
  readonly jitterSeconds: number;
  /** Starts an update. */
  readonly onDue: () => Promise<void>;
  /**
   * Is told of lost connections, and of updates that could not be started; the next one is tried
   * all the same.
   */
  readonly onError: (error: Error) => void;
}

/**
 * Starts updates by a schedule that is kept in the queue: several processes that keep the same one
 * start each update once.
 */
export class UpdateSchedule {
  readonly #queue: Queue;
  #stop: () => Promise<void> = () => Promise.resolve();

  private constructor({ url, onError }: ScheduleOptions) {
    this.#queue = new BULL.Queue(QUEUE, { connection: url }) as unknown as Queue;
    this.#queue.on('error', onError);
  }

  /** @throws Error when the expression or the time zone is none */
  static async start(options: ScheduleOptions): Promise<UpdateSchedule> {
    const schedule = new UpdateSchedule(options);
    if (options.cron === null) await schedule.#queue.removeJobScheduler(SCHEDULER);
    else await schedule.#keep(options, options.cron);
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

  async #keep(
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
        const isGoing = await sleep(Math.random() * jitterSeconds * 1000, true, {
          signal: stopping.signal,
        }).catch(() => false);
        if (isGoing) return onDue().catch(onError);
        // for another process, or this one when it is there again: it is due already, and would be
        // left out
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
