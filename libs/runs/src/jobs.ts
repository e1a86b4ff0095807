import { Gate, RunError, type Run } from '@marquee/contract';
import { DATASET_NAMES, definitionOf, type DatasetName } from '@marquee/datasets';
import { SnapshotManifest } from '@marquee/snapshots';
import type { FlowJob, Job } from 'bullmq';
import { z } from 'zod';

/** The queues, each worked on by the app of its name, and the jobs in them. */
export const QUEUES = { downloader: ['download'], loader: ['load', 'publish', 'record'] } as const;
export type QueueName = keyof typeof QUEUES;
export type JobsOf<Q extends QueueName> = (typeof QUEUES)[Q][number];

const dataset = z.enum(DATASET_NAMES);
const runId = z.uuid();

/** What each job is told. */
export const PAYLOADS = {
  /** Fetch one dataset. Nobody waits for one that the schedule asks for. */
  download: z.object({ runId, dataset, scheduled: z.boolean().default(false) }),
  /**
   * Load one dataset into `imdb_next`: the given snapshot, or else what the run's own download
   * brought.
   */
  load: z.object({
    runId,
    dataset,
    snapshotId: z.string().nullable(),
    ignoreGates: z.array(Gate),
    fullLoad: z.boolean(),
  }),
  /** Publish what the run's loads have staged, and end the run. */
  publish: z.object({ runId, ignoreGates: z.array(Gate) }),
  /** End a run that only downloads. */
  record: z.object({ runId }),
};
export type JobName = keyof typeof PAYLOADS;
export type Payload<J extends JobName> = z.infer<(typeof PAYLOADS)[J]>;

/** What a download answers to the load or record that waits for it. */
export const DownloadResult = z.object({ snapshot: SnapshotManifest, unchanged: z.boolean() });
export type DownloadResult = z.infer<typeof DownloadResult>;

/** What each job answers. */
export interface Results {
  download: DownloadResult;
  load: null;
  publish: null;
  record: null;
}

/** How far a job is: kept in the queue while it runs. */
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

/** How far a job is. */
export function readProgress(job: Pick<Job, 'progress'> | null): JobProgress {
  const parsed = JobProgress.safeParse(job?.progress);
  return parsed.success ? parsed.data : NO_PROGRESS;
}

/** What a run's jobs follow from: a row of `ingest.run`. */
export interface RunRequest {
  readonly id: string;
  readonly kind: Run['kind'];
  readonly datasets: readonly DatasetName[];
  readonly ignoreGates: readonly Gate[];
  /** For a load: which snapshot of each dataset. */
  readonly snapshots: Partial<Record<DatasetName, string>>;
  /** Whether everything is loaded anew, although only changes could be published. */
  readonly fullLoad: boolean;
  /**
   * Whether the schedule asks for it. Not kept in the database: jobs that a queue lost are added
   * again as if a person had asked.
   */
  readonly scheduled?: boolean;
}

/** A job's id follows from its run, so that adding a run's jobs twice adds them once. */
export function jobId(run: string, job: JobName, dataset?: DatasetName): string {
  return [run, job, ...(dataset === undefined ? [] : [dataset])].join('.');
}

/** The queue in which a job is. */
export function queueOf(job: JobName): QueueName {
  return job === 'download' ? 'downloader' : 'loader';
}

/** The last job of a run: it waits for all others, and ends the run whichever way they went. */
export function lastJobOf({ kind }: Pick<RunRequest, 'kind'>): 'publish' | 'record' {
  return kind === 'download' ? 'record' : 'publish';
}

/** The jobs of a run over single datasets, in the order in which people want to see them. */
export function stepsOf({
  kind,
  datasets,
}: Pick<RunRequest, 'kind' | 'datasets'>): { job: 'download' | 'load'; dataset: DatasetName }[] {
  const jobs = { download: ['download'], load: ['load'], update: ['download', 'load'] } as const;
  return jobs[kind].flatMap((job) => datasets.map((dataset) => ({ job, dataset })));
}

/**
 * A run as a flow: publish waits for all loads, each load for its download. A failed job does not
 * stop those that wait for it: the last job always runs, when nothing else of the run does any
 * more, and it is the one place that ends a run.
 */
export function flowOf(run: RunRequest): FlowJob {
  const { id: runId, datasets, scheduled = false } = run;
  const downloads = (dataset: DatasetName) =>
    step(run, 'download', dataset, { runId, dataset, scheduled }, []);
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
      jobId: jobId(run.id, job, dataset),
      // a download has its own patience with the network; what it gives up on is given up
      attempts: job === 'download' ? 1 : 40,
      // only faults that pass are tried again, such as a database that is restarted; its recovery
      // can take minutes: 1 s, 2 s … 30 s, in all a quarter of an hour
      backoff: { type: BACKOFF },
      // by age: removal by count deadlocks on the PostgreSQL backend
      removeOnComplete: { age: WEEK_S },
      removeOnFail: { age: WEEK_S },
    },
  };
}

/** The name under which workers know how long to wait: see {@link backoffMs}. */
export const BACKOFF = 'capped';

/**
 * How long to wait before a further attempt, in whole milliseconds: the queue on PostgreSQL takes
 * no others.
 */
export function backoffMs(attempts: number): number {
  return Math.round(Math.min(1000 * 2 ** (attempts - 1), 30_000) * (0.75 + Math.random() / 4));
}

const WEEK_S = 7 * 24 * 3600;

/** 1 for the dataset with the most rows: what takes longest starts first. */
function rank(dataset: DatasetName): number {
  return (
    1 +
    DATASET_NAMES.filter((other) => definitionOf(other).usualRows > definitionOf(dataset).usualRows)
      .length
  );
}
