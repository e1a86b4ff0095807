import { setTimeout as sleep } from 'node:timers/promises';
import { ChangePage, type ChangeEntry } from '@marquee/contract';
import type { Context } from '../context.ts';
import { localTime } from '../figures.ts';
import { offerUpdate } from '../freshness.ts';
import { formatTable, type Cell } from '../table.ts';

const FOLLOW_MS = 2000;

export interface ChangeOptions {
  readonly since?: string;
  readonly dataset?: string;
  readonly id?: string;
  readonly kind?: string;
  readonly limit: number;
  readonly follow?: boolean;
}

/**
 * Shows what publishes have done to rows, in their order; with follow, also what comes, until
 * Ctrl-C.
 */
export async function changes(
  context: Context,
  { follow = false, since, ...asked }: ChangeOptions,
): Promise<void> {
  const { api, out, signal } = context;
  if (!follow) await offerUpdate(context);
  let page = await api.get(ChangePage, '/changes', {
    ...asked,
    since: since ?? (follow ? 'now' : undefined),
  });
  if (!follow) {
    if (out.isJson) out.json(page);
    else show(context, page.items);
    if (page.next !== null && !out.isJson) out.note(`There are more: --since ${page.next}`);
    if (page.items.length === 0 && !out.isJson)
      out.note(
        'Nothing has changed. A dataset that is loaded in full leaves no changes but its reload.',
      );
    return;
  }
  out.note('Waiting for what will be published; Ctrl-C ends it.');
  for (;;) {
    if (out.isJson) for (const change of page.items) out.jsonLine(change);
    else show(context, page.items);
    if (page.next === null) await sleep(FOLLOW_MS, undefined, { signal });
    page = await api.get(ChangePage, '/changes', { ...asked, since: page.cursor });
  }
}

function show({ out }: Context, items: ChangePage['items']): void {
  const rows = items.map(({ publishedAt, dataset, kind, id, ordering, before, after }) => [
    localTime(publishedAt ?? null),
    dataset,
    kind,
    id === null || ordering === null ? id : `${id} ${ordering}`,
    kind === 'reload' ? 'all rows anew' : difference(before ?? null, after ?? null),
  ]);
  // without a head: pages follow each other
  for (const line of formatTable(
    [{ head: '' }, { head: '' }, { head: '' }, { head: '' }, { head: '', isFlexible: true }],
    rows,
    out.width,
  ).slice(1))
    out.line(line);
}

/**
 * What has changed of a row: `averageRating 5.6 → 5.7`; of a new or removed one, what it is called.
 */
function difference(before: ChangeEntry['before'], after: ChangeEntry['after']): Cell {
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
