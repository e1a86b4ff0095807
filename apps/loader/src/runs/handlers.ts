import type { RunError, RunStep } from '@marquee/contract';
import type { Logger } from '@marquee/process';
import {
  describeError,
  DownloadResult,
  isRetryable,
  readSteps,
  RunFault,
  skippedFault,
  SKIPPED,
  type Handlers,
  type JobContext,
  type Payload,
  type RunQueue,
} from '@marquee/runs';
import { SnapshotConfig, type SnapshotManifest, type SnapshotStore } from '@marquee/snapshots';
import type { Pool } from 'pg';
import type { LoaderConfig } from '../config.ts';
import { warmUp } from '../database/warm-up.ts';
import { loadDataset } from '../load/load-dataset.ts';
import { RUN_ENDED } from '../load/staging.ts';
import { expireSnapshots } from '../publish/expiry.ts';
import { maintainTables } from '../publish/maintenance.ts';
import { countOrphans } from '../publish/orphans.ts';
import { publish, type PublishOptions } from '../publish/publish.ts';
import type { LoaderTimings } from '../timings.ts';
import { exportAfterPublish } from './export-handlers.ts';
import { clearEnded } from './ended-staging.ts';
import {
  readRunning,
  recordEnd,
  recordFailure,
  recordSnapshots,
  recordSuccess,
  type RunningRun,
} from './run-records.ts';

interface LoaderParts {
  readonly config: LoaderConfig;
  readonly pool: Pool;
  readonly store: SnapshotStore;
  readonly queue: RunQueue;
  readonly log: Logger;
  readonly timings: LoaderTimings;
}

/** The handler of each kind of job in the loader's queue. */
export function createHandlers(parts: LoaderParts): Handlers<'loader'> {
  return {
    load: async (payload, context) => loadSnapshot(parts, payload, context),
    publish: async (payload, context) => publishLoaded(parts, payload, context),
    record: async (payload, context) => endUnpublishedRun(parts, payload, context),
  };
}

/** Loads the snapshot that the run names, or else the one that the dataset's download returned. */
async function loadSnapshot(
  { config, pool, store, queue, log }: LoaderParts,
  payload: Payload<'load'>,
  { signal, report, childResults }: JobContext,
): Promise<null> {
  const { runId, dataset, ignoreGates, fullLoad } = payload;
  // also for a cancelled run: the snapshots are in the store
  const downloaded = snapshotsOf(await childResults());
  await recordSnapshots(pool, downloaded);
  const run = await readRun(pool, runId);
  if (run === null) return null;
  expectNoFailure(await readSteps(queue, run));
  const loading = loadDataset({
    pool,
    store,
    storeConfig: SnapshotConfig.parse(config),
    runId,
    dataset,
    snapshot: await findSnapshot(store, payload, downloaded),
    ignoreGates,
    fullLoad,
    maxRejectsPercent: config.MAX_REJECTS_PERCENT,
    maxChangePercent: config.REFRESH_MAX_CHANGE_PERCENT,
    signal,
    report,
    remark: (what) => log.warn({ dataset, run: runId }, what),
  });
  await loading.catch((error: unknown) => {
    // When the queue has lost a run's jobs, the reconciler adds them again, also while the run
    // publishes. The run can then end after this job has read it: there is nothing left to do.
    if (signal.aborted || !(error instanceof RunFault && error.code === RUN_ENDED)) throw error;
  });
  return null;
}

/** Publishes what a run has staged, and cleans up; a run that has ended is only cleaned up. */
async function publishLoaded(
  parts: LoaderParts,
  { runId, ignoreGates }: Payload<'publish'>,
  { signal, report }: JobContext,
): Promise<null> {
  const run = await readRun(parts.pool, runId);
  if (run === null) await clearEnded(parts.pool);
  const isReplaced =
    run !== null &&
    (await publishRun(parts, run, { ignoreGates, signal, onPhase: (phase) => report({ phase }) }));
  await cleanUp(parts, signal, isReplaced);
  return null;
}

/** Ends a run that publishes nothing, such as a download alone. */
async function endUnpublishedRun(
  { pool, queue }: LoaderParts,
  { runId }: Payload<'record'>,
  { childResults }: JobContext,
): Promise<null> {
  await recordSnapshots(pool, snapshotsOf(await childResults()));
  const run = await readRun(pool, runId);
  if (run === null) return null;
  const steps = await readSteps(queue, run);
  const error = failureOf(steps);
  await (error === null
    ? recordSuccess(pool, runId, steps)
    : recordFailure(pool, runId, error, steps));
  return null;
}

/**
 * The run, if it is running. Null when it has ended: the job was left over by a crash, or the run
 * was cancelled.
 */
async function readRun(pool: Pool, runId: string): Promise<RunningRun | null> {
  const run = await readRunning(pool);
  return run?.id === runId ? run : null;
}

/**
 * Publishes a run, or records its failure.
 *
 * @returns whether tables were replaced
 */
async function publishRun(
  { config, pool, queue, timings }: LoaderParts,
  run: RunningRun,
  options: Pick<PublishOptions, 'ignoreGates' | 'signal' | 'onPhase'>,
): Promise<boolean> {
  const steps = await readSteps(queue, run);
  const error = failureOf(steps);
  if (error !== null) {
    await recordFailure(pool, run.id, error, steps);
    return false;
  }
  try {
    return await publish({
      pool,
      runId: run.id,
      datasets: run.datasets,
      endRun: async (client) =>
        recordEnd(client, { id: run.id, state: 'succeeded', error: null, steps }),
      maxRowLossPercent: config.MAX_ROW_LOSS_PERCENT,
      waitSeconds: config.PUBLISH_WAIT_SECONDS,
      limits: timings,
      ...options,
    });
  } catch (fault) {
    if (!options.signal.aborted && !isRetryable(fault))
      await recordFailure(pool, run.id, describeError(fault, null), steps);
    throw fault;
  }
}

/** @param downloads results of download jobs */
function snapshotsOf(downloads: readonly unknown[]): SnapshotManifest[] {
  return downloads.map((result) => DownloadResult.parse(result).snapshot);
}

async function findSnapshot(
  store: SnapshotStore,
  { dataset, snapshotId }: Payload<'load'>,
  [downloaded]: readonly SnapshotManifest[],
): Promise<SnapshotManifest> {
  const snapshot = snapshotId === null ? downloaded : await store.find(dataset, snapshotId);
  if (snapshot != null) return snapshot;
  throw new RunFault({
    code: 'snapshot-missing',
    message: `Snapshot ${snapshotId ?? 'of the download'} of ${dataset} is known, but is not in the snapshot store.`,
    hint: 'Was it removed, or does SNAPSHOT_DIR or SNAPSHOT_S3_URL name another store? POST /run-downloader fetches a new one.',
  });
}

/** The work after a publish. A job that is run again repeats it. */
async function cleanUp(
  { config, pool, store, queue, log }: LoaderParts,
  signal: AbortSignal,
  isReplaced: boolean,
): Promise<void> {
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      // the run has ended already, and successfully
      if (signal.aborted || isRetryable(error)) throw error;
      log.warn({ err: error }, `could not ${what} after a publish; the next publish tries again`);
    }
  };
  await attempt('wake the aggregator', async () => queue.wake('aggregate', {}));
  await attempt('request an export', async () =>
    exportAfterPublish(pool, queue, config.EXPORT_FORMATS),
  );
  if (isReplaced) await attempt('read the tables into memory', async () => warmUp(pool, signal));
  await attempt('clean up', async () => {
    await countOrphans(pool, signal);
    await maintainTables(pool, config.CHANGE_DAYS, log, signal);
    if ((await readRunning(pool)) === null)
      await expireSnapshots(pool, store, config.SNAPSHOT_KEEP, config.SNAPSHOT_KEEP_MONTHLY, log);
  });
}

/** The error of a run with these steps; null when no step has failed. */
function failureOf(steps: readonly RunStep[]): RunError | null {
  const cause = firstFailure(steps);
  if (cause === undefined) return null;
  const { job, dataset, error } = cause;
  return (
    error ?? {
      code: 'worker-lost',
      message: `The ${job} of ${dataset} failed without an error.`,
      hint: 'See the logs, and start the run again.',
      dataset,
    }
  );
}

/** The first failed step; preferably one that failed by itself, not because of another step. */
function firstFailure(steps: readonly RunStep[]): RunStep | undefined {
  const failed = steps.filter(({ state }) => state === 'failed');
  return failed.find(({ error }) => error !== null && error.code !== SKIPPED) ?? failed[0];
}

/** @throws RunFault when a step has failed: the run cannot be published, so loading is useless */
function expectNoFailure(steps: readonly RunStep[]): void {
  const failure = firstFailure(steps);
  if (failure !== undefined) throw skippedFault(failure);
}
