import { RunEntity, RunStepEntity } from '@marquee/catalogue';
import type { RunStep } from '@marquee/contract';
import { cancelledFault, describeError, readSteps, type RunQueue } from '@marquee/runs';
import type { DataSource } from 'typeorm';
import { notFound, ProblemException } from '../../problems/problem-exception.ts';

/**
 * Cancels a run: records its end, after which nothing of it can be published, and asks its jobs to
 * end. Another run can start at once.
 *
 * @throws ProblemException 404; 409 when the run has ended already
 */
export async function cancelRun(
  dataSource: DataSource,
  queue: RunQueue,
  id: string,
): Promise<void> {
  const run = await dataSource.manager.findOneBy(RunEntity, { id });
  if (run === null) throw notFound('run', id, 'GET /runs lists them.');
  if (run.state !== 'running') throw alreadyEnded(run);
  // the database decides: the run is cancelled even if the queue does not answer
  const steps = await readSteps(queue, run).catch(() => []);
  const endedAt = new Date();
  const isCancelled = await dataSource.transaction(async (manager) => {
    const { affected } = await manager.update(
      RunEntity,
      { id, state: 'running' },
      { state: 'failed', endedAt, error: describeError(cancelledFault(), null) },
    );
    if (affected === 0) return false;
    await manager.insert(
      RunStepEntity,
      steps.map((step) => endStep(id, step, endedAt)),
    );
    return true;
  });
  if (!isCancelled) throw alreadyEnded(await dataSource.manager.findOneByOrFail(RunEntity, { id }));
  // if the queue does not answer, the loader cancels the jobs later
  await queue.cancel(run).catch(() => undefined);
}

/** A step as it is recorded: failed, if it had not ended. */
function endStep(runId: string, step: RunStep, now: Date): RunStepEntity {
  // the estimates of a running step are not recorded
  const {
    bytesPerSecond,
    rowsPerSecond,
    secondsLeft,
    state,
    startedAt,
    endedAt,
    error,
    ...recorded
  } = step;
  const progress = { ...recorded, runId, startedAt: dateOf(startedAt) };
  if (state === 'done' || state === 'failed')
    return { ...progress, state, endedAt: dateOf(endedAt), error };
  return {
    ...progress,
    state: 'failed',
    endedAt: now,
    error: describeError(cancelledFault(), step.dataset),
  };
}

function dateOf(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}

function alreadyEnded({ id, state, endedAt, error }: RunEntity): ProblemException {
  const when = endedAt === null ? '' : ` at ${endedAt.toISOString()}`;
  return new ProblemException({
    status: 409,
    code: 'run-ended',
    detail: `Run ${id} has ${error?.code === 'cancelled' ? 'been cancelled' : state} already${when}; there is nothing to cancel.`,
    hint:
      state === 'succeeded'
        ? 'What it published stays. POST /run-loader with {"snapshots":[…]} loads earlier snapshots again.'
        : `GET /runs/${id} shows its outcome.`,
    runId: id,
  });
}
