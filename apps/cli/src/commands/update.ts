import { ApiProblemError } from '@marquee/api-client';
import { Run, RunAccepted, type UpdateRequest } from '@marquee/contract';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';
import { EXIT } from '../exit.ts';
import { datasets, examples, gates } from '../options/values.ts';
import { confirmFetch } from './confirm.ts';
import { followRun, reportEnd, reportStart, runFailure, successOf } from './follow-run.ts';
import type { RunCommand } from './run-command.ts';

interface UpdateOptions {
  readonly datasets?: z.infer<typeof UpdateRequest>['datasets'];
  /** Updates even if today's update is done; `full` also loads every dataset in full. */
  readonly force?: boolean | 'full';
  readonly ignoreGates?: z.infer<typeof UpdateRequest>['ignoreGates'];
  /** Whether to return once the run has started. */
  readonly detach?: boolean;
}

export function defineUpdate(command: Command, run: RunCommand): void {
  command
    .addOption(
      new Option(
        '--force [how]',
        'update even if today’s update is done; full: also load every dataset in full',
      ).choices(['full']),
    )
    .option(
      '--datasets <names>',
      'only these datasets, such as title.basics,title.ratings',
      datasets,
    )
    .option(
      '--ignore-gates <gates>',
      'publish even if these quality gates fail: rejects, row-loss',
      gates,
    )
    .option('-d, --detach', 'start the run and do not wait for its end')
    .action(async (options: UpdateOptions, self: Command) =>
      run(self, async (context) => update(context, options)),
    );
  examples(
    command,
    'update',
    'update --datasets title.ratings --force',
    'update --detach --json',
  ).addHelpText(
    'after',
    '\nIn a terminal it asks before it fetches; --yes answers.\nCtrl-C ends the display; the update continues. To cancel it: marquee runs cancel',
  );
}

/**
 * Asks in a terminal, starts an update and shows its progress. That today's update is done already
 * is no error, so that a schedule of one's own can call this.
 *
 * @throws ApiProblemError if another run is in progress; CliError if the update fails
 */
async function update(
  context: Context,
  { detach = false, ...request }: UpdateOptions,
): Promise<number> {
  if (context.canPrompt && !(await confirmFetch(context)))
    throw new CliError('Nothing was started.', { code: 'declined' });
  try {
    if (!detach) return reportEnd(context, await startAndFollow(context, request));
    reportStart(context, 'update', await start(context, request));
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.problem.code !== 'updated-today') throw error;
    await reportDone(context, error);
  }
  return EXIT.ok;
}

/** Reports that today's update is done. With --json that is its run. */
async function reportDone(
  { api, out }: Context,
  { problem: { detail, runId }, hint }: ApiProblemError,
): Promise<void> {
  if (out.isJson && runId !== undefined) out.json(await api.get(Run, `/runs/${runId}`));
  else out.line([detail, hint].filter(Boolean).join('\n'));
}

/**
 * Updates before another command, whose result is all that goes to standard output.
 *
 * @throws CliError if the update fails
 */
export async function updateAndFollow(
  context: Context,
  request: Omit<UpdateOptions, 'detach'>,
): Promise<void> {
  const run = await startAndFollow(context, request);
  if (run.state === 'failed') throw runFailure(context, run);
  context.out.note(successOf(run));
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
