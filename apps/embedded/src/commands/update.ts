import { setTimeout as sleep } from 'node:timers/promises';
import { Dataset, type Run } from '@marquee/contract';
import { runSeconds } from '@marquee/contract/progress';
import type { ApiClient, Force } from '../api-client.ts';
import type { Environment } from '../config.ts';
import { makeCommand } from '../make-command.ts';
import { Progress } from '../progress.ts';
import { UserError } from '../user-error.ts';

interface UpdateOptions {
  readonly force: Force;
  readonly signal: AbortSignal;
  /** Whether the stack, and with it the update, ends when this command does. */
  readonly stopsWithCommand?: boolean;
  /** Names the stack in the commands that are printed. */
  readonly env?: Environment;
  /**
   * Where people reach the API, if that is elsewhere than we do: a container's ports are others
   * outside.
   */
  readonly publicUrl?: string;
  /** How often to look how a run is, and to ask again for one that was refused, in milliseconds. */
  readonly retryMs?: number;
}

/**
 * Asks for an update and shows how it goes, until it has ended. Where an update of everything is
 * going already, that one is followed instead; any other run that stands in the way is followed
 * first, and then the update is asked for again.
 *
 * @throws UserError where the update fails or is not started, with why and what to do
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
    const answer = await api.startUpdate(force);
    if ('started' in answer) {
      console.log(
        `The update runs as ${publicUrl}/runs/${answer.started}${stopsWithCommand ? '' : '; it goes on when this command is ended'}.`,
      );
      console.log(outcome(await follow(api, answer.started, retryMs, signal)));
      return;
    }
    const { code, detail, hint = '', runId } = answer.refused;
    if (code === 'updated-today') {
      console.log(
        `${detail}\nIMDb publishes once a day. To update all the same: ${makeCommand(env, 'update')} FORCE=1`,
      );
      return;
    }
    if (code !== 'run-in-progress') throw new UserError(`${detail}\n${hint}`.trimEnd());
    if (runId !== undefined) {
      console.log(detail);
      const run = await follow(api, runId, retryMs, signal);
      if (isWholeUpdate(run)) {
        console.log(outcome(run));
        return;
      }
      console.log(
        `The ${run.kind} that stood in the way has ${run.state}; asking for the update again.`,
      );
    }
    await sleep(retryMs, undefined, { signal });
  }
}

function isWholeUpdate({ kind, datasets }: Run): boolean {
  return kind === 'update' && Dataset.options.every((dataset) => datasets.includes(dataset));
}

/** Shows how a run goes until it has ended, and answers with its end. */
async function follow(
  api: ApiClient,
  id: string,
  retryMs: number,
  signal: AbortSignal,
): Promise<Run> {
  const progress = new Progress(process.stdout);
  for (;;) {
    const run = await api.run(id, signal);
    progress.show(run);
    if (run.state !== 'running') return run;
    await sleep(retryMs, undefined, { signal });
  }
}

/** The end of an update in a sentence. @throws UserError where it failed */
function outcome(run: Run): string {
  const seconds = runSeconds(run);
  if (run.state === 'succeeded')
    return `The update is published${seconds === null ? '' : `, ${seconds.toFixed(1)} s after it was asked for`}.`;
  const { error } = run;
  const where = error?.dataset ? ` at ${error.dataset}` : '';
  throw new UserError(
    `The update failed${where}: ${error?.message ?? 'for a reason unknown'}\n${error?.hint ?? 'The logs say more: make logs'}`,
  );
}
