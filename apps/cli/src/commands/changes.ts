import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeEntry, ChangePage } from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import { type Cell, formatTable } from '@marquee/terminal/table';
import type { Context } from '../context/context.ts';
import { offerUpdate } from './offer-update.ts';

const POLL_MS = 2000;

export interface ChangeOptions {
  readonly since?: string;
  readonly dataset?: string;
  readonly id?: string;
  readonly kind?: string;
  readonly limit: number;
  readonly follow?: boolean;
}

/** Shows the changes of rows by publishes, in their order; with `follow`, also new ones. */
export async function changes(
  context: Context,
  { follow = false, since, ...filters }: ChangeOptions,
): Promise<void> {
  const { api, out, signal } = context;
  if (!follow) await offerUpdate(context);
  let page = await api.get(ChangePage, '/changes', {
    ...filters,
    since: since ?? (follow ? 'now' : undefined),
  });
  if (!follow) {
    if (out.isJson) out.json(page);
    else show(context, page.items);
    if (page.next !== null && !out.isJson) out.note(`There are more: --since ${page.next}`);
    if (page.items.length === 0 && !out.isJson)
      out.note('There are no changes. A dataset that is loaded in full only has its reload.');
    return;
  }
  out.note('Waiting for new changes; Ctrl-C ends it.');
  for (;;) {
    if (out.isJson) for (const change of page.items) out.jsonLine(change);
    else show(context, page.items);
    if (page.next === null) await sleep(POLL_MS, undefined, { signal });
    page = await api.get(ChangePage, '/changes', { ...filters, since: page.cursor });
  }
}

function show({ out }: Context, items: ChangePage['items']): void {
  const rows = items.map(({ publishedAt, dataset, kind, id, ordering, before, after }) => [
    localTime(publishedAt ?? null),
    dataset,
    kind,
    id === null || ordering === null ? id : `${id} ${ordering}`,
    kind === 'reload' ? 'all rows loaded again' : describeChange(before ?? null, after ?? null),
  ]);
  // without a head: pages follow each other
  for (const line of formatTable(
    [{ head: '' }, { head: '' }, { head: '' }, { head: '' }, { head: '', isFlexible: true }],
    rows,
    out.width,
  ).slice(1))
    out.line(line);
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
