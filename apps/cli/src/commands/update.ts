import { RunAccepted, UpdateRequest, type Run } from '@marquee/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { followRun, reportEnd, reportStart } from '../run-progress.ts';

export interface UpdateOptions {
  readonly datasets?: z.infer<typeof UpdateRequest>['datasets'];
  /** `full`: everything is loaded anew. */
  readonly force?: boolean | 'full';
  readonly ignoreGates?: z.infer<typeof UpdateRequest>['ignoreGates'];
  /** Starts it, and does not wait for its end. */
  readonly detach?: boolean;
}

/**
 * Starts an update and shows how it goes.
 *
 * @throws Refused where another run goes, or today's is done; CliFault where it fails
 */
export async function update(
  context: Context,
  { detach = false, ...asked }: UpdateOptions,
): Promise<void> {
  if (detach) reportStart(context, 'update', await start(context, asked));
  else reportEnd(context, await startAndFollow(context, asked));
}

/** An update on the way to something else: its end is told to people alone. */
export async function updateAndFollow(
  context: Context,
  asked: Omit<UpdateOptions, 'detach'>,
): Promise<void> {
  const run = await startAndFollow(context, asked);
  if (run.state === 'failed' || !context.out.isJson) reportEnd(context, run);
}

async function startAndFollow(
  context: Context,
  asked: Omit<UpdateOptions, 'detach'>,
): Promise<Run> {
  const { id } = await start(context, asked);
  context.out.note(`The update runs as ${id}; it goes on when this is ended by Ctrl-C.`);
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
