import { Reject, type Run } from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import { visible } from '@marquee/terminal/text';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Context } from '../context/context.ts';
import { FullRunPage } from '../context/run-page.ts';
import { dataset, examples } from '../options/values.ts';
import { addListOptions, checkFormat, type List, type ListOptions, showList } from './list.ts';
import type { RunCommand } from './run-command.ts';

const RUN_PAGE_SIZE = 100;

/** The answer to `GET /runs/{id}/rejects` with all fields. */
const FullRejectPage = z.object({ items: z.array(Reject), next: z.string().nullable() });

interface RejectOptions extends ListOptions {
  readonly dataset?: string;
}

export function defineRejects(command: Command, run: RunCommand): void {
  command.option('--dataset <name>', 'only rejects of this dataset, such as title.akas', dataset);
  addListOptions(command, 20).action(
    async (id: string | undefined, options: RejectOptions, self: Command) =>
      run(self, async (context) => listRejects(context, id, options)),
  );
  examples(
    command,
    'rejects',
    'rejects --dataset title.akas -n 100',
    'rejects 0199aaaa-0000-7000-8000-000000000000 --json',
  );
}

/**
 * Shows the rejected lines of a run, and why each was rejected.
 *
 * @param id the default is the newest run with rejects
 */
async function listRejects(
  context: Context,
  id: string | undefined,
  { dataset: only, ...options }: RejectOptions,
): Promise<void> {
  const { out } = context;
  checkFormat(context, options);
  const run = id ?? (await newestWithRejects(context, only));
  if (run === null) {
    if (out.isJson) out.json({ items: [], next: null });
    out.note('There are no rejects.');
    return;
  }
  const items = await showList(context, rejectsOf(run, only), options);
  if (items?.length === 0) out.note('There are no rejects.');
}

function rejectsOf(run: string, only: string | undefined): List<z.infer<typeof Reject>> {
  return {
    path: `/runs/${encodeURIComponent(run)}/rejects`,
    query: { dataset: only },
    page: FullRejectPage,
    columns: [
      { head: 'DATASET', drop: 2 },
      { head: 'LINE', align: 'right', drop: 1 },
      { head: 'REASON', isFlexible: true },
      { head: 'TEXT', isFlexible: true },
    ],
    rowOf: ({ dataset: name, line, reason, raw }) => [name, line, visible(reason), visible(raw)],
  };
}

/**
 * The newest run with any rejects; null if there is none. A refresh also counts unchanged lines that
 * an earlier run rejected. Those are kept with that run, so a refresh can have a count without lines.
 */
async function newestWithRejects(
  context: Context,
  only: string | undefined,
): Promise<string | null> {
  for await (const run of runsFromNewest(context)) {
    const hasCount = run.steps.some(
      ({ rejects, dataset: name }) => rejects > 0 && (only === undefined || name === only),
    );
    if (!hasCount) continue;
    const { path, query = {} } = rejectsOf(run.id, only);
    const { items } = await context.api.get(FullRejectPage, path, { ...query, limit: 1 });
    if (items.length === 0) continue;
    context.out.note(`Rejects of the ${run.kind} of ${localTime(run.requestedAt)}, ${run.id}:`);
    return run.id;
  }
  return null;
}

async function* runsFromNewest({ api }: Context): AsyncGenerator<Run> {
  let after: string | undefined;
  do {
    const page = await api.get(FullRunPage, '/runs', { limit: RUN_PAGE_SIZE, after });
    yield* page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}
