import { Reject, type Run } from '@marquee/contract';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { localTime } from '../figures.ts';
import { visible } from '../table.ts';
import { Runs } from './runs.ts';

const RUNS_AT_ONCE = 100;

/** What `GET /runs/{id}/rejects` answers when all fields are asked for. */
const Rejects = z.object({ items: z.array(Reject), next: z.string().nullable() });
type Rejects = z.infer<typeof Rejects>;

export interface RejectOptions {
  readonly dataset?: string;
  readonly limit: number;
}

/**
 * Shows the lines that a run could not take, and why.
 *
 * @param id the newest run that has any, when left out
 */
export async function listRejects(
  context: Context,
  id: string | undefined,
  options: RejectOptions,
): Promise<void> {
  const { out } = context;
  const list =
    id === undefined
      ? await newestRejects(context, options)
      : await rejectsOf(context, id, options);
  const columns = [
    { head: 'DATASET' },
    { head: 'LINE', align: 'right' },
    { head: 'REASON', isFlexible: true },
    { head: 'TEXT', isFlexible: true },
  ] as const;
  out.list(list, 'There are no rejects.', columns, ({ dataset, line, reason, raw }) => [
    dataset,
    line,
    visible(reason),
    visible(raw),
  ]);
  if (list.next !== null && !out.isJson) out.note('There are more: see --limit and --dataset');
}

async function rejectsOf(
  { api }: Context,
  id: string,
  { dataset, limit }: RejectOptions,
): Promise<Rejects> {
  return api.get(Rejects, `/runs/${encodeURIComponent(id)}/rejects`, { dataset, limit });
}

/**
 * Those of the newest run that has any. A refresh counts lines that were rejected before and have
 * not changed, which stand under the run that met them first: it can have a number and no lines.
 */
async function newestRejects(context: Context, options: RejectOptions): Promise<Rejects> {
  for await (const run of runsFromNewest(context)) {
    const isCounted = run.steps.some(
      ({ rejects, dataset }) =>
        rejects > 0 && (options.dataset === undefined || dataset === options.dataset),
    );
    const list = isCounted ? await rejectsOf(context, run.id, options) : NONE;
    if (list.items.length === 0) continue;
    context.out.note(`Of the ${run.kind} of ${localTime(run.requestedAt)}, ${run.id}:`);
    return list;
  }
  return NONE;
}

const NONE: Rejects = { items: [], next: null };

async function* runsFromNewest({ api }: Context): AsyncGenerator<Run> {
  let after: string | undefined;
  do {
    const page = await api.get(Runs, '/runs', { limit: RUNS_AT_ONCE, after });
    yield* page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}
