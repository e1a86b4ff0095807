import { RunAccepted, SnapshotList } from '@marquee/contract';
import type { Context } from '../context.ts';
import { bytes, count, localTime } from '../figures.ts';
import { followRun, reportEnd } from '../run-progress.ts';

/** Lists the snapshots that are kept. */
export async function listSnapshots({ api, out }: Context): Promise<void> {
  const list = await api.get(SnapshotList, '/snapshots');
  if (out.isJson) {
    out.json(list);
    return;
  }
  if (list.items.length === 0) {
    out.note('There is no snapshot yet. The first: marquee update');
    return;
  }
  const rows = list.items.map(({ id, rows, bytes: size, fetchedAt, isPublished }) => [id, count(rows), bytes(size), localTime(fetchedAt), isPublished ? 'published' : '']);
  out.table([{ head: 'ID' }, { head: 'ROWS', align: 'right' }, { head: 'SIZE', align: 'right' }, { head: 'DOWNLOADED' }, { head: 'STATE' }], rows);
}

/** Loads snapshots again and publishes them. @throws Refused where there is no such snapshot, or a run goes */
export async function loadSnapshots(context: Context, ids: readonly string[], { detach = false }: { readonly detach?: boolean }): Promise<void> {
  const { api, out } = context;
  const accepted = await api.send('POST', RunAccepted, '/run-loader', { snapshots: ids });
  if (!detach) reportEnd(context, await followRun(context, accepted.id));
  else if (out.isJson) out.json(accepted);
  else out.line(`The load runs as ${accepted.id}. Watch it: marquee runs watch ${accepted.id}`);
}
