import { setTimeout as sleep } from 'node:timers/promises';
import { WaitingError, type Job, type Queue } from 'bullmq';
import { BULL } from './queue.ts';

const QUEUE = 'scheduler';

/** What is started by a schedule. */
export type ScheduledWork = 'update' | 'backup';

/** When and how work is started. */
export interface WorkSchedule {
  /** A cron expression; null for never. */
  readonly cron: string | null;
  /** The time zone of the expression, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /**
   * The work is delayed at random by up to this many seconds, so that not all installations request
   * files from IMDb in the same second.
   */
  readonly jitterSeconds: number;
  /**
   * Does the work.
   *
   * @param signal aborted when the process shuts down; if the work rejects then, another process
   *   does it
   */
  readonly onDue: (signal: AbortSignal) => Promise<void>;
}

export interface ScheduleOptions {
  /** The URL of the queue's backend. */
  readonly url: string;
  readonly work: Readonly<Record<ScheduledWork, WorkSchedule>>;
  /**
   * Called with lost connections, and with errors of work that could not be done. The next time it
   * is tried anyway.
   */
  readonly onError: (error: Error) => void;
}

/**
 * Starts work by schedules in the queue. If several processes have the same schedule, each piece of
 * work is started once.
 */
export class Schedule {
  readonly #queue: Queue;
  #stop: () => Promise<void> = () => Promise.resolve();

  private constructor({ url, onError }: ScheduleOptions) {
    this.#queue = new BULL.Queue(QUEUE, { connection: url }) as unknown as Queue;
    this.#queue.on('error', onError);
  }

  /** @throws Error when an expression or a time zone is invalid */
  static async start(options: ScheduleOptions): Promise<Schedule> {
    const schedule = new Schedule(options);
    let isNeeded = false;
    for (const [name, { cron, timeZone }] of Object.entries(options.work))
      if (cron === null) await schedule.#queue.removeJobScheduler(name);
      else {
        isNeeded = true;
        await schedule.#queue.upsertJobScheduler(
          name,
          { pattern: cron, tz: timeZone },
          { name, opts: { removeOnComplete: true, removeOnFail: true } },
        );
      }
    if (isNeeded) await schedule.#run(options);
    return schedule;
  }

  /** When work is due next; null when it never is. */
  async next(name: ScheduledWork): Promise<Date | null> {
    const scheduler = await this.#queue.getJobScheduler(name);
    return scheduler?.next === undefined ? null : new Date(scheduler.next);
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.#queue.close();
  }

  async #run({ url, work, onError }: ScheduleOptions): Promise<void> {
    const stopping = new AbortController();
    const { signal } = stopping;
    const worker = new BULL.Worker(
      QUEUE,
      async (job: Job, token) => {
        const { jitterSeconds, onDue } = work[job.name as ScheduledWork];
        try {
          await sleep(Math.random() * jitterSeconds * 1000, undefined, { signal });
          await onDue(signal);
        } catch (error) {
          if (!signal.aborted) {
            onError(error as Error);
            return;
          }
          // back to the queue for another process, or for this one after its restart: the work is
          // due, and would be missed otherwise
          await job.moveToWait(token);
          throw new WaitingError();
        }
      },
      // a backup takes its time, and must not delay an update
      { connection: url, concurrency: 2 },
    );
    worker.on('error', onError);
    await worker.waitUntilReady();
    this.#stop = async () => {
      stopping.abort();
      await worker.close();
    };
  }
}
