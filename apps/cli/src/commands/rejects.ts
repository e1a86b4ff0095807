import { Reject, type Run } from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import { visible } from '@marquee/terminal/text';
import { z } from 'zod';
import type { Context } from '../context/context.ts';
import { FullRunPage } from '../context/run-page.ts';
import { moreNote } from '../output/output.ts';

const RUN_PAGE_SIZE = 100;

/** The answer to `GET /runs/{id}/rejects` with all fields. */
const FullRejectPage = z.object({ items: z.array(Reject), next: z.string().nullable() });
type FullRejectPage = z.infer<typeof FullRejectPage>;

export interface RejectOptions {
  readonly dataset?: string;
  readonly limit: number;
}

/**
 * Shows the rejected lines of a run, and why each was rejected.
 *
 * @param id the default is the newest run with rejects
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
  if (list.next !== null && !out.isJson)
    out.note(`${moreNote(options.limit)}. Or only one dataset: --dataset`);
}

async function rejectsOf(
  { api }: Context,
  id: string,
  { dataset, limit }: RejectOptions,
): Promise<FullRejectPage> {
  return api.get(FullRejectPage, `/runs/${encodeURIComponent(id)}/rejects`, { dataset, limit });
}

/**
 * The rejects of the newest run with any. A refresh also counts unchanged lines that an earlier run
 * rejected. Those are kept with that run, so a refresh can have a count without lines.
 */
async function newestRejects(context: Context, options: RejectOptions): Promise<FullRejectPage> {
  for await (const run of runsFromNewest(context)) {
    const hasCount = run.steps.some(
      ({ rejects, dataset }) =>
        rejects > 0 && (options.dataset === undefined || dataset === options.dataset),
    );
    const list = hasCount ? await rejectsOf(context, run.id, options) : NO_REJECTS;
    if (list.items.length === 0) continue;
    context.out.note(`Rejects of the ${run.kind} of ${localTime(run.requestedAt)}, ${run.id}:`);
    return list;
  }
  return NO_REJECTS;
}

const NO_REJECTS: FullRejectPage = { items: [], next: null };

async function* runsFromNewest({ api }: Context): AsyncGenerator<Run> {
  let after: string | undefined;
  do {
    const page = await api.get(FullRunPage, '/runs', { limit: RUN_PAGE_SIZE, after });
    yield* page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}
