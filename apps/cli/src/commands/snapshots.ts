import { RunAccepted, SnapshotList } from '@marquee/contract';
import { formatBytes } from '@marquee/process/format-bytes';
import { count, localTime } from '@marquee/terminal/format';
import type { Context } from '../context/context.ts';
import { followRun, reportEnd, reportStart } from './follow-run.ts';

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
    'There are no snapshots yet. Download the first: marquee update',
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
 * @throws ApiProblemError if there is no such snapshot, or another run is in progress
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
