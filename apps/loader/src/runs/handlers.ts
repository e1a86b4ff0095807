import type { RunError, RunStep } from '@marquee/contract';
import type { DatasetName } from '@marquee/datasets';
import { describeError, DownloadResult, isRetryable, readSteps, RunFault, type Handlers, type Payload, type RunQueue } from '@marquee/runs';
import type { SnapshotManifest, SnapshotStore } from '@marquee/snapshots';
import type { Pool } from 'pg';
import type { LoaderConfig } from '../config.ts';
import { loadDataset } from '../load/load-dataset.ts';
import { publish } from '../publish/publish.ts';
import { readPublishedSnapshot, readRunning, recordFailure, recordSnapshots, recordSuccess } from './run-records.ts';

export interface LoaderParts {
  readonly config: LoaderConfig;
  readonly pool: Pool;
  readonly store: SnapshotStore;
  readonly queue: RunQueue;
}

/** What the loader does for each job in its queue. */
export function createHandlers({ config, pool, store, queue }: LoaderParts): Handlers<'loader'> {
  return {
    async load(payload, { signal, report, childResults }) {
      const { runId, dataset, ignoreGates } = payload;
      const steps = await readStepsOf(runId);
      if (steps === null) return null;
      expectAllWell(steps, dataset);
      const snapshot = await findSnapshot(payload, await childResults());
      await recordSnapshots(pool, [snapshot]);
      // an explicit load is done although the same is published: it may be asked for to repair
      if (payload.snapshotId === null && (await readPublishedSnapshot(pool, dataset)) === snapshot.id) {
        report({ phase: 'unchanged', snapshotId: snapshot.id });
        return null;
      }
      await loadDataset({ pool, store, runId, dataset, snapshot, ignoreGates, maxRejectsPercent: config.MAX_REJECTS_PERCENT, signal, report });
      return null;
    },

    async publish({ runId, ignoreGates }, { signal, report }) {
      const steps = await readStepsOf(runId);
      if (steps === null) return null;
      const error = failureOf(steps);
      if (error !== null) {
        await recordFailure(pool, runId, error, steps);
        return null;
      }
      try {
        await publish({
          pool,
          runId,
          steps,
          ignoreGates,
          maxRowLossPercent: config.MAX_ROW_LOSS_PERCENT,
          waitSeconds: config.PUBLISH_WAIT_SECONDS,
          signal,
          onPhase: (phase) => report({ phase }),
        });
      } catch (fault) {
        if (signal.aborted || isRetryable(fault)) throw fault;
        await recordFailure(pool, runId, describeError(fault, null), steps);
        throw fault;
      }
      return null;
    },

    async record({ runId }, { childResults }) {
      const steps = await readStepsOf(runId);
      if (steps === null) return null;
      await recordSnapshots(pool, (await childResults()).map((result) => DownloadResult.parse(result).snapshot));
      const error = failureOf(steps);
      await (error === null ? recordSuccess(pool, runId, steps) : recordFailure(pool, runId, error, steps));
      return null;
    },
  };

  /** How the steps of a run are while it goes on; null once it has ended, and this job of it is left over from a crash. */
  async function readStepsOf(runId: string): Promise<RunStep[] | null> {
    const run = await readRunning(pool);
    return run?.id === runId ? readSteps(queue, run) : null;
  }

  async function findSnapshot({ dataset, snapshotId }: Payload<'load'>, childResults: readonly unknown[]): Promise<SnapshotManifest> {
    if (snapshotId === null) return DownloadResult.parse(childResults[0]).snapshot;
    const snapshot = (await store.list()).find(({ id }) => id === snapshotId);
    if (snapshot !== undefined) return snapshot;
    throw new RunFault({
      code: 'snapshot-missing',
      message: `Snapshot ${snapshotId} of ${dataset} is known, but does not lie in the snapshot store.`,
      hint: 'Was it removed, or does SNAPSHOT_DIR name another folder? POST /run-downloader fetches a new one.',
    });
  }
}

/** Why a run that has such a step fails: the first error that is not a mere consequence of another. */
function failureOf(steps: readonly RunStep[]): RunError | null {
  const failed = steps.filter(({ state }) => state === 'failed');
  const cause = failed.find(({ error }) => error !== null && error.code !== SKIPPED) ?? failed[0];
  if (cause === undefined) return null;
  const { job, dataset, error } = cause;
  return error ?? { code: 'worker-lost', message: `The ${job} of ${dataset} failed without saying why.`, hint: 'See the logs, and start the run again.', dataset };
}

const SKIPPED = 'skipped';

/** A run that cannot be published any more loads nothing more. */
function expectAllWell(steps: readonly RunStep[], dataset: DatasetName): void {
  const failure = failureOf(steps);
  if (failure === null) return;
  throw new RunFault({ code: SKIPPED, message: `${dataset} was not loaded, for the run has failed: ${failure.message}`, hint: failure.hint });
}
