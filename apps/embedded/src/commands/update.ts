import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, ApiProblemError } from '@marquee/api-client';
import { Dataset, type Problem, type Run, RunAccepted } from '@marquee/contract';
import { runSeconds } from '@marquee/contract/progress';
import { UserError } from '@marquee/process';
import { type Environment, makeCommand } from '@marquee/stack';
import { createRunProgress } from '@marquee/terminal/run-progress';

/** Whether to update even if today's update is done; `full` also loads every dataset in full. */
type Force = boolean | 'full';

interface UpdateOptions {
  readonly force: Force;
  readonly signal: AbortSignal;
  /** Whether the stack, and with it the update, stops when this command ends. */
  readonly stopsWithCommand?: boolean;
  /** Names the stack in the printed commands. */
  readonly env?: Environment;
  /** The API's URL for people, if it differs from ours: a container publishes other ports. */
  readonly publicUrl?: string;
  /** The pause before an update that met another run is requested again, in ms. */
  readonly retryMs?: number;
}

/**
 * Requests an update and shows its progress until it has ended. If an update of all datasets is
 * already running, it is followed instead. Any other run is followed to its end, and then the
 * update is requested again.
 *
 * @throws UserError if the update fails or does not start, with the reason and what to do
 */
export async function update(
  api: ApiClient,
  {
    force,
    signal,
    stopsWithCommand = false,
    env = {},
    publicUrl = api.url,
    retryMs = 500,
  }: UpdateOptions,
): Promise<void> {
  for (;;) {
    const answer = await requestUpdate(api, force);
    if ('id' in answer) {
      console.log(
        `The update runs as ${publicUrl}/runs/${answer.id}${stopsWithCommand ? '' : '; it continues if you end this command'}.`,
      );
      console.log(outcome(await followRun(api, answer.id)));
      return;
    }
    const { code, detail, hint = null, runId } = answer.problem;
    if (code === 'updated-today') {
      console.log(
        `${detail}\nIMDb publishes once a day. To update anyway: ${makeCommand(env, 'update')} FORCE=1`,
      );
      return;
    }
    if (code !== 'run-in-progress') throw new UserError(detail, { hint, code });
    if (runId !== undefined) {
      console.log(detail);
      const run = await followRun(api, runId);
      if (isFullUpdate(run)) {
        console.log(outcome(run));
        return;
      }
      console.log(`That ${run.kind} has ${run.state}; requesting the update again.`);
    }
    await sleep(retryMs, undefined, { signal });
  }
}

/** Starts an update; answers with the conflict (409) that prevents it. */
async function requestUpdate(
  api: ApiClient,
  force: Force,
): Promise<RunAccepted | { readonly problem: Problem }> {
  try {
    return await api.send('POST', RunAccepted, '/updatedata', { force });
  } catch (error) {
    if (error instanceof ApiProblemError && error.problem.status === 409)
      return { problem: error.problem };
    throw error;
  }
}

function isFullUpdate({ kind, datasets }: Run): boolean {
  return kind === 'update' && Dataset.options.every((dataset) => datasets.includes(dataset));
}

/** Shows a run's progress until it has ended. @returns the run at its end */
async function followRun(api: ApiClient, id: string): Promise<Run> {
  const progress = createRunProgress(process.stdout);
  try {
    let last: Run | null = null;
    for await (const run of api.watchRun(id)) {
      progress.show(run);
      last = run;
    }
    if (last === null) throw new UserError(`The API reported nothing about run ${id}.`);
    return last;
  } finally {
    progress.end();
  }
}

/** The end of an update in a sentence. @throws UserError if it failed */
function outcome(run: Run): string {
  const seconds = runSeconds(run);
  if (run.state === 'succeeded')
    return `The update is published${seconds === null ? '' : `, ${seconds.toFixed(1)} s after it was requested`}.`;
  const { error } = run;
  const where = error?.dataset ? ` at ${error.dataset}` : '';
  throw new UserError(`The update failed${where}: ${error?.message ?? 'unknown reason'}`, {
    hint: error?.hint ?? 'See the logs: make logs',
  });
}
