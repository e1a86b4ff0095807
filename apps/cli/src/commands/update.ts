import { type Run, RunAccepted, type UpdateRequest } from '@marquee/contract';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { followRun, reportEnd, reportStart } from './follow-run.ts';

export interface UpdateOptions {
  readonly datasets?: z.infer<typeof UpdateRequest>['datasets'];
  /** Updates even if today's update is done; `full` also loads every dataset in full. */
  readonly force?: boolean | 'full';
  readonly ignoreGates?: z.infer<typeof UpdateRequest>['ignoreGates'];
  /** Whether to return once the run has started. */
  readonly detach?: boolean;
}

/**
 * Starts an update and shows its progress.
 *
 * @throws ApiProblemError if another run is in progress, or today's update is done; CliError if the
 *   update fails
 */
export async function update(
  context: Context,
  { detach = false, ...request }: UpdateOptions,
): Promise<void> {
  if (detach) reportStart(context, 'update', await start(context, request));
  else reportEnd(context, await startAndFollow(context, request));
}

/** Updates before another command: with --json, only a failure is reported. */
export async function updateAndFollow(
  context: Context,
  request: Omit<UpdateOptions, 'detach'>,
): Promise<void> {
  const run = await startAndFollow(context, request);
  if (run.state === 'failed' || !context.out.isJson) reportEnd(context, run);
}

async function startAndFollow(
  context: Context,
  request: Omit<UpdateOptions, 'detach'>,
): Promise<Run> {
  const { id } = await start(context, request);
  context.out.note(`The update runs as ${id}; it continues if you press Ctrl-C.`);
  return followRun(context, id);
}

async function start(
  { api }: Context,
  { datasets, force = false, ignoreGates = [] }: UpdateOptions,
): Promise<RunAccepted> {
  return api.send('POST', RunAccepted, '/updatedata', {
    ...(datasets === undefined ? {} : { datasets }),
    ignoreGates,
    force,
  });
}
