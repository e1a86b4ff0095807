import { randomUUID } from 'node:crypto';
import { Gate, RunError, type Run } from '@marquee/contract';
import { DATASET_NAMES, definitionOf, type DatasetName } from '@marquee/datasets';
import { SnapshotManifest } from '@marquee/snapshots';
import { AnnouncedObject } from '@marquee/snapshots/providers';
import type { FlowJob, Job, JobsOptions } from 'bullmq';
import { z } from 'zod';
import type { JobOrigin } from './job-origin.ts';

/**
 * The queues, each processed by the app of the same name, and the jobs in them. The loader processes
 * `exporter` too, apart from its own queue: an export takes as long as a load, and delays none.
 */
export const QUEUES = {
  downloader: ['download'],
  loader: ['load', 'publish', 'record'],
  extractor: ['extract'],
  aggregator: ['aggregate'],
  exporter: ['export'],
} as const;
export type QueueName = keyof typeof QUEUES;
export type JobsOf<Q extends QueueName> = (typeof QUEUES)[Q][number];

const dataset = z.enum(DATASET_NAMES);
const runId = z.uuid();

/** The payload of each job. */
export const PAYLOADS = {
  /**
   * Fetch one dataset. `scheduled`: the schedule or an announcement started the run, so nobody waits
   * for it. `object`: the announced file; without one, the file comes from DATASETS_URL.
   */
  download: z.object({
    runId,
    dataset,
    scheduled: z.boolean().default(false),
    object: AnnouncedObject.nullable().default(null),
  }),
  /**
   * Load one dataset into `imdb_next`: the given snapshot, or else the one of the run's own
   * download.
   */
  load: z.object({
    runId,
    dataset,
    snapshotId: z.string().nullable(),
    ignoreGates: z.array(Gate),
    fullLoad: z.boolean(),
  }),
  /** Publish what the loads of the run have staged, and end the run. */
  publish: z.object({ runId, ignoreGates: z.array(Gate) }),
  /** End a run that only downloads. */
  record: z.object({ runId }),
  /** Make the records of a source follow its deliveries. */
  extract: z.object({ source: z.string() }),
  /** Match the pending records, and merge the pending movies. */
  aggregate: z.object({}),
  /** Make the exports that wait. */
  export: z.object({}),
};
export type JobName = keyof typeof PAYLOADS;
export type Payload<J extends JobName> = z.infer<(typeof PAYLOADS)[J]>;

/** The result of a download, for the load or record that waits for it. */
export const DownloadResult = z.object({ snapshot: SnapshotManifest, unchanged: z.boolean() });
export type DownloadResult = z.infer<typeof DownloadResult>;

/** The result of each job. */
export interface Results {
  download: DownloadResult;
  load: null;
  publish: null;
  record: null;
  extract: null;
  aggregate: null;
  export: null;
}

/** The jobs that find out by themselves what is to be done. */
export type WakeJob = 'extract' | 'aggregate' | 'export';

/** The progress of a job. The queue keeps it while the job runs. */
export const JobProgress = z.object({
  phase: z.string().nullable(),
  note: z.string().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
  rowsDone: z.number(),
  rowsTotal: z.number().nullable(),
  rejects: z.number(),
  snapshotId: z.string().nullable(),
  error: RunError.nullable(),
});
export type JobProgress = z.infer<typeof JobProgress>;
export const NO_PROGRESS: JobProgress = {
  phase: null,
  note: null,
  bytesDone: 0,
  bytesTotal: null,
  rowsDone: 0,
  rowsTotal: null,
  rejects: 0,
  snapshotId: null,
  error: null,
};

/** The progress that a job has reported; {@link NO_PROGRESS} when it has reported none. */
export function readProgress(job: Pick<Job, 'progress'> | null): JobProgress {
  const parsed = JobProgress.safeParse(job?.progress);
  return parsed.success ? parsed.data : NO_PROGRESS;
}

/** The request from which the jobs of a run are made: a row of `ingest.run`. */
export interface RunRequest {
  readonly id: string;
  readonly kind: Run['kind'];
  readonly datasets: readonly DatasetName[];
  readonly ignoreGates: readonly Gate[];
  /** For a load: the snapshot of each dataset, by id. */
  readonly snapshots: Partial<Record<DatasetName, string>>;
  /** Whether to load everything again, even where a refresh would do. */
  readonly fullLoad: boolean;
  /**
   * Whether the schedule started the run. Not in the database: jobs that the queue has lost are
   * added again as if a person had started the run.
   */
  readonly scheduled?: boolean;
  /** For an update with announced files: the object of each dataset. */
  readonly objects?: Partial<Record<DatasetName, AnnouncedObject>>;
}

/** The id of a job. It is derived from the run, so that adding the jobs of a run is idempotent. */
export function jobId(run: string, job: JobName, dataset?: DatasetName): string {
  return [run, job, ...(dataset === undefined ? [] : [dataset])].join('.');
}

/** The queue of a job. */
export function queueOf(job: JobName): QueueName {
  const names = Object.keys(QUEUES) as QueueName[];
  const queue = names.find((name) => (QUEUES[name] as readonly JobName[]).includes(job));
  if (queue === undefined) throw new Error(`No queue has the job ${job}.`);
  return queue;
}

/** The last job of a run. It waits for all others, and ends the run whether they failed or not. */
export function lastJobOf({ kind }: Pick<RunRequest, 'kind'>): 'publish' | 'record' {
  return kind === 'download' ? 'record' : 'publish';
}

/** The jobs of a run that work on one dataset each, in the order in which a run shows them. */
export function stepsOf({
  kind,
  datasets,
}: Pick<RunRequest, 'kind' | 'datasets'>): { job: 'download' | 'load'; dataset: DatasetName }[] {
  const jobs = { download: ['download'], load: ['load'], update: ['download', 'load'] } as const;
  return jobs[kind].flatMap((job) => datasets.map((dataset) => ({ job, dataset })));
}

/**
 * A run as a BullMQ flow: publish waits for all loads, and each load for its download. A failed job
 * does not stop the jobs that wait for it. So the last job always runs, after all others of the
 * run, and it alone ends the run.
 *
 * @param origin what the run is done for
 */
export function flowOf(run: RunRequest, origin: JobOrigin | null = null): FlowJob {
  return withOrigin(jobsOf(run), origin);
}

function withOrigin(flow: FlowJob, origin: JobOrigin | null): FlowJob {
  if (origin === null) return flow;
  const children = (flow.children ?? []).map((child) => withOrigin(child, origin));
  return { ...flow, data: { ...(flow.data as object), origin }, children };
}

function jobsOf(run: RunRequest): FlowJob {
  const { id: runId, datasets, scheduled = false, objects = {} } = run;
  const downloads = (dataset: DatasetName) =>
    step(
      run,
      'download',
      dataset,
      { runId, dataset, scheduled, object: objects[dataset] ?? null },
      [],
    );
  if (run.kind === 'download') return node(run, 'record', { runId }, datasets.map(downloads));
  const loads = datasets.map((dataset) =>
    step(
      run,
      'load',
      dataset,
      {
        runId,
        dataset,
        snapshotId: run.snapshots[dataset] ?? null,
        ignoreGates: [...run.ignoreGates],
        fullLoad: run.fullLoad,
      },
      run.kind === 'update' ? [downloads(dataset)] : [],
    ),
  );
  return node(run, 'publish', { runId, ignoreGates: [...run.ignoreGates] }, loads);
}

function step<J extends 'download' | 'load'>(
  run: RunRequest,
  job: J,
  dataset: DatasetName,
  data: Payload<J>,
  children: FlowJob[],
): FlowJob {
  const flow = node(run, job, data, children, dataset);
  return {
    ...flow,
    opts: { ...flow.opts, ignoreDependencyOnFailure: true, priority: rank(dataset) },
  };
}

function node<J extends JobName>(
  run: RunRequest,
  job: J,
  data: Payload<J>,
  children: FlowJob[],
  dataset?: DatasetName,
): FlowJob {
  return {
    name: job,
    queueName: queueOf(job),
    data,
    children,
    opts: {
      ...RETRIES,
      jobId: jobId(run.id, job, dataset),
      // a download has its own retries
      ...(job === 'download' && { attempts: 1 }),
    },
  };
}

/** The options of a job that finds out by itself what is to be done: one of a kind waits at a time. */
export function wakeOptions<J extends WakeJob>(job: J, payload: Payload<J>): JobsOptions {
  const id = [job, ...Object.values(payload)].join('.');
  return {
    ...RETRIES,
    // on PostgreSQL, BullMQ creates a sequence for ids of its own: only the owner may do that
    jobId: randomUUID(),
    deduplication: { id, keepLastIfActive: true },
  };
}

/** The name of the workers' backoff strategy: see {@link backoffMs}. */
const BACKOFF = 'capped';

/**
 * The delay before the next attempt: it doubles from 1 s to 30 s, minus up to a quarter at random.
 * In whole milliseconds: the PostgreSQL backend accepts no fractions.
 *
 * @param attempts made so far
 */
export function backoffMs(attempts: number): number {
  return Math.round(Math.min(1000 * 2 ** (attempts - 1), 30_000) * (0.75 + Math.random() / 4));
}

const WEEK_S = 7 * 24 * 3600;

const RETRIES = {
  attempts: 40,
  // only transient errors are retried, such as a database restart, whose recovery can take
  // minutes: 1 s, 2 s … 30 s, a quarter of an hour in all
  backoff: { type: BACKOFF },
  // by age: removal by count deadlocks on the PostgreSQL backend
  removeOnComplete: { age: WEEK_S },
  removeOnFail: { age: WEEK_S },
} as const;

/**
 * The priority of a dataset: 1 for the one with the most rows, so that the longest starts first.
 */
function rank(dataset: DatasetName): number {
  return (
    1 +
    DATASET_NAMES.filter((other) => definitionOf(other).usualRows > definitionOf(dataset).usualRows)
      .length
  );
}
