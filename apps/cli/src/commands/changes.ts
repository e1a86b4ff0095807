import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeEntry, ChangePage } from '@marquee/contract';
import { imdbIdOf } from '@marquee/contract/imdb-id';
import { localTime } from '@marquee/terminal/format';
import { type Cell, type Column, formatTable } from '@marquee/terminal/table';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { examples } from '../options/values.ts';
import type { Item } from '../output/title-table.ts';
import { addListOptions, type List, type ListOptions, showList } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

const POLL_MS = 2000;
/** The largest page of changes. */
const MAX_CHANGES = 1000;

interface ChangeOptions extends ListOptions {
  readonly since?: string;
  readonly dataset?: string;
  readonly id?: string;
  readonly kind?: string;
  readonly follow?: boolean;
}

export function defineChanges(command: Command, run: RunCommand): void {
  command
    .option('--since <point>', 'only changes after this cursor, time or run')
    .option('--dataset <datasets>', 'only changes of these datasets')
    .option('--id <id>', 'only changes of this title or name')
    .option('--kind <kinds>', 'only these kinds: insert, update, delete')
    .option('-f, --follow', 'wait for new changes, until Ctrl-C');
  addListOptions(command, 50, { maxLimit: MAX_CHANGES, isPaged: false }).action(
    async (options: ChangeOptions, self: Command) =>
      run(self, async (context) => changes(context, options)),
  );
  examples(
    command,
    'changes --dataset title.ratings',
    'changes --follow --json',
    'changes --since 2026-08-15T00:00:00Z --id tt0000001',
  );
}

/** Shows the changes of rows by publishes, in their order; with `follow`, also new ones. */
async function changes(
  context: Context,
  { follow = false, since, dataset, id, kind, ...options }: ChangeOptions,
): Promise<void> {
  const filters = { dataset, id: id && (imdbIdOf(id)?.id ?? id), kind };
  if (follow) return followChanges(context, { ...filters, limit: options.limit, since }, options);
  await offerUpdate(context);
  const items = await showList(
    context,
    { ...CHANGES, query: filters },
    since === undefined ? options : { ...options, after: since },
  );
  if (items?.length === 0)
    context.out.note('There are no changes. A dataset that is loaded in full only has its reload.');
}

const COLUMNS: readonly Column[] = [
  { head: 'WHEN', drop: 2 },
  { head: 'DATASET', drop: 3 },
  { head: 'KIND', drop: 1 },
  { head: 'ID' },
  { head: 'CHANGE', isFlexible: true },
];

const CHANGES: List<Item<ChangeEntry>> = {
  path: '/changes',
  page: ChangePage,
  columns: COLUMNS,
  rowOf: changeRow,
  maxLimit: MAX_CHANGES,
  cursor: 'since',
};

/** Shows changes as they are published, from `since` or now on: with --json, one a line. */
async function followChanges(
  { api, out, signal }: Context,
  { since = 'now', ...query }: Readonly<Record<string, string | number | undefined>>,
  { all = false, format }: ListOptions,
): Promise<void> {
  if (all || format !== 'table')
    throw usageError('--follow has no end: it cannot be combined with --all or --format.');
  let page = await api.get(ChangePage, '/changes', { ...query, since });
  // also with --json: standard error is not the result
  process.stderr.write('Waiting for new changes; Ctrl-C ends it.\n');
  for (;;) {
    if (out.isJson) for (const change of page.items) out.jsonLine(change);
    // without a head: pages follow each other
    else
      for (const line of formatTable(COLUMNS, page.items.map(changeRow), out.width).lines)
        out.line(line);
    if (page.next === null) await sleep(POLL_MS, undefined, { signal });
    page = await api.get(ChangePage, '/changes', { ...query, since: page.cursor });
  }
}

function changeRow({
  publishedAt,
  dataset,
  kind,
  id,
  ordering,
  before,
  after,
}: Item<ChangeEntry>): Cell[] {
  return [
    localTime(publishedAt ?? null),
    dataset,
    kind,
    id === null || ordering === null ? id : `${id} ${ordering}`,
    kind === 'reload' ? 'all rows loaded again' : describeChange(before ?? null, after ?? null),
  ];
}

/** The changed fields of a row: `averageRating 5.6 → 5.7`; for a new or removed row, its name. */
function describeChange(before: ChangeEntry['before'], after: ChangeEntry['after']): Cell {
  if (before === null || after === null) {
    const row = after ?? before ?? {};
    return text(
      row['primaryTitle'] ??
        row['title'] ??
        row['primaryName'] ??
        row['category'] ??
        row['parentTconst'] ??
        row['averageRating'],
    );
  }
  const fields = Object.keys(after).filter((field) => text(before[field]) !== text(after[field]));
  return fields
    .map((field) => `${field} ${text(before[field])} → ${text(after[field])}`)
    .join(', ');
}

function text(value: NonNullable<ChangeEntry['after']>[string] | undefined): string {
  return Array.isArray(value) ? value.join('|') : String(value ?? '∅');
}
