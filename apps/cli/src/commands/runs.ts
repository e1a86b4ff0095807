import { Run } from '@marquee/contract';
import { runSeconds } from '@marquee/contract/progress';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { CliFault, EXIT } from '../faults.ts';
import { duration, localTime } from '../figures.ts';
import { followRun, reportEnd } from '../run-progress.ts';

const ALL_DATASETS = 7;

/** What `GET /runs` answers when all fields are asked for. */
export const Runs = z.object({ items: z.array(Run), next: z.string().nullable() });

/** Lists runs, newest first. */
export async function listRuns(
  { api, out }: Context,
  { limit }: { readonly limit: number },
): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'KIND' },
    { head: 'STATE' },
    { head: 'ASKED FOR' },
    { head: 'TOOK', align: 'right' },
    { head: 'DATASETS', isFlexible: true },
    { head: 'ERROR', isFlexible: true },
  ] as const;
  out.list(
    await api.get(Runs, '/runs', { limit }),
    'There was no run yet. The first: marquee update',
    columns,
    (run) => {
      const seconds = runSeconds(run);
      const what = run.error?.code === 'cancelled' ? 'cancelled' : run.state;
      return [
        run.id,
        run.kind,
        what,
        localTime(run.requestedAt),
        seconds === null ? '' : duration(seconds),
        run.datasets.length === ALL_DATASETS ? 'all' : run.datasets.join(', '),
        run.error?.message,
      ];
    },
  );
}

/**
 * Shows how a run goes, until its end.
 *
 * @param id the one that goes, or else the last one, when left out
 */
export async function watchRun(context: Context, id: string | undefined): Promise<void> {
  const run = await followRun(context, id ?? (await latestRun(context)).id, { asLines: true });
  // as JSON lines, the end was the last of them
  if (!context.out.isJson) reportEnd(context, run);
  else if (run.state === 'failed') throw new CliFault('', { code: run.error?.code ?? 'failed' });
}

/** Ends a run. @param id the one that goes, when left out */
export async function cancelRun(context: Context, id: string | undefined): Promise<void> {
  const { api, out } = context;
  const run = await api.send(
    'POST',
    Run,
    `/runs/${encodeURIComponent(id ?? (await runningRun(context)).id)}/cancel`,
  );
  if (out.isJson) out.json(run);
  else
    out.line(
      `The ${run.kind} is cancelled; nothing of it is published. What was downloaded is kept.`,
    );
}

async function latestRun({ api }: Context): Promise<Run> {
  const [run] = (await api.get(Runs, '/runs', { limit: 1 })).items;
  if (run) return run;
  throw new CliFault('There was no run yet.', {
    exitCode: EXIT.notFound,
    code: 'no-run',
    hint: 'The first: marquee update',
  });
}

async function runningRun({ api }: Context): Promise<Run> {
  const run = (await api.get(Runs, '/runs', { limit: 10 })).items.find(
    ({ state }) => state === 'running',
  );
  if (run) return run;
  throw new CliFault('No run is going.', {
    exitCode: EXIT.notFound,
    code: 'no-run',
    hint: 'marquee runs lists those that have ended.',
  });
}
