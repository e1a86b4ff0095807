import { randomUUID } from 'node:crypto';
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
  type PostgresConnectionOptions,
  type Queue,
} from 'bullmq';
import { UrlClient } from '@marquee/postgres/url-client';
import { Pool } from 'pg';
import { isCancelRequested, requestCancel } from './cancellation.ts';
import {
  flowOf,
  jobId,
  lastJobOf,
  readProgress,
  QUEUES,
  queueOf,
  stepsOf,
  wakeOptions,
  type Payload,
  type QueueName,
  type RunRequest,
  type WakeJob,
} from './jobs.ts';
import { redisOptions } from './redis-options.ts';
import { currentOrigin } from './job-origin.ts';
import { retrying } from './retrying-backend.ts';

/** The pools of the queue on PostgreSQL: of what adds and looks at jobs, and of what works on them. */
const PRODUCER_CONNECTIONS = 1;
const WORKER_CONNECTIONS = 4;
/** A worker listens on a connection beside its pool. */
const LISTENING = 1;

/** How many objects of BullMQ a process has: a RunQueue is 6 producers, a worker is one of each. */
const QUEUE_USERS = {
  api: { producers: 7, workers: 1 },
  loader: { producers: 8, workers: 2 },
  extractor: { producers: 7, workers: 1 },
  aggregator: { producers: 7, workers: 1 },
  downloader: { producers: 1, workers: 1 },
} as const;

/** The most connections to PostgreSQL that a process takes for its queue: none if that is Redis. */
export function queueConnections(url: string, process: keyof typeof QUEUE_USERS): number {
  const { producers, workers } = QUEUE_USERS[process];
  return isRedis(url)
    ? 0
    : producers * PRODUCER_CONNECTIONS + workers * (WORKER_CONNECTIONS + LISTENING);
}

/** BullMQ's classes for either backend. They take a URL as their `connection`. */
export const BULL = withBackend(backendOf);

/**
 * The backend that the scheme of a URL selects: `redis:`/`rediss:`, or `postgres:`/`postgresql:`.
 * Of other code only the API's rate limits tell them apart.
 */
function backendOf(
  ...[name, { connection: url, ...opts }, consumer = {}]: Parameters<
    BackendFactory<IQueueBackend, string>
  >
): IQueueBackend {
  // a worker waits while its backend is unavailable; the request for a run fails at once
  const waits = consumer.blocking === true || consumer.withBlockingConnection === true;
  if (!isRedis(url)) {
    const pool = new Pool({
      Client: UrlClient,
      connectionString: url,
      keepAlive: true,
      // a worker listens on a connection of the pool
      max: waits ? WORKER_CONNECTIONS + LISTENING : PRODUCER_CONNECTIONS,
      options: '-c search_path=bullmq',
    });
    // the types of pg overload its listeners in another way
    const connection = pool as unknown as PostgresConnectionOptions;
    const backend = createPostgresBackend(name, { ...opts, connection }, consumer);
    return endingPool(waits ? retrying(backend) : backend, pool);
  }
  return createRedisBackend(
    name,
    { ...opts, connection: { ...redisOptions(url), maxRetriesPerRequest: waits ? null : 1 } },
    consumer,
  );
}

/** Ends the pool of a backend when that closes: BullMQ ends only pools that it has made. */
function endingPool<B extends IQueueBackend>(backend: B, pool: Pool): B {
  const close = backend.close.bind(backend);
  backend.close = async (force) => {
    await close(force);
    if (!pool.ending) await pool.end();
  };
  return backend;
}

function isRedis(url: string): boolean {
  return /^rediss?:/u.test(url);
}

/**
 * Prepares the backend of the queue: on PostgreSQL, creates BullMQ's tables in schema `bullmq`.
 * Idempotent, and safe when several processes call it at once. A role that uses the schema of
 * another role changes nothing: its owner prepares it.
 */
export async function prepareQueue(url: string): Promise<void> {
  if (isRedis(url)) return;
  const client = new UrlClient({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select from pg_namespace where nspname = 'bullmq' and not pg_has_role(nspowner, 'usage')`,
    );
    if (rowCount === 0) await runMigrations(client);
  } finally {
    await client.end();
  }
}

/** The producer side of the queue: adds and cancels the jobs of a run, and reads their state. */
export class RunQueue {
  readonly #flows: FlowProducer<IQueueBackend, string>;
  readonly #queues: Record<QueueName, Queue>;

  /** @param onError called with lost connections, which are restored automatically */
  constructor(url: string, onError: (error: Error) => void) {
    this.#flows = new BULL.FlowProducer({ connection: url });
    this.#flows.on('error', onError);
    const open = (name: QueueName) => {
      const queue = new BULL.Queue(name, { connection: url });
      queue.on('error', onError);
      return queue as unknown as Queue;
    };
    this.#queues = {
      downloader: open('downloader'),
      loader: open('loader'),
      extractor: open('extractor'),
      aggregator: open('aggregator'),
      exporter: open('exporter'),
    };
  }

  /**
   * Resolves when the backend has answered. Connections that are lost later are restored
   * automatically. Await it before any other call: on PostgreSQL, BullMQ keeps the result of the
   * first connection for ever, so a backend that was down then would never be tried again.
   *
   * @throws when the backend does not answer
   */
  async ready(): Promise<void> {
    await Promise.all(
      [this.#flows, ...Object.values(this.#queues)].map((connected) => connected.waitUntilReady()),
    );
  }

  /**
   * Adds all jobs of a run at once. Jobs that exist already stay as they are. They carry the current
   * request and its trace.
   */
  async add(run: RunRequest): Promise<void> {
    await this.#flows.add(flowOf(run, currentOrigin()));
  }

  /**
   * Asks for work that is recorded in the database. The job finds out by itself what is to be done, so an equal one that
   * waits serves this request too; after an active one, it runs once more.
   */
  async wake<J extends WakeJob>(job: J, payload: Payload<J>): Promise<void> {
    // an id of our own: for others, BullMQ counts by a sequence that the first role to use it owns
    const jobId = `${job}.${randomUUID()}`;
    const data = { ...payload, origin: currentOrigin() };
    await this.#queues[queueOf(job)].add(job, data, { ...wakeOptions(job, payload), jobId });
  }

  /**
   * Requests that the jobs of a run end: active ones do within a second or two, waiting ones when
   * it is their turn. They are not removed, because they wait for each other and a worker can take
   * one at any moment. Costs one query when it was requested before.
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
    // last: its flag implies those of the others
    await requestCancel(last);
  }

  /** One job; null when the queue has lost it, or removed it after a week. */
  async job(queue: QueueName, id: string): Promise<Job | null> {
    return (await this.#queues[queue].getJob(id)) ?? null;
  }

  /**
   * The job that ends a run: its state, its phase, and why it failed if it did; null when the queue
   * does not have it.
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

  /** The number of jobs in each queue, by state. @throws when the backend does not answer */
  async depths(): Promise<Record<QueueName, Readonly<Record<string, number>>>> {
    const counted = await Promise.all(
      Object.entries(this.#queues).map(async ([name, queue]) => [
        name,
        await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'waiting-children'),
      ]),
    );
    return Object.fromEntries(counted) as Record<QueueName, Readonly<Record<string, number>>>;
  }

  /** The workers of each queue that are connected; 0 where a Redis does not say. */
  async countWorkers(): Promise<Record<QueueName, number>> {
    const counted = await Promise.all(
      Object.entries(this.#queues).map(async ([name, queue]) => [
        name,
        await queue.getWorkersCount().catch(() => 0),
      ]),
    );
    return Object.fromEntries(counted) as Record<QueueName, number>;
  }

  /** @throws when the backend does not answer */
  async ping(): Promise<void> {
    for (const name of Object.keys(QUEUES) as QueueName[])
      await this.#queues[name].getJobCounts('active');
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#flows, ...Object.values(this.#queues)].map((connected) => connected.close()),
    );
  }
}
