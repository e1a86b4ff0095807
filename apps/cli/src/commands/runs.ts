import { Run } from '@marquee/contract';
import { runSeconds } from '@marquee/contract/progress';
import { duration, localTime } from '@marquee/terminal/format';
import type { Context } from '../context/context.ts';
import { CliError, EXIT } from '../context/errors.ts';
import { FullRunPage } from '../context/run-page.ts';
import { followRun, reportEnd } from './follow-run.ts';

const ALL_DATASETS = 7;

/** Lists runs, newest first. */
export async function listRuns(
  { api, out }: Context,
  { limit }: { readonly limit: number },
): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'KIND' },
    { head: 'STATE' },
    { head: 'REQUESTED' },
    { head: 'TOOK', align: 'right' },
    { head: 'DATASETS', isFlexible: true },
    { head: 'ERROR', isFlexible: true },
  ] as const;
  out.list(
    await api.get(FullRunPage, '/runs', { limit }),
    'There are no runs yet. Start the first: marquee update',
    columns,
    (run) => {
      const seconds = runSeconds(run);
      const state = run.error?.code === 'cancelled' ? 'cancelled' : run.state;
      return [
        run.id,
        run.kind,
        state,
        localTime(run.requestedAt),
        seconds === null ? '' : duration(seconds),
        run.datasets.length === ALL_DATASETS ? 'all' : run.datasets.join(', '),
        run.error?.message,
      ];
    },
  );
}

/**
 * Shows a run's progress until its end.
 *
 * @param id the default is the run in progress, or else the last one
 */
export async function watchRun(context: Context, id: string | undefined): Promise<void> {
  const run = await followRun(context, id ?? (await latestRun(context)).id, { asLines: true });
  // as JSON, the last line was the run at its end
  if (!context.out.isJson) reportEnd(context, run);
  else if (run.state === 'failed') throw new CliError('', { code: run.error?.code ?? 'failed' });
}

/** Cancels a run. @param id the default is the run in progress */
export async function cancelRun(context: Context, id: string | undefined): Promise<void> {
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
