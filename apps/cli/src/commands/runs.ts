import { MAX_LIMIT, Run } from '@marquee/contract';
import { runSeconds } from '@marquee/contract/progress';
import { duration, localTime } from '@marquee/terminal/format';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';
import { FullRunPage } from '../context/run-page.ts';
import { EXIT } from '../exit.ts';
import { examples } from '../options/values.ts';
import { exitAfterRun, followRun, reportEnd } from './follow-run.ts';
import { addListOptions, type List, type ListOptions, showList } from './list.ts';
import type { RunCommand } from './run-command.ts';

const ALL_DATASETS = 7;

export function defineRuns(runs: Command, run: RunCommand): void {
  const list = runs.command('list', { isDefault: true }).description('list runs, newest first');
  addListOptions(list, 20, { maxLimit: MAX_LIMIT }).action(
    async (options: ListOptions, self: Command) =>
      run(self, async (context) => listRuns(context, options)),
  );
  runs
    .command('watch [id]')
    .description(
      'show the progress of a run (default: the last one); with --json, a line at each change',
    )
    .action(async (id: string | undefined, _options: object, self: Command) =>
      run(self, async (context) => watchRun(context, id)),
    );
  runs
    .command('cancel [id]')
    .description('cancel a run (default: the one in progress); none of it is published')
    .action(async (id: string | undefined, _options: object, self: Command) =>
      run(self, async (context) => cancelRun(context, id)),
    );
  examples(runs, 'runs', 'runs watch', 'runs cancel', "runs list --json | jq '.items[0].state'");
}

/** Lists runs, newest first. */
async function listRuns(context: Context, options: ListOptions): Promise<void> {
  const items = await showList(context, RUNS, options);
  if (items?.length === 0)
    context.out.note('There are no runs yet. Start the first: marquee update');
}

const RUNS: List<Run> = {
  path: '/runs',
  page: FullRunPage,
  columns: [
    { head: 'ID' },
    { head: 'KIND', drop: 3 },
    { head: 'STATE' },
    { head: 'REQUESTED', drop: 2 },
    { head: 'TOOK', align: 'right', drop: 4 },
    { head: 'DATASETS', isFlexible: true, drop: 5 },
    { head: 'ERROR', isFlexible: true, isOptional: true, drop: 1 },
  ],
  rowOf: (run) => {
    const seconds = runSeconds(run);
    return [
      run.id,
      run.kind,
      run.error?.code === 'cancelled' ? 'cancelled' : run.state,
      localTime(run.requestedAt),
      seconds === null ? '' : duration(seconds),
      run.datasets.length === ALL_DATASETS ? 'all' : run.datasets.join(', '),
      run.error?.message,
    ];
  },
};

/**
 * Shows a run's progress until its end.
 *
 * @param id the default is the run in progress, or else the last one
 */
async function watchRun(context: Context, id: string | undefined): Promise<number> {
  const run = await followRun(context, id ?? (await latestRun(context)).id, { asLines: true });
  // as JSON, the last line was the run at its end
  return context.out.isJson ? exitAfterRun(run) : reportEnd(context, run);
}

/** Cancels a run. @param id the default is the run in progress */
async function cancelRun(context: Context, id: string | undefined): Promise<void> {
  const { api, out } = context;
  const run = await api.send(
    'POST',
    Run,
    `/runs/${encodeURIComponent(id ?? (await runningRun(context)).id)}/cancel`,
  );
  if (out.isJson) out.json(run);
  else
    out.line(`The ${run.kind} is cancelled; none of it is published. What was downloaded is kept.`);
}

async function latestRun({ api }: Context): Promise<Run> {
  const [run] = (await api.get(FullRunPage, '/runs', { limit: 1 })).items;
  if (run) return run;
  throw new CliError('There are no runs yet.', {
    exitCode: EXIT.notFound,
    code: 'no-run',
    hint: 'Start the first: marquee update',
  });
}

async function runningRun({ api }: Context): Promise<Run> {
  const run = (await api.get(FullRunPage, '/runs', { limit: 10 })).items.find(
    ({ state }) => state === 'running',
  );
  if (run) return run;
  throw new CliError('No run is in progress.', {
    exitCode: EXIT.notFound,
    code: 'no-run',
    hint: 'marquee runs lists those that have ended.',
  });
}
