import {
  createPostgresBackend,
  createRedisBackend,
  runMigrations,
  withBackend,
  type BackendFactory,
  type FlowProducer,
  type IQueueBackend,
  type Job,
  type JobState,
  type Queue,
} from 'bullmq';
import { Client } from 'pg';
import { requestCancel, isCancelRequested } from './cancelling.ts';
import {
  flowOf,
  jobId,
  lastJobOf,
  readProgress,
  QUEUES,
  queueOf,
  stepsOf,
  type QueueName,
  type RunRequest,
} from './jobs.ts';
import { retrying } from './retrying-backend.ts';

/**
 * BullMQ's classes over either home; where the connection would be configured, they take its URL.
 */
export const BULL = withBackend(backendOf);

/**
 * The URL's scheme chooses where jobs live: `redis:`/`rediss:`, or `postgres:`/`postgresql:`.
 * Nothing else in the code knows.
 */
function backendOf(
  ...[name, { connection: url, ...opts }, consumer = {}]: Parameters<
    BackendFactory<IQueueBackend, string>
  >
): IQueueBackend {
  // a worker waits for as long as its queue's home is away; a request for a run would rather be
  // told
  const waits = consumer.blocking === true || consumer.withBlockingConnection === true;
  if (!isRedis(url)) {
    const backend = createPostgresBackend(
      name,
      { ...opts, connection: { connectionString: url, max: 4 } },
      consumer,
    );
    return waits ? retrying(backend) : backend;
  }
  return createRedisBackend(
    name,
    { ...opts, connection: { url, maxRetriesPerRequest: waits ? null : 1 } },
    consumer,
  );
}

function isRedis(url: string): boolean {
  return /^rediss?:/u.test(url);
}

/**
 * Makes the queue's home ready for use, whoever comes first: on PostgreSQL, BullMQ's own tables in
 * schema `bullmq`. Safe when several processes call it at once.
 */
export async function prepareQueue(url: string): Promise<void> {
  if (isRedis(url)) return;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await runMigrations(client);
  } finally {
    await client.end();
  }
}

/** The asking side of the queue: adds the jobs of a run, and tells how they are. */
export class RunQueue {
  readonly #flows: FlowProducer<IQueueBackend, string>;
  readonly #queues: Record<QueueName, Queue>;

  /** @param onError is told of lost connections; they come back by themselves */
  constructor(url: string, onError: (error: Error) => void) {
    this.#flows = new BULL.FlowProducer({ connection: url });
    this.#flows.on('error', onError);
    const open = (name: QueueName) => {
      const queue = new BULL.Queue(name, { connection: url });
      queue.on('error', onError);
      return queue as unknown as Queue;
    };
    this.#queues = { downloader: open('downloader'), loader: open('loader') };
  }

  /**
   * Resolves when the queue's home has answered; connections that are lost after that come back by
   * themselves. To be waited for before anything else: on PostgreSQL, BullMQ keeps the first answer
   * for ever, and a home that was away for the first question would never be asked again.
   *
   * @throws when the home does not answer
   */
  async ready(): Promise<void> {
    await Promise.all(
      [this.#flows, ...Object.values(this.#queues)].map((part) => part.waitUntilReady()),
    );
  }

  /** Adds all jobs of a run at once; those that are there already stay as they are. */
  async add(run: RunRequest): Promise<void> {
    await this.#flows.add(flowOf(run));
  }

  /**
   * Asks the jobs of a run to end: those under way do within a second or two, those that wait as
   * soon as it is their turn. They are not removed: they wait for each other, and workers come upon
   * them at any moment. Costs one question when they were asked before.
   */
  async cancel(run: Pick<RunRequest, 'id' | 'kind' | 'datasets'>): Promise<void> {
    const last = await this.job('loader', jobId(run.id, lastJobOf(run)));
    if (last === null || isCancelRequested(last)) return;
    const steps = await Promise.all(
      stepsOf(run).map(async ({ job, dataset }) =>
        this.job(queueOf(job), jobId(run.id, job, dataset)),
      ),
    );
    await Promise.all(steps.filter((job) => job !== null).map(requestCancel));
    // after all others: when it is asked, they are
    await requestCancel(last);
  }

  /** One job, or null when the queue has lost it or forgot it after a week. */
  async job(queue: QueueName, id: string): Promise<Job | null> {
    return (await this.#queues[queue].getJob(id)) ?? null;
  }

  /**
   * How the job is that ends a run: its state, what it is at, and why it failed if it did; null
   * when the queue has no such job.
   */
  async lastJob(
    run: Pick<RunRequest, 'id' | 'kind'>,
  ): Promise<{ state: JobState | 'unknown'; phase: string | null; failedReason: string } | null> {
    const job = await this.job('loader', jobId(run.id, lastJobOf(run)));
    return job === null
      ? null
      : {
          state: await job.getState(),
          phase: readProgress(job).phase,
          failedReason: job.failedReason,
        };
  }

  /** How many jobs each queue has, by their state. @throws when the queue's home does not answer */
  async depths(): Promise<Record<QueueName, Readonly<Record<string, number>>>> {
    const [downloader, loader] = await Promise.all(
      [this.#queues.downloader, this.#queues.loader].map((queue) =>
        queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'waiting-children'),
      ),
    );
    return { downloader: downloader ?? {}, loader: loader ?? {} };
  }

  /** @throws when the queue's home does not answer */
  async ping(): Promise<void> {
    for (const name of Object.keys(QUEUES) as QueueName[])
      await this.#queues[name].getJobCounts('active');
  }

  async close(): Promise<void> {
    await Promise.all([this.#flows, ...Object.values(this.#queues)].map((part) => part.close()));
  }
}
