import { RunAccepted, SnapshotList } from '@marquee/contract';
import { formatBytes } from '@marquee/process/format-bytes';
import type { Context } from '../context.ts';
import { count, localTime } from '../figures.ts';
import { followRun, reportEnd, reportStart } from '../run-progress.ts';

/** Lists the snapshots that are kept. */
export async function listSnapshots({ api, out }: Context): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'ROWS', align: 'right' },
    { head: 'SIZE', align: 'right' },
    { head: 'DOWNLOADED' },
    { head: 'STATE' },
  ] as const;
  const list = await api.get(SnapshotList, '/snapshots');
  out.list(
    list,
    'There is no snapshot yet. The first: marquee update',
    columns,
    ({ id, rows, bytes: size, fetchedAt, isPublished }) => [
      id,
      count(rows),
      formatBytes(size),
      localTime(fetchedAt),
      isPublished ? 'published' : '',
    ],
  );
}

/**
 * Loads snapshots again and publishes them.
 *
 * @throws Refused where there is no such snapshot, or a run goes
 */
export async function loadSnapshots(
  context: Context,
  ids: readonly string[],
  { detach = false }: { readonly detach?: boolean },
): Promise<void> {
  const accepted = await context.api.send('POST', RunAccepted, '/run-loader', { snapshots: ids });
  if (detach) reportStart(context, 'load', accepted);
  else reportEnd(context, await followRun(context, accepted.id));
}
